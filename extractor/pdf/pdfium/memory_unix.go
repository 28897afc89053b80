//go:build unix

package pdfium

import (
	"syscall"

	"github.com/tetratelabs/wazero/experimental"
)

// reserved is linear memory in one mapping of its largest size. Growing it costs nothing and moves nothing, where the
// default (a growing slice) holds two copies at once and leaves the old one to the garbage collector.
type reserved struct{ bytes []byte }

// allocate implements experimental.MemoryAllocatorFunc.
func allocate(_, largest uint64) experimental.LinearMemory {
	b, err := syscall.Mmap(-1, 0, int(largest), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return &grown{limit: largest}
	}
	return &reserved{bytes: b}
}

// Reallocate implements experimental.LinearMemory.
func (r *reserved) Reallocate(size uint64) []byte {
	if size > uint64(len(r.bytes)) {
		return nil
	}
	return r.bytes[:size]
}

// Free implements experimental.LinearMemory.
func (r *reserved) Free() {
	if r.bytes != nil {
		// A failure leaves the mapping in place, which the end of the process clears.
		_ = syscall.Munmap(r.bytes)
		r.bytes = nil
	}
}
