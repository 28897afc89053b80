package font

import "yusuan/extractor/pdf/content/object"

// A cidRange gives the metrics of CIDs from lo to hi.
type cidRange struct {
	lo, hi uint32
	m      [3]float64
}

// cidMetrics holds a W or W2 array (ISO 32000-1, 9.7.4.3).
type cidMetrics struct {
	single map[uint32][3]float64
	ranges []cidRange
}

// cidWidths holds the widths of a CID font, in thousandths.
type cidWidths struct {
	normal   float64
	across   cidMetrics
	vy, w1   float64
	vertical cidMetrics
}

// maxMetrics bounds the entries of one W or W2 array: more than there are CIDs.
const maxMetrics = 1 << 17

func readWidths(desc object.Value, vertical bool) cidWidths {
	w := cidWidths{normal: 1000, vy: 880, w1: -1000}
	if dw := desc.Key("DW"); dw.Kind() == object.Number {
		w.normal = dw.Float()
	}
	w.across = readMetrics(desc.Key("W"), 1)
	if vertical {
		if dw2 := desc.Key("DW2"); dw2.Len() >= 2 {
			w.vy, w.w1 = dw2.Index(0).Float(), dw2.Index(1).Float()
		}
		w.vertical = readMetrics(desc.Key("W2"), 3)
	}
	return w
}

// readMetrics reads "c [m …] …" and "c c m …", where each m is size numbers.
func readMetrics(v object.Value, size int) cidMetrics {
	m := cidMetrics{single: map[uint32][3]float64{}}
	n := min(v.Len(), maxMetrics)
	for i := 0; i+1 < n; {
		lo, next := v.Index(i).Int(), v.Index(i+1)
		if next.Kind() == object.Array {
			list := next.Floats(maxMetrics - len(m.single))
			for j := 0; j+size <= len(list); j += size {
				var x [3]float64
				copy(x[:], list[j:j+size])
				m.single[uint32(lo+j/size)] = x
			}
			i += 2
			continue
		}
		if i+2+size > n {
			break
		}
		r := cidRange{lo: uint32(max(lo, 0)), hi: uint32(max(next.Int(), 0))}
		for j := range size {
			r.m[j] = v.Index(i + 2 + j).Float()
		}
		m.ranges = append(m.ranges, r)
		i += 2 + size
	}
	return m
}

func (m *cidMetrics) find(cid uint32) ([3]float64, bool) {
	if x, ok := m.single[cid]; ok {
		return x, true
	}
	for _, r := range m.ranges {
		if cid >= r.lo && cid <= r.hi {
			return r.m, true
		}
	}
	return [3]float64{}, false
}

// width returns how far the pen moves to the right, in text space.
func (w *cidWidths) width(cid uint32) float64 {
	if x, ok := w.across.find(cid); ok {
		return x[0] / 1000
	}
	return w.normal / 1000
}

// down returns how far the pen moves in vertical writing, and the place of the vertical origin, in text space.
func (w *cidWidths) down(cid uint32, width float64) (w1, vx, vy float64) {
	if x, ok := w.vertical.find(cid); ok {
		return x[0] / 1000, x[1] / 1000, x[2] / 1000
	}
	return w.w1 / 1000, width / 2, w.vy / 1000
}
