package indexer

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
)

// The numbers are made up: 000 and 1234 where a subscriber's digits would stand.
func TestMaskText(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"联系人：某某，电话13800001234。", "联系人：某某，电话138********。"},
		{"手机：１３８００００１２３４", "手机：１３８＊＊＊＊＊＊＊＊"},
		{"8613800001234", "861**********"},
		{"联系电话：0991-0001234", "联系电话：099*-*******"},
		{"电话（0991）0001234转801", "电话（099*）*******转801"},
		{"电话：010-00001234-801", "电话：010-********-***"},
		{"传真 0001234", "传真 000****"},
		{"咨询电话:00001234、00005678", "咨询电话:000*****、000*****"},
		{"身份证号110101199001011237", "身份证号110***************"},
		{"11010119900101123X，", "110***************，"},
		{"身份证110101900101123", "身份证110************"},
		{"卡号6222020000000000000", "卡号622****************"},

		{"1)13800001234", "1)138********"},
		{"1-13800001234", "1-138********"},

		{"收入13800001234元", "收入13800001234元"},
		{"13800001234.00", "13800001234.00"},
		{"13,800,001,234", "13,800,001,234"},
		{"¥13800001234", "¥13800001234"},
		{"文号20230001234号", "文号20230001234号"},
		{"项目编码65282624T000000012345", "项目编码65282624T000000012345"},
		{"2024-01-26至2024-12-31", "2024-01-26至2024-12-31"},
		{"20240126", "20240126"},
		{"2080505 2010301", "2080505 2010301"},
		{"110101199013451237", "110101199013451237"},   // no date
		{"6222020000000000001", "6222020000000000001"}, // wrong check digit
		{"0.00 0.00 0.00", "0.00 0.00 0.00"},
		{"邮编830000", "邮编830000"},
		{"编制数36人", "编制数36人"},
		{"1234567", "1234567"},
		{"", ""},
	} {
		if got := maskText(tc.text); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.text, got, tc.want)
		} else if len(got) != len(tc.text) {
			t.Errorf("%q: got %d bytes, want %d", tc.text, len(got), len(tc.text))
		}
	}
}

// TestMasked looks for the number in everything that is stored.
func TestMasked(t *testing.T) {
	const number = "13800001234"
	d := &schemas.Disclosure{
		Source: schemas.Source{SHA256: strings.Repeat("ab", 32)}, Title: number, Unit: number,
		Sections: []schemas.Section{{ID: "1", Number: number, Title: number, Text: number, Children: []schemas.Section{{ID: "1.1", Text: number}}}},
		Tables: []schemas.Table{{
			Title: number, Number: number, ReportingUnit: "电话" + number, Notes: []string{number},
			Columns: []schemas.Column{{Role: schemas.NameRole, Path: []string{"填报人电话：" + number}}, {Role: schemas.AmountRole}},
			Rows:    []schemas.Row{{Cells: []string{number, "电话" + number}}}, Grid: [][]string{{number}},
		}},
		Projects: []schemas.Project{{Name: number, Fields: map[string]string{"电话": number}}},
		Glossary: []schemas.Term{{Term: number, Definition: number}},
		Findings: []schemas.Finding{{Message: number, Expected: number, Actual: number}}, Warnings: []schemas.Warning{{Message: number}},
	}
	before, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Records(d)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := Unpack(b.Disclosure.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{b, stored} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), number) {
			t.Errorf("the number is in %s", text)
		}
	}
	after, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(after), string(before)); diff != "" {
		t.Errorf("what was given has changed (-got +want):\n%s", diff)
	}

	amounts := &schemas.Disclosure{Tables: []schemas.Table{{
		UnitOfMeasure: "元", Columns: []schemas.Column{{Role: schemas.NameRole}, {Role: schemas.AmountRole, Path: []string{"金额"}}}, Rows: []schemas.Row{{Cells: []string{"合计", number}}},
	}}}
	if b, err = Records(amounts); err != nil {
		t.Fatal(err)
	}
	if len(b.Items) != 1 || b.Items[0].AmountText != number || !strings.Contains(b.Passages[0].Text, number) {
		t.Errorf("got %+v, want the amount as it is", b.Items)
	}
}

// FuzzMaskText checks that nothing moves: as many bytes, and no other than digits changed.
func FuzzMaskText(f *testing.F) {
	for _, s := range []string{"电话13800001234", "（0991）0001234", "１３８００００１２３４", "11010119900101123X", "0-0-0-0-0-0-0", "\xef\xbc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := maskText(text)
		if len(got) != len(text) {
			t.Fatalf("got %d bytes of %d", len(got), len(text))
		}
		if again := maskText(got); again != got {
			t.Errorf("got %q, and from that %q", got, again)
		}
	})
}

func BenchmarkMaskText(b *testing.B) {
	text := strings.Repeat("2024年一般公共预算支出2063.54万元，其中：基本支出784.44万元，占38.01%，主要原因是：调入人员。", 40)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		maskText(text)
	}
}
