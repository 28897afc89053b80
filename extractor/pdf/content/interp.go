package content

import (
	"context"
	"errors"
	"fmt"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content/font"
	"yusuan/extractor/pdf/content/object"
	"yusuan/extractor/pdf/content/syntax"
	"yusuan/schemas"
)

// Bounds that no honest page comes near.
const (
	maxOperands = 1 << 17 // tokens before an operator, arrays included
	maxSaves    = 4096    // q without Q
	maxMarks    = 1024    // open marked content
	maxForms    = 12      // form XObjects within each other
)

// An interpreter runs the content streams of one page.
type interpreter struct {
	ctx  context.Context
	doc  *Document
	node *pageNode
	page *pdf.Page

	state
	saved   []state
	dropped int // q beyond maxSaves
	res     *resources
	path    path
	tm, tlm matrix
	marks   []mark
	hidden  int // open marked content that is switched off
	fontIDs map[*loadedFont]int
	covers  []cover

	args      []syntax.Token
	operators int
	lenient   int   // BX without EX: unknown operators are allowed
	read      int64 // bytes of content streams, forms each time they are painted
	forms     []object.Ref
	sources   [font.Sources]int // glyphs by where their text was found
	full      bool
	colors    [32]float64 // operands of the last colour operator
	err       error       // a *schemas.Rejection met while loading a font
}

func newInterpreter(ctx context.Context, d *Document, node *pageNode) *interpreter {
	w, h := node.size()
	in := &interpreter{ctx: ctx, doc: d, node: node, fontIDs: map[*loadedFont]int{}}
	in.page = &pdf.Page{Width: w, Height: h, Clean: true}
	in.state = newState(node.shown(), pdf.Rect{X1: w, Y1: h})
	in.tm, in.tlm = unit, unit
	return in
}

// doubt records that something may be lost: the page is not clean.
func (in *interpreter) doubt(code schemas.Code, format string, args ...any) {
	in.page.Clean = false
	in.remark(code, format, args...)
}

// remark warns of something that another engine would read no better.
func (in *interpreter) remark(code schemas.Code, format string, args ...any) {
	m := fmt.Sprintf(format, args...)
	for _, w := range in.page.Warnings {
		if w.Message == m {
			return
		}
	}
	if len(in.page.Warnings) < 20 {
		in.page.Warnings = append(in.page.Warnings, pdf.Warning{Code: code, Message: m})
	}
}

// run reads the page's contents.
func (in *interpreter) run() error {
	var err error
	if in.res, err = in.doc.pageResources(in.node); err != nil {
		return err
	}
	data, err := in.contents(in.node.dict.Key("Contents"))
	if err != nil {
		return err
	}
	return in.stream(data)
}

// contents joins the page's content streams; tokens do not run over their ends (ISO 32000-1, 7.8.2).
func (in *interpreter) contents(v object.Value) ([]byte, error) {
	switch v.Kind() {
	case object.Null:
		if in.node.dict.Refs()["Contents"].Number > 0 {
			in.doubt(schemas.Damaged, "the page's contents are missing")
		}
		return nil, nil
	case object.Stream:
		return in.decode(v, "content stream")
	}
	if v.Len() > maxOperands {
		in.doubt(schemas.Damaged, "the page has %d content streams", v.Len())
	}
	var all []byte
	for i := range min(v.Len(), maxOperands) {
		data, err := in.decode(v.Index(i), "content stream")
		if err != nil {
			return nil, err
		}
		if v.Len() == 1 {
			return data, nil
		}
		all = append(append(all, data...), '\n')
	}
	return all, nil
}

// decode reads a stream; what is lost makes the page doubtful. The error is a *schemas.Rejection.
func (in *interpreter) decode(v object.Value, what string) ([]byte, error) {
	data, err := in.doc.file.Stream(v)
	if r := schemas.AsRejection(err); r != nil {
		return nil, r
	}
	if err != nil {
		in.doubt(schemas.Damaged, "%s: %v", what, err)
	}
	return data, nil
}

var errLimit = errors.New("limit reached")

// stream runs one content stream. It returns nil where a limit ends the page: what was read stands.
func (in *interpreter) stream(data []byte) error {
	lex := &syntax.Lexer{Data: data}
	in.args = in.args[:0]
	if in.read += int64(len(data)); in.read > in.doc.limits.MaxInflated {
		in.stop()
		return nil
	}
	for {
		tok := lex.Next()
		switch tok.Kind {
		case syntax.EOF:
			if lex.Faults > 0 {
				in.doubt(schemas.Damaged, "the content stream has %d malformed strings or brackets", lex.Faults)
			}
			if len(in.args) > 0 && !in.full {
				in.doubt(schemas.Damaged, "the content stream ends before an operator")
			}
			return nil
		case syntax.Keyword:
			if err := in.operator(lex, tok.Bytes); err != nil {
				if errors.Is(err, errLimit) {
					return nil
				}
				return err
			}
			in.args = in.args[:0]
			lex.Reset()
		default:
			if len(in.args) >= maxOperands {
				if err := in.ctx.Err(); err != nil {
					return err
				}
				in.doubt(schemas.Damaged, "an operator has more than %d operands", maxOperands)
				in.args = in.args[:0]
			}
			in.args = append(in.args, tok)
		}
	}
}

