package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"

	"yusuan/extractor/pdf/mend"
	"yusuan/schemas"
)

// AutoConfig sets up Auto. The zero value works.
type AutoConfig struct {
	// SecondOpinion has the second engine read the first page on which a font appears, too, and compares the characters:
	// it catches font maps that lie. Costs one page for each new font.
	SecondOpinion bool
}

// Auto returns an engine that reads with first, and with second what first could not open or read cleanly. Both belong to
// it from now on: Close closes them. A panic in either counts as its error.
func Auto(first, second Engine, cfg AutoConfig) Engine {
	return &auto{first: first, second: second, cfg: cfg}
}

type auto struct {
	first, second Engine
	cfg           AutoConfig
}

// Name returns "auto".
func (a *auto) Name() string { return "auto" }

// Close closes both engines.
func (a *auto) Close() error { return errors.Join(a.first.Close(), a.second.Close()) }

// Open opens data with the first engine that can. Beside what the engines reject it rejects what is no PDF at all.
func (a *auto) Open(ctx context.Context, data []byte) (Document, error) {
	if err := Sniff(data); err != nil {
		return nil, err
	}
	d, err := a.open(ctx, data)
	if r := schemas.AsRejection(err); r == nil || r.Code != schemas.Damaged && r.Code != schemas.NoPages {
		return d.orNil(), err
	}
	if m := a.mended(ctx, data); m != nil {
		return m, nil
	}
	return nil, err
}

// orNil keeps a nil pointer from becoming a Document.
func (d *autoDocument) orNil() Document {
	if d == nil {
		return nil
	}
	return d
}

// mended opens data with new cross-references, which recovers files whose end is lost; nil if that does not help either.
func (a *auto) mended(ctx context.Context, data []byte) *autoDocument {
	for _, o := range []mend.Option{mend.KeepTree, mend.NewTree} {
		m, ok := mend.File(data, o)
		if !ok {
			return nil
		}
		d, err := a.open(ctx, m.Data)
		if err != nil {
			continue
		}
		d.cut = cut(data)
		d.warn(schemas.Repaired, "the file's structure is broken; it was built anew from the objects found")
		if m.Built {
			d.warn(schemas.Damaged, "the list of pages is lost: those found are read, others may be missing")
		}
		return d
	}
	return nil
}

// open opens data with the first engine that can.
func (a *auto) open(ctx context.Context, data []byte) (*autoDocument, error) {
	d := &autoDocument{auto: a, data: data, cut: cut(data), seen: map[Font]bool{}}
	one, err := open(ctx, a.first, data)
	if err == nil {
		d.one = one
		d.pages = one.NumPages()
		d.lead(ctx)
		return d, nil
	}
	if ctx.Err() != nil || final(err) {
		return nil, err
	}
	two, err2 := open(ctx, a.second, data)
	if err2 != nil {
		return nil, refused(err, err2)
	}
	d.two, d.tried = two, true
	d.pages = two.NumPages()
	if r := schemas.AsRejection(err); r != nil && r.Code == schemas.Damaged {
		d.warn(schemas.Repaired, "the file's structure is broken; it was read all the same")
	}
	return d, nil
}

// final reports whether an engine's rejection needs no second look: the limits are the same for both engines, and the
// second is the dearer one to try them on. That a password is needed, pages are missing or too many is confirmed, since
// an engine that misreads the structure says so too.
func final(err error) bool {
	r := schemas.AsRejection(err)
	return r != nil && slices.Contains([]schemas.Code{schemas.TooLarge, schemas.EmptyFile, schemas.Timeout, schemas.Memory}, r.Code)
}

// refused chooses what to say of a file that neither engine opens: the fact that tells more.
func refused(one, two error) error {
	a, b := schemas.AsRejection(one), schemas.AsRejection(two)
	if b == nil {
		// The second engine did not come to look at the file; another try may tell.
		return errors.Join(two, one)
	}
	if a == nil {
		return two
	}
	for _, c := range []schemas.Code{schemas.TooLarge, schemas.PasswordNeeded, schemas.TooManyPages, schemas.NoPages} {
		for _, r := range []*schemas.Rejection{b, a} {
			if r.Code == c {
				return r
			}
		}
	}
	return two
}

// autoDocument is a document read by one or both engines.
type autoDocument struct {
	auto     *auto
	data     []byte
	cut      bool     // the file as it came lacks its end mark
	one, two Document // nil where that engine did not open it
	tried    bool     // the second engine was asked to open it
	pages    int
	warnings []Warning
	lost     []int // pages that could not be read
	seen     map[Font]bool
}

var (
	_ Document = (*autoDocument)(nil)
	_ Renderer = (*autoDocument)(nil)
)

