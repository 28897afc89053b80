package elastic

// MappingVersion is the one that new indices have.
const MappingVersion = mappingVersion
