package schemas

import "strings"

// A FunctionalCode (支出功能分类科目编码) has 3 digits for a class (类), 5 for a section (款), 7 for an item (项), by the yearly
// 政府收支分类科目 of the Ministry of Finance. Expenditure classes are 201 to 299.
type FunctionalCode string

// Valid reports whether the code has the form of a functional expenditure code.
func (c FunctionalCode) Valid() bool {
	return (len(c) == 3 || len(c) == 5 || len(c) == 7) && allDigits(string(c)) && c[0] == '2'
}

// Class returns the class (类) part, 3 digits.
func (c FunctionalCode) Class() string { return prefix(string(c), 3) }

// Section returns the section (款) part, 5 digits, or "" for a class.
func (c FunctionalCode) Section() string { return prefix(string(c), 5) }

// Item returns the item (项), 7 digits, or "".
func (c FunctionalCode) Item() string { return prefix(string(c), 7) }

// Parent returns the code one level up, or "" for a class.
func (c FunctionalCode) Parent() string {
	if len(c) <= 3 {
		return ""
	}
	return string(c[:len(c)-2])
}

// An EconomicCode (部门预算支出经济分类科目编码) has 3 digits for a class (类, 301 to 399), 5 for a section (款). Government
// budgets use 501 to 599 the same way.
type EconomicCode string

// Valid reports whether the code has the form of an economic code.
func (c EconomicCode) Valid() bool {
	return (len(c) == 3 || len(c) == 5) && allDigits(string(c)) && (c[0] == '3' || c[0] == '5')
}

// Class returns the class (类) part, 3 digits.
func (c EconomicCode) Class() string { return prefix(string(c), 3) }

// Section returns the section (款), 5 digits, or "" for a class.
func (c EconomicCode) Section() string { return prefix(string(c), 5) }

// Parent returns the code one level up, or "" for a class.
func (c EconomicCode) Parent() string {
	if len(c) <= 3 {
		return ""
	}
	return string(c[:3])
}

func prefix(s string, n int) string {
	if len(s) < n {
		return ""
	}
	return s[:n]
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