// lead lets the second engine count the pages where the first had to rebuild the structure, and take over if it finds
// more.
func (d *autoDocument) lead(ctx context.Context) {
	ws := d.one.Warnings()
	if !has(ws, schemas.Repaired) && !has(ws, schemas.Damaged) || d.openSecond(ctx) != nil || d.two == nil {
		return
	}
	if n := d.two.NumPages(); n > d.pages {
		d.pages = n
	}
}

// openSecond opens the document with the second engine, once. A rejection leaves two nil and is no error: the first
// engine has opened the file.
func (d *autoDocument) openSecond(ctx context.Context) error {
	if d.two != nil || d.tried {
		return nil
	}
	two, err := open(ctx, d.auto.second, d.data)
	if err != nil {
		if schemas.AsRejection(err) == nil {
			return err
		}
		d.tried = true
		return nil
	}
	d.two, d.tried = two, true
	return nil
}

// NumPages implements Document.
func (d *autoDocument) NumPages() int { return d.pages }

// Warnings implements Document. Pages that could not be read are in it once they have been asked for.
func (d *autoDocument) Warnings() []Warning {
	var all []Warning
	for _, doc := range []Document{d.one, d.two} {
		if doc != nil {
			all = append(all, doc.Warnings()...)
		}
	}
	all = append(all, d.warnings...)
	if len(d.lost) > 0 {
		all = append(all, Warning{schemas.Damaged, "pages that could not be read: " + ranges(d.lost)})
	}
	if has(all, schemas.Repaired) && d.cut {
		all = append(all, Warning{schemas.Damaged, "the file ends before its end mark: it was cut short, pages may be missing"})
	}
	var out []Warning
	for _, w := range all {
		// Both engines may say it; of what is lost, each saying counts.
		if !slices.Contains(out, w) && (w.Code == schemas.Damaged || !has(out, w.Code)) {
			out = append(out, w)
		}
	}
	return out
}

// cut reports whether data lacks the end mark of a PDF.
func cut(data []byte) bool {
	return !bytes.Contains(data[max(0, len(data)-2048):], []byte("%%EOF"))
}

func (d *autoDocument) warn(code schemas.Code, message string) {
	d.warnings = append(d.warnings, Warning{code, message})
}

// Close implements Document.
func (d *autoDocument) Close() error {
	var errs []error
	for _, doc := range []Document{d.one, d.two} {
		if doc != nil {
			errs = append(errs, doc.Close())
		}
	}
	d.one, d.two = nil, nil
	return errors.Join(errs...)
}

// Page implements Document.
func (d *autoDocument) Page(ctx context.Context, n int) (*Page, error) {
	if n < 1 || n > d.pages {
		return nil, fmt.Errorf("page %d of %d", n, d.pages)
	}
	p, err := d.page(ctx, n)
	if err != nil {
		if ctx.Err() == nil && schemas.AsRejection(err) == nil {
			d.lose(n)
		}
		return nil, err
	}
	if q := measure(p); q.bad() && !has(p.Warnings, schemas.UndecodableText) {
		p.Clean = false
		p.Warnings = append(p.Warnings, warnOf(q))
	}
	return p, nil
}

func has(ws []Warning, code schemas.Code) bool {
	return slices.ContainsFunc(ws, func(w Warning) bool { return w.Code == code })
}

func (d *autoDocument) lose(n int) {
	if !slices.Contains(d.lost, n) {
		d.lost = append(d.lost, n)
	}
}

// page reads with the first engine, and with the second where that is not enough.
func (d *autoDocument) page(ctx context.Context, n int) (*Page, error) {
	one, err := page(ctx, d.one, n)
	if err != nil && (ctx.Err() != nil || final(err)) {
		return nil, err
	}
	sure := err == nil && one.Clean && !doubtful(one)
	if sure && !d.curious(one) {
		return one, nil
	}
	if e := d.openSecond(ctx); e != nil {
		return nil, fmt.Errorf("page %d: %w", n, e)
	}
	two, err2 := page(ctx, d.two, n)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	switch {
	case err != nil && err2 != nil:
		if final(err2) {
			return nil, err2
		}
		return nil, fmt.Errorf("page %d: %w; %w", n, err, err2)
	case err != nil:
		return two, nil
	case err2 != nil:
		return one, nil
	case sure:
		return settle(one, two), nil
	}
	return choose(one, two), nil
}

// doubtful reports whether a page that passes for clean had better be read again: too many glyphs say nothing, a form has
// lines and not one character, the page is too large to be true.
func doubtful(p *Page) bool {
	q := measure(p)
	return q.bad() || q.shown == 0 && len(p.Rulings) > 0 && len(p.Images) == 0 || has(p.Warnings, schemas.PageSize)
}

