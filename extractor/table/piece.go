package table

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// pieces splits a line into what its cells have on it. Characters set apart from one another (收 入 总 计) are one piece.
func pieces(l *layout.Line) []piece {
	var out []piece
	for _, c := range tornChunks(l.Chunks(cellGap)) {
		p := piece{box: c.Box, baseline: c.Baseline, size: c.Size, text: c.Text, figure: layout.IsFigure(c.Text) || layout.IsDash(c.Text), bold: l.Bold}
		if n := len(out); n > 0 && spacedOut(&out[n-1], &p) {
			out[n-1].box = out[n-1].box.Union(p.box)
			out[n-1].text += p.text
			out[n-1].figure = false
			continue
		}
		out = append(out, p)
	}
	return out
}

// tornChunks parts chunks in which a figure runs into the name of the next cell: 222.59一、一般公共服务支出.
func tornChunks(chunks []layout.Chunk) []layout.Chunk {
	var out []layout.Chunk
	for i, c := range chunks {
		k := figureEnd(c.Glyphs)
		if k == 0 {
			if out != nil {
				out = append(out, c)
			}
			continue
		}
		if out == nil {
			out = append(out, chunks[:i]...)
		}
		out = append(out, layout.NewChunk(c.Glyphs[:k]), layout.NewChunk(c.Glyphs[k:]))
	}
	if out == nil {
		return chunks
	}
	return out
}

// figureEnd returns how many glyphs at the start are a figure with decimals that Chinese text follows at once, which is no
// unit of the figure; 0 if that is not so.
func figureEnd(glyphs []pdf.Glyph) int {
	point, k := -1, 0
	for ; k < len(glyphs); k++ {
		t := glyphs[k].Text
		if t == "." && point < 0 {
			point = k
		} else if (t < "0" || t > "9" || len(t) != 1) && t != "," && !(k == 0 && t == "-") {
			break
		}
	}
	if point < 1 || k-point < 2 || k == len(glyphs) {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(glyphs[k].Text)
	if !unicode.Is(unicode.Han, r) && r != '（' || strings.ContainsRune("万元亿千百年月日号人名个辆台次平倍", r) {
		return 0
	}
	return k
}

// spacedOut reports whether two pieces are characters of one word set wide.
func spacedOut(a, b *piece) bool {
	last, _ := utf8.DecodeLastRuneInString(a.text)
	r, n := utf8.DecodeRuneInString(b.text)
	if n != len(b.text) || !unicode.Is(unicode.Han, r) || !unicode.Is(unicode.Han, last) || strings.ContainsRune("类款项", r) {
		return false
	}
	glyphs := utf8.RuneCountInString(a.text)
	wide := a.box.Width() > 1.12*float64(glyphs)*a.size // a itself was joined
	return b.box.X0-a.box.X1 < 2.2*a.size && (glyphs == 1 || wide)
}
