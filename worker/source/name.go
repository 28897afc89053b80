package source

import (
	"hash/crc32"
	"mime"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// readable gives text that is UTF-8, or else GBK as Windows writes it in China: GB18030 reads both GBK and itself. What is
// neither keeps a mark where it can't be read.
func readable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return fromGB(s)
}

// fromGB decodes GB18030.
func fromGB(s string) string {
	text, err := simplifiedchinese.GB18030.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return text
}

// visible replaces control characters, which could play tricks on a terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// baseName is the last part of a path of either system, without what could be taken for a folder.
func baseName(p string) string {
	name := path.Base(strings.ReplaceAll(readable(p), `\`, "/"))
	if name == "." || name == "/" || name == ".." {
		return ""
	}
	return visible(name)
}

// PDFName is what the file at a URL is called, where it is called *.pdf; else "", for the server may know a better name.
func PDFName(url string) string {
	if name := urlFileName(url); isPDF(name) {
		return name
	}
	return ""
}

// urlFileName is the last part of the URL's path.
func urlFileName(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return baseName(u.Path)
}

// answerName is what the server calls the file, else the last part of the URL's path.
func answerName(resp *http.Response, u *url.URL) string {
	if name := baseName(dispositionName(resp.Header.Get("Content-Disposition"))); name != "" {
		return name
	}
	return baseName(u.Path)
}

// dispositionPattern finds a plain filename where mime gives up, which it does on bytes that are not ASCII outside quotes.
var dispositionPattern = regexp.MustCompile(`(?i)(?:^|;)\s*filename\s*=\s*(?:"([^"]*)"|([^;]*))`)

// dispositionName reads the file name of a Content-Disposition as servers send it: by RFC 6266 (filename*=UTF-8”…), and as
// many do that never read it: raw UTF-8 or GBK, percent signs in a plain filename, or an encoded word of mail.
func dispositionName(header string) string {
	name := ""
	if _, params, err := mime.ParseMediaType(header); err == nil {
		name = params["filename"]
	} else if m := dispositionPattern.FindStringSubmatch(header); m != nil {
		name = strings.TrimSpace(m[1] + m[2])
	}
	if strings.HasPrefix(name, "=?") {
		if word, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
			name = word
		}
	}
	if strings.Contains(name, "%") {
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
	}
	return readable(name)
}

// utf8Flag is bit 11 of a ZIP member's flags: its name is UTF-8 (APPNOTE 4.4.4).
const utf8Flag = 0x800

// unicodePath reads the Info-ZIP Unicode Path extra field (0x7075, APPNOTE 4.6.9): version 1, the CRC-32 of the name in the
// header, the name in UTF-8. With another CRC the member was renamed by a program that does not know the field.
func unicodePath(extra []byte, rawName string) (string, bool) {
	for len(extra) >= 4 {
		id, size := int(extra[0])|int(extra[1])<<8, int(extra[2])|int(extra[3])<<8
		extra = extra[4:]
		if size > len(extra) {
			return "", false
		}
		field := extra[:size]
		extra = extra[size:]
		if id != 0x7075 || size < 5 || field[0] != 1 {
			continue
		}
		sum := uint32(field[1]) | uint32(field[2])<<8 | uint32(field[3])<<16 | uint32(field[4])<<24
		name := string(field[5:])
		return name, sum == crc32.ChecksumIEEE([]byte(rawName)) && utf8.ValidString(name)
	}
	return "", false
}
