package site

import (
	"net/url"
	"strconv"

	"yusuan/schemas/codebook"
)

func (s *site) codeRoutes() []route {
	return []route{
		{pattern: "GET /codes", answer: (*request).codes},
		{pattern: "GET /code", answer: (*request).code},
	}
}

// codeName is a classification code with its name.
func codeName(code string) string {
	if name := codebook.Name(code); name != "" {
		return code + " " + name
	}
	return code
}

// codeLink is the page of a code, of a region where one is given.
func codeLink(code, region string) string {
	v := url.Values{"code": {code}}
	if region != "" {
		v.Set("region", "="+region)
	}
	return asked{"/code", v}.String()
}

func itoa(n int) string { return strconv.Itoa(n) }
