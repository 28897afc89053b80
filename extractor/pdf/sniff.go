package pdf

import (
	"archive/zip"
	"bytes"
	"strings"
	"unicode/utf8"

	"yusuan/schemas"
)

// headerReach is how far into a file the header may stand; readers have long accepted that (ISO 32000-1, annex H, 3.4.1).
const headerReach = 1024

// Sniff says at a glance whether data can be a PDF: nil if it can, a Rejection empty-file or not-a-pdf otherwise. The
// message names what it is instead. A PDF that lost its header passes, for an engine to judge.
func Sniff(data []byte) error {
	if len(data) == 0 {
		return schemas.Reject(schemas.EmptyFile, "the file is empty: fetch it again")
	}
	if bytes.HasPrefix(data, []byte("%PDF-")) {
		return nil
	}
	if kind := magic(data); kind != "" {
		return schemas.Reject(schemas.NotAPDF, "this is %s under a .pdf name", kind)
	}
	if bytes.Contains(data[:min(len(data), headerReach)], []byte("%PDF-")) {
		return nil
	}
	if kind := markup(data); kind != "" {
		return schemas.Reject(schemas.NotAPDF, "this is %s under a .pdf name, perhaps what the server sent instead of the file: fetch it again", kind)
	}
	if bytes.Contains(data, []byte(" obj")) && bytes.Contains(data, []byte("endobj")) {
		return nil
	}
	if plain(data) {
		return schemas.Reject(schemas.NotAPDF, "this is plain text under a .pdf name: fetch it again")
	}
	return schemas.Reject(schemas.NotAPDF, "the bytes are neither a PDF nor anything else that is known: fetch the file again")
}

// magic names a file by its first bytes.
func magic(data []byte) string {
	for _, m := range []struct{ prefix, kind string }{
		{"\xFF\xD8\xFF", "a JPEG image"},
		{"\x89PNG\r\n", "a PNG image"},
		{"GIF8", "a GIF image"},
		{"BM", "a BMP image"},
		{"II*\x00", "a TIFF image"},
		{"MM\x00*", "a TIFF image"},
		{"{\\rtf", "an RTF document"},
		{"\x1F\x8B", "a gzip archive"},
		{"Rar!", "a RAR archive"},
		{"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"},
		{"%!PS", "a PostScript file"},
	} {
		if bytes.HasPrefix(data, []byte(m.prefix)) && (m.prefix != "BM" || bitmap(data)) {
			return m.kind
		}
	}
	switch {
	case bytes.HasPrefix(data, []byte("RIFF")) && len(data) >= 12 && string(data[8:12]) == "WEBP":
		return "a WebP image"
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return packed(data)
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return compound(data)
	}
	return ""
}

// bitmap checks the reserved zeros of a BMP header, since two letters alone could begin any text.
func bitmap(data []byte) bool {
	return len(data) > 14 && bytes.Equal(data[6:10], []byte{0, 0, 0, 0})
}

// packed names a ZIP by the files in it.
func packed(data []byte) string {
	kinds := []struct{ prefix, kind string }{
		{"word/", "a Word document (.docx)"},
		{"xl/", "an Excel workbook (.xlsx)"},
		{"ppt/", "a PowerPoint presentation (.pptx)"},
		{"OFD.xml", "an OFD document"},
		{"content.xml", "an OpenDocument file"},
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "a broken ZIP archive or Office document"
	}
	for _, f := range z.File {
		for _, k := range kinds {
			if strings.HasPrefix(f.Name, k.prefix) {
				return k.kind
			}
		}
	}
	return "a ZIP archive"
}

// compound names an OLE compound file (the formats before 2007, also WPS's) by its streams, whose names are UTF-16.
func compound(data []byte) string {
	for _, k := range []struct{ stream, kind string }{
		{"WordDocument", "a Word or WPS document (.doc, .wps)"},
		{"Workbook", "an Excel workbook (.xls, .et)"},
		{"PowerPoint Document", "a PowerPoint presentation (.ppt)"},
	} {
		var wide []byte
		for i := range len(k.stream) {
			wide = append(wide, k.stream[i], 0)
		}
		if bytes.Contains(data, wide) {
			return k.kind
		}
	}
	return "an old Office document"
}

// markup names a text by how it begins.
func markup(data []byte) string {
	head := bytes.ToLower(data[:min(len(data), headerReach)])
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<script", "<meta", "<title", "<!--"} {
		if bytes.HasPrefix(head, []byte(tag)) {
			return "an HTML page"
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("<?xml")) && bytes.Contains(head, []byte("<html")):
		return "an HTML page"
	case bytes.HasPrefix(head, []byte("<?xml")):
		return "an XML file"
	case len(head) > 0 && (head[0] == '{' || head[0] == '[') && utf8.Valid(data):
		return "a JSON text"
	}
	return ""
}

// plain reports whether the bytes hold no control characters, so that they are text in UTF-8 or GBK.
func plain(data []byte) bool {
	for _, c := range data[:min(len(data), headerReach)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' || c == 0x7F {
			return false
		}
	}
	return true
}
