package pdfium

// grown is linear memory in an ordinary slice, for systems without mmap.
type grown struct {
	bytes []byte
	limit uint64
}

// Reallocate implements experimental.LinearMemory.
func (g *grown) Reallocate(size uint64) []byte {
	if size > g.limit {
		return nil
	}
	if size > uint64(cap(g.bytes)) {
		b := make([]byte, size, min(g.limit, size+size/4))
		copy(b, g.bytes)
		g.bytes = b
	}
	g.bytes = g.bytes[:size]
	return g.bytes
}

// Free implements experimental.LinearMemory.
func (g *grown) Free() { g.bytes = nil }
