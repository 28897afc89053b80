package site

import (
	"strconv"

	"yusuan/schemas/codebook"
)

// codeName is a classification code with its name.
func codeName(code string) string {
	if name := codebook.Name(code); name != "" {
		return code + " " + name
	}
	return code
}

func itoa(n int) string { return strconv.Itoa(n) }
