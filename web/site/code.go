package site

import "strconv"

// codeName is a classification code with its name.
func codeName(code string) string { return code }

func itoa(n int) string { return strconv.Itoa(n) }
