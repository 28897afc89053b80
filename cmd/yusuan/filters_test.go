package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"yusuan/indexer"
	"yusuan/schemas"
)

func TestParseYears(t *testing.T) {
	tests := []struct {
		text     string
		from, to int
		ok       bool
	}{
		{"", 0, 0, true},
		{"2024", 2024, 2024, true},
		{"2022-2024", 2022, 2024, true},
		{"2022-", 2022, 0, true},
		{"-2024", 0, 2024, true},
		{"-", 0, 0, false},
		{"24", 0, 0, false},
		{"2022-24", 0, 0, false},
		{"2022–2024", 0, 0, false},
		{"2022-2023-2024", 0, 0, false},
		{"今年", 0, 0, false},
	}
	for _, tc := range tests {
		from, to, err := parseYears(tc.text)
		if (err == nil) != tc.ok {
			t.Errorf("%q: got error %v, want ok %v", tc.text, err, tc.ok)
			continue
		}
		if tc.ok && (from != tc.from || to != tc.to) {
			t.Errorf("%q: got %d to %d, want %d to %d", tc.text, from, to, tc.from, tc.to)
		}
	}
}

// TestDisclosureFlag reads IDs, given one by one or by commas, as a query's text does.
func TestDisclosureFlag(t *testing.T) {
	const a, b = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	q, err := filters{Disclosure: []string{strings.ToUpper(a), b}}.query()
	if err != nil || !slices.Equal(q.Disclosure, []string{a, b}) {
		t.Errorf("got %v, %v", q.Disclosure, err)
	}
	for _, id := range []string{a[1:], a + "0", "图书馆", "="} {
		_, err := filters{Disclosure: []string{a, id}}.query()
		if _, ok := errors.AsType[*indexer.QueryError](err); !ok {
			t.Errorf("%q: got error %v, want a QueryError", id, err)
		}
	}
}

func TestParseBound(t *testing.T) {
	tests := []struct {
		text string
		want schemas.Fen
		ok   bool
	}{
		{"5000", 5000_00, true},
		{"5,000.50", 5000_50, true},
		{"-12", -12_00, true},
		{"1.5万元", 15000_00, true},
		{"1.5 万元", 15000_00, true},
		{"70万", 700000_00, true},
		{"3千元", 3000_00, true},
		{"2亿", 200000000_00, true},
		{"tall", 0, false},
		{"12%", 0, false},
		{"万元", 0, false},
		{"5万亿", 0, false},
	}
	for _, tc := range tests {
		got, err := parseBound("min", tc.text)
		if (err == nil) != tc.ok {
			t.Errorf("%q: got error %v, want ok %v", tc.text, err, tc.ok)
			continue
		}
		if tc.ok && *got != tc.want {
			t.Errorf("%q: got %s, want %s", tc.text, *got, tc.want)
		}
	}
	if got, err := parseBound("min", ""); got != nil || err != nil {
		t.Errorf("no bound: got %v, %v, want nil, nil", got, err)
	}
}
