package copies

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"fmt"
	"maps"
	"slices"
)

// ascii85Decode is standard Ascii85 up to ~>.
func ascii85Decode(data []byte) ([]byte, error) {
	data, _, _ = bytes.Cut(data, []byte("~>"))
	out := make([]byte, 4*len(data)+4) // z stands for four bytes
	n, _, err := ascii85.Decode(out, data, true)
	return out[:n], err
}

// write gives the file with the streams in changed in place of its own, and with edit applied to what is no stream.
func (f *file) write(changed map[int][]byte, edit func([]byte) []byte) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	numbers := slices.Sorted(maps.Keys(f.objects))
	offsets := make([]int, len(numbers))
	for i, number := range numbers {
		offsets[i] = out.Len()
		o := f.objects[number]
		fmt.Fprintf(&out, "%d 0 obj\n", number)
		data, isChanged := changed[number]
		switch {
		case isChanged:
			writeStream(&out, entries(o.body), data)
		case o.data != nil:
			out.Write(o.body)
			out.WriteString("\nstream\n")
			out.Write(o.data)
			out.WriteString("\nendstream")
		default:
			out.Write(edit(o.body))
		}
		out.WriteString("\nendobj\n")
	}
	f.writeTable(&out, numbers, offsets)
	return out.Bytes()
}

// writeStream deflates data under the entries of the old dictionary that still hold.
func writeStream(out *bytes.Buffer, d map[string][]byte, data []byte) {
	var packed bytes.Buffer
	z, err := zlib.NewWriterLevel(&packed, zlib.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	// Nothing can go wrong in memory.
	_, _ = z.Write(data)
	_ = z.Close()
	out.WriteString("<<")
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if key != "Length" && key != "Filter" && key != "DecodeParms" {
			fmt.Fprintf(out, "/%s %s ", key, d[key])
		}
	}
	fmt.Fprintf(out, "/Filter /FlateDecode /Length %d>>\nstream\n", packed.Len())
	out.Write(packed.Bytes())
	out.WriteString("\nendstream")
}

// writeTable writes the cross-reference table, one part for each run of numbers, and the trailer.
func (f *file) writeTable(out *bytes.Buffer, numbers, offsets []int) {
	start := out.Len()
	out.WriteString("xref\n0 1\n0000000000 65535 f \n")
	for i := 0; i < len(numbers); {
		n := 1
		for i+n < len(numbers) && numbers[i+n] == numbers[i]+n {
			n++
		}
		fmt.Fprintf(out, "%d %d\n", numbers[i], n)
		for _, offset := range offsets[i : i+n] {
			fmt.Fprintf(out, "%010d 00000 n \n", offset)
		}
		i += n
	}
	fmt.Fprintf(out, "trailer\n<</Size %d /Root %s", numbers[len(numbers)-1]+1, f.root)
	if f.info != nil {
		fmt.Fprintf(out, " /Info %s", f.info)
	}
	if f.id != nil {
		fmt.Fprintf(out, " /ID %s", f.id)
	}
	fmt.Fprintf(out, ">>\nstartxref\n%d\n%%%%EOF\n", start)
}
