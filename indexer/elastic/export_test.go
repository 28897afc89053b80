package elastic

// MappingVersion is the one that new indices have.
const MappingVersion = mappingVersion

// FieldNames are the fields of all indices, those within others as warnings.code.
func FieldNames() []string {
	var names []string
	var add func(prefix string, fields object)
	add = func(prefix string, fields object) {
		for name, f := range fields {
			if inner, ok := f.(object)["properties"].(object); ok {
				add(prefix+name+".", inner)
			} else {
				names = append(names, prefix+name)
			}
		}
	}
	add("", originFields())
	for _, k := range kinds() {
		add("", k.fields())
	}
	return names
}
