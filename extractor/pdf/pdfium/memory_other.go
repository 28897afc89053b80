//go:build !unix

package pdfium

import "github.com/tetratelabs/wazero/experimental"

// allocate implements experimental.MemoryAllocatorFunc.
func allocate(_, largest uint64) experimental.LinearMemory { return &grown{limit: largest} }
