package pdfium

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"

	gopdfium "github.com/klippa-app/go-pdfium"
	"github.com/tetratelabs/wazero/api"
)

// scratchSize holds the results of any one call but strings: six doubles are the most.
const scratchSize = 64

// An instance is one running PDFium module. The first call that fails (a trap, which leaves the module in an unknown
// state) is kept in err; every later call then does nothing and returns 0, so callers check err once per page.
type instance struct {
	handle  gopdfium.Pdfium
	module  api.Module
	ctx     context.Context
	fns     map[string]api.Function
	stack   [16]uint64
	scratch uint32
	err     error
}

// start takes a fresh instance from the engine's pool.
//
// It drives the exported C functions itself: go-pdfium's own methods allocate and free each result and look up every
// handle by a string, which takes about twice the time and memory.
func (e *Engine) start(ctx context.Context) (*instance, error) {
	pool, err := e.instances(ctx)
	if err != nil {
		return nil, err
	}
	h, err := pool.GetInstanceWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("pdfium: start an instance: %w", err)
	}
	in := &instance{handle: h, ctx: context.WithoutCancel(ctx), fns: make(map[string]api.Function, 64)}
	// The implementation's type is internal, its Module field is exported.
	impl := reflect.Indirect(reflect.ValueOf(h.GetImplementation()))
	if impl.Kind() == reflect.Struct {
		if f := impl.FieldByName("Module"); f.IsValid() && f.CanInterface() {
			in.module, _ = f.Interface().(api.Module)
		}
	}
	if in.module == nil {
		_ = h.Close()
		return nil, fmt.Errorf("pdfium: %T has no module", h.GetImplementation())
	}
	in.scratch = in.malloc(scratchSize)
	if in.err != nil {
		in.close()
		return nil, in.err
	}
	return in, nil
}

// close ends the instance and frees its memory, open handles included.
func (in *instance) close() {
	if in.handle == nil {
		return
	}
	// What fails here is the module's own tidying up; its memory is freed all the same.
	_ = in.handle.Close()
	in.handle, in.module = nil, nil
}

// call runs an exported function and returns its result, if it has one.
func (in *instance) call(name string, args ...uint64) uint64 {
	if in.err != nil {
		return 0
	}
	fn := in.fns[name]
	if fn == nil {
		if fn = in.module.ExportedFunction(name); fn == nil {
			in.err = fmt.Errorf("pdfium: no function %s", name)
			return 0
		}
		in.fns[name] = fn
	}
	n := copy(in.stack[:], args)
	clear(in.stack[n:])
	if err := fn.CallWithStack(in.ctx, in.stack[:]); err != nil {
		in.err = fmt.Errorf("pdfium: %s: %w", name, err)
		return 0
	}
	return in.stack[0]
}

// i32 runs a function that returns an int.
func (in *instance) i32(name string, args ...uint64) int {
	return int(int32(uint32(in.call(name, args...))))
}

// ptr runs a function that returns a pointer or handle.
func (in *instance) ptr(name string, args ...uint64) uint32 {
	return uint32(in.call(name, args...))
}

// malloc reserves n bytes in the module and sets err if it has no more.
func (in *instance) malloc(n int) uint32 {
	p := in.ptr("malloc", uint64(n))
	if p == 0 && in.err == nil {
		in.err = errFull
	}
	return p
}

// free gives back what malloc reserved.
func (in *instance) free(p uint32) { in.call("free", uint64(p)) }

// out is the address of the i-th result of a call, each size bytes long.
func (in *instance) out(i, size int) uint64 { return uint64(int(in.scratch) + i*size) }

// results copies the scratch bytes out.
func (in *instance) results() (b [scratchSize]byte) {
	if in.err != nil {
		return b
	}
	if v, ok := in.module.Memory().Read(in.scratch, scratchSize); ok {
		copy(b[:], v)
	}
	return b
}

// floats reads n floats from scratch, 0 for those that are no number.
func (in *instance) floats(n int) (f [8]float64) {
	b := in.results()
	for i := range n {
		f[i] = finite(float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))))
	}
	return f
}

// doubles reads n doubles from scratch, 0 for those that are no number.
func (in *instance) doubles(n int) (f [8]float64) {
	b := in.results()
	for i := range n {
		f[i] = finite(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
	}
	return f
}

// uints reads n unsigned ints from scratch.
func (in *instance) uints(n int) (u [8]uint32) {
	b := in.results()
	for i := range n {
		u[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return u
}

// text calls a function of the form f(handle, buffer, length) → length with NUL and returns the bytes without NUL.
func (in *instance) text(name string, handle uint32) []byte {
	const longest = 4096
	n := in.i32(name, uint64(handle), 0, 0)
	if n <= 1 || n > longest {
		return nil
	}
	p := in.malloc(n)
	if in.err != nil {
		return nil
	}
	defer in.free(p)
	in.call(name, uint64(handle), uint64(p), uint64(n))
	if in.err != nil {
		return nil
	}
	v, ok := in.module.Memory().Read(p, uint32(n-1))
	if !ok {
		return nil
	}
	return append([]byte(nil), v...)
}

// used is the size of the linear memory in bytes.
func (in *instance) used() int64 {
	if in.module == nil {
		return 0
	}
	return int64(in.module.Memory().Size())
}

func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}