// curious reports whether a page wants a second opinion, and notes its fonts.
func (d *autoDocument) curious(p *Page) bool {
	if !d.auto.cfg.SecondOpinion {
		return false
	}
	unseen := false
	for _, f := range p.Fonts {
		unseen = unseen || !d.seen[f]
		d.seen[f] = true
	}
	return unseen
}

// choose returns the better of two readings of one page. Where they show as much, it is the second if that confirms the
// first. What the first knows to be broken is said in either case: the second reads on silently.
func choose(one, two *Page) *Page {
	a, b := measure(one), measure(two)
	if !b.better(a) && (a != b || !two.Clean) {
		return one
	}
	if b.better(a) {
		two = distrust(two, one)
	}
	for _, w := range one.Warnings {
		if w.Code == schemas.Damaged {
			two.Clean = false
			two.Warnings = append(two.Warnings, w)
		}
	}
	return two
}

// distrust returns chosen with the characters of a font taken back where the other reading says that the font has no map
// at all and the chosen one failed on part of it: what an engine gives for such a font is a guess by code.
func distrust(chosen, other *Page) *Page {
	none := unmapped(other)
	for i, f := range chosen.Fonts {
		if !none[f.Name] || unmappedShare(chosen, i) == 0 {
			continue
		}
		for k := range chosen.Glyphs {
			if g := &chosen.Glyphs[k]; g.Font == i && strings.TrimSpace(g.Text) != "" {
				g.Text = string(unicode.ReplacementChar)
				chosen.Clean = false
			}
		}
	}
	return chosen
}

// unmapped returns the names of the fonts of which a page has not one character.
func unmapped(p *Page) map[string]bool {
	out := map[string]bool{}
	for i, f := range p.Fonts {
		if unmappedShare(p, i) == 1 {
			out[f.Name] = true
		}
	}
	return out
}

// unmappedShare is the share of a font's glyphs that are U+FFFD, white space left out; 0 where there are none.
func unmappedShare(p *Page, font int) float64 {
	n, bad := 0, 0
	for _, g := range p.Glyphs {
		if g.Font != font || strings.TrimSpace(g.Text) == "" {
			continue
		}
		n++
		if strings.ContainsRune(g.Text, unicode.ReplacementChar) {
			bad++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(bad) / float64(n)
}

// settle compares two readings that both think they are right, and takes the second with a warning if they are not the
// same.
func settle(one, two *Page) *Page {
	n, yes := differ(one, two)
	if !yes {
		return one
	}
	two.Clean = false
	two.Warnings = append(two.Warnings, Warning{schemas.UndecodableText,
		fmt.Sprintf("engines-differ: two readings differ in %d characters, a font's map may be wrong", n)})
	return two
}

// Render paints page n with the second engine, if that can paint.
func (d *autoDocument) Render(ctx context.Context, n, dpi, maxSide int) (image.Image, error) {
	if err := d.openSecond(ctx); err != nil {
		return nil, fmt.Errorf("render page %d: %w", n, err)
	}
	r, ok := d.two.(Renderer)
	if !ok {
		return nil, fmt.Errorf("render page %d: no engine could open the file for painting", n)
	}
	return guard(func() (image.Image, error) { return r.Render(ctx, n, dpi, maxSide) })
}

// open opens with e and turns a panic into an error.
func open(ctx context.Context, e Engine, data []byte) (Document, error) {
	d, err := guard(func() (Document, error) { return e.Open(ctx, data) })
	if err != nil {
		return nil, fmt.Errorf("open with %s: %w", e.Name(), err)
	}
	return d, nil
}

// page reads page n of d and turns a panic into an error. A document that is not open, or holds fewer pages, has none.
func page(ctx context.Context, d Document, n int) (*Page, error) {
	if d == nil {
		return nil, errors.New("not open")
	}
	if n > d.NumPages() {
		return nil, fmt.Errorf("page %d of %d", n, d.NumPages())
	}
	return guard(func() (*Page, error) { return d.Page(ctx, n) })
}

func guard[T any](f func() (T, error)) (out T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v at %s", r, where(string(debug.Stack())))
		}
	}()
	return f()
}

// where returns the place of a panic, the first line of its stack that is ours or a library's.
func where(stack string) string {
	_, after, _ := strings.Cut(stack, "\npanic(")
	lines := strings.Split(after, "\n")
	for _, l := range lines[min(2, len(lines)):] {
		if strings.HasPrefix(l, "\t") && !strings.Contains(l, "/runtime/") {
			at, _, _ := strings.Cut(strings.TrimSpace(l), " ")
			return at[strings.LastIndex(at, "/")+1:]
		}
	}
	return "an unknown place"
}

// ranges writes page numbers as "3, 5-9".
func ranges(pages []int) string {
	sorted := slices.Sorted(slices.Values(pages))
	var parts []string
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(sorted[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", sorted[i], sorted[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
