package pdf_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

func zipped(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		f, err := w.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("%PDF-1.4 inside")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func wide(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func TestSniff(t *testing.T) {
	const ole = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	tests := []struct {
		name, data string
		code       schemas.Code // "" passes
		says       string
	}{
		{"PDF", "%PDF-1.7\n…", "", ""},
		{"junk before the header", "HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n", "", ""},
		{"HTML before the header", "<html>" + strings.Repeat(" ", 50) + "%PDF-1.4\n", "", ""},
		{"header lost", "1 0 obj\n<<>>\nendobj\ntrailer\n<<>>", "", ""},
		{"empty", "", schemas.EmptyFile, "empty"},
		{"HTML", "\r\n<!DOCTYPE html><html><body>404</body></html>", schemas.NotAPDF, "HTML"},
		{"HTML with a byte order mark", "\xEF\xBB\xBF<HTML>", schemas.NotAPDF, "HTML"},
		{"XHTML", "<?xml version='1.0'?><html>", schemas.NotAPDF, "HTML"},
		{"XML", "<?xml version='1.0'?><Error/>", schemas.NotAPDF, "XML"},
		{"JSON", `{"code":404,"msg":"文件不存在"}`, schemas.NotAPDF, "JSON"},
		{"docx", zipped(t, "[Content_Types].xml", "word/document.xml"), schemas.NotAPDF, "Word"},
		{"xlsx", zipped(t, "[Content_Types].xml", "xl/workbook.xml"), schemas.NotAPDF, "Excel"},
		{"ofd", zipped(t, "OFD.xml"), schemas.NotAPDF, "OFD"},
		{"zip with a PDF in it", zipped(t, "2024.pdf"), schemas.NotAPDF, "ZIP"},
		{"cut zip", zipped(t, "word/document.xml")[:40], schemas.NotAPDF, "broken ZIP"},
		{"doc", ole + strings.Repeat("\x00", 512) + wide("WordDocument"), schemas.NotAPDF, "Word"},
		{"xls", ole + strings.Repeat("\x00", 512) + wide("Workbook"), schemas.NotAPDF, "Excel"},
		{"JPEG", "\xFF\xD8\xFF\xE0\x00\x10JFIF", schemas.NotAPDF, "JPEG"},
		{"PNG", "\x89PNG\r\n\x1A\n", schemas.NotAPDF, "PNG"},
		{"BMP", "BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28", schemas.NotAPDF, "BMP"},
		{"text that begins with BM", "BM 2024 年部门预算公开说明", schemas.NotAPDF, "plain text"},
		{"RTF", `{\rtf1 }`, schemas.NotAPDF, "RTF"},
		{"text", "文件不存在", schemas.NotAPDF, "plain text"},
		{"GBK text", "\xCE\xC4\xBC\xFE\xB2\xBB\xB4\xE6\xD4\xDA", schemas.NotAPDF, "plain text"},
		{"noise", "\x00\x01\x02\x03", schemas.NotAPDF, "neither"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := pdf.Sniff([]byte(tt.data))
			if tt.code == "" {
				if err != nil {
					t.Errorf("got %v, want none", err)
				}
				return
			}
			r := schemas.AsRejection(err)
			if r == nil || r.Code != tt.code || !strings.Contains(r.Message, tt.says) {
				t.Errorf("got %v, want %s that says %q", err, tt.code, tt.says)
			}
		})
	}
}

func FuzzSniff(f *testing.F) {
	for _, s := range []string{"", "%PDF-", "PK\x03\x04", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "BM", "RIFF", "<", "{"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := pdf.Sniff(data); err != nil && schemas.AsRejection(err) == nil {
			t.Errorf("got %v, want a rejection", err)
		}
	})
}
