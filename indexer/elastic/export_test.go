package elastic

// MappingVersion is the one that new indices have.
const MappingVersion = mappingVersion

// FieldNames are the fields of all indices, from the outermost: warnings.code.
func FieldNames() []string {
	var names []string
	var add func(prefix string, fields object)
	add = func(prefix string, fields object) {
		for name, f := range fields {
			names = append(names, prefix+name)
			if inner, ok := f.(object)["properties"].(object); ok {
				add(prefix+name+".", inner)
			}
		}
	}
	add("", originFields())
	for _, k := range kinds() {
		add("", k.fields())
	}
	return names
}