// stop ends the reading of the page at a limit.
func (in *interpreter) stop() {
	in.full = true
	in.doubt(schemas.TooLarge, "the page has more operators or glyphs than are read")
}

// operator counts and runs one operator.
func (in *interpreter) operator(lex *syntax.Lexer, op []byte) error {
	if in.operators++; in.operators > in.doc.limits.MaxOperators || len(in.page.Glyphs) > in.doc.limits.MaxGlyphs {
		in.stop()
		return errLimit
	}
	if in.operators%1024 == 0 {
		if err := in.ctx.Err(); err != nil {
			return err
		}
	}
	if in.textOperator(op) {
		return in.err
	}
	if in.pathOperator(op) || in.colorOperator(op) {
		return nil
	}
	return in.otherOperator(lex, op)
}

// otherOperator runs what is neither text, path nor colour.
func (in *interpreter) otherOperator(lex *syntax.Lexer, op []byte) error {
	switch string(op) {
	case "q":
		in.save()
	case "Q":
		in.restore()
	case "cm":
		if n, ok := in.numbers(6); ok {
			in.ctm = matrix{n[0], n[1], n[2], n[3], n[4], n[5]}.then(in.ctm)
		}
	case "w":
		if n, ok := in.numbers(1); ok {
			in.lineWidth = n[0]
		}
	case "gs":
		return in.extendedState(in.name())
	case "Do":
		return in.xobject(in.name())
	case "BI":
		in.inlineImage(lex)
	case "BMC", "BDC":
		in.beginMark(string(op) == "BDC")
	case "EMC":
		in.endMark()
	case "sh":
		in.cover(in.clip, true)
	case "BX":
		in.lenient++
	case "EX":
		in.lenient = max(0, in.lenient-1)
	case "J", "j", "M", "d", "ri", "i", "MP", "DP", "d0", "d1":
	case "true", "false", "null": // operands, of which none matters here
	default:
		if in.lenient > 0 {
			return nil
		}
		in.doubt(schemas.Damaged, "the content stream has the unknown operator %.20q", op)
	}
	return nil
}

func (in *interpreter) save() {
	if len(in.saved) >= maxSaves {
		in.dropped++
		in.doubt(schemas.Damaged, "graphics states are nested more than %d deep", maxSaves)
		return
	}
	in.saved = append(in.saved, in.state)
}

// restore undoes the last q of this stream; Q without q is passed over.
func (in *interpreter) restore() {
	if in.dropped > 0 {
		in.dropped--
		return
	}
	if n := len(in.saved); n > 0 {
		in.state = in.saved[n-1]
		in.saved = in.saved[:n-1]
	}
}

// numbers returns the last n operands, at most six; false if they are not there or are no numbers.
func (in *interpreter) numbers(n int) (out [6]float64, ok bool) {
	if len(in.args) < n {
		return out, false
	}
	for i, a := range in.args[len(in.args)-n:] {
		if a.Kind != syntax.Number {
			return out, false
		}
		out[i] = a.Num
	}
	return out, true
}

// name returns the last operand, if it is a name.
func (in *interpreter) name() string {
	if n := len(in.args); n > 0 && in.args[n-1].Kind == syntax.Name {
		return string(in.args[n-1].Bytes)
	}
	return ""
}

// finish closes what the stream left open and hands out the page.
func (in *interpreter) finish() *pdf.Page {
	for len(in.marks) > 0 {
		in.endMark()
	}
	p := in.page
	if in.node.odd != "" {
		p.Warnings = append(p.Warnings, pdf.Warning{Code: schemas.PageSize, Message: in.node.odd})
	}
	if n := in.sources[font.Program]; n > 0 { // a warning only: no other engine knows more
		p.Warnings = append(p.Warnings, pdf.Warning{
			Code:    schemas.UndecodableText,
			Message: fmt.Sprintf("%d glyphs have no character map; their characters were taken from the font programs", n),
		})
	}
	if n := in.sources[font.Claimed]; n > 0 {
		in.doubt(schemas.UndecodableText, "%d glyphs have no character map; the characters of the collection may be wrong", n)
	}
	if n := in.sources[font.Nowhere]; n > 0 {
		in.doubt(schemas.UndecodableText, "%d glyphs have no known character", n)
	}
	return p
}
