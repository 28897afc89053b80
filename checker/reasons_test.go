package checker

import (
	"testing"

	"yusuan/schemas"
)

func narrative() *schemas.Disclosure {
	return &schemas.Disclosure{Sections: []schemas.Section{{ID: "3", Title: "部门预算情况说明", Children: []schemas.Section{
		{ID: "3.1", Title: "一般公共预算支出情况", Text: "2024年一般公共预算支出1,200.00万元，比上年增加66.00万元，增长5.8%。主要原因是：人员增加。", Paragraphs: []schemas.Place{{Page: 8}}, Children: []schemas.Section{
			{ID: "3.1.1", Title: "农林水支出（类）水利（款）行政运行（项）", Text: "2024年预算数为300.00万元，比上年减少12.5万元，下降4%，主要原因是：压减一般性支出；", At: &schemas.Place{Page: 9}},
			{ID: "3.1.2", Title: "卫生健康支出", Text: "2024年预算数为30万元，与上年持平，主要原因是人员无变化。"},
		}},
		{ID: "3.2", Title: "“三公”经费情况", Text: "“三公”经费3.10万元，比上年减少1.10万元。\n其中：公务接待费1.00万元，减少1.10万元，主要原因是从严控制接待；公务用车运行费2.10万元，无变化。"},
		{ID: "3.4", Title: "具体使用情况", Text: "住房保障支出（类）住房改革支出（款）住房公积金（项）：比上年增加0.59万元，主要原因是：缴存基数调整。"},
		{ID: "3.3", Title: "机关运行经费", Text: "比上年增加2.00万元，因为办公用房增加。"},
	}}}}
}

func TestBestReason(t *testing.T) {
	for _, tc := range []struct {
		name       string
		difference schemas.Fen
		want       string // the section and what the sentence begins with
	}{
		{"农林水支出", -12_5000_00, "3.1.1 2024年预算数为300.00万元"},
		{"农林水支出", 12_5000_00, ""},
		{"水利", -12_4960_00, "3.1.1 2024年预算数为300.00万元"}, // rounded in the text
		{"公务接待费", -1_1000_00, "3.2 其中：公务接待费"},
		{"公务接待费", -9_0000_00, "3.2 其中：公务接待费"}, // against another figure of last year
		{"公务用车运行费", -1_0000_00, ""},
		{"教育支出", -3_0000_00, ""},
		{"合计", 66_0000_00, "3.1 2024年一般公共预算支出"}, // the reason is in the sentence behind
		{"合计", 67_0000_00, ""},
		{"卫生健康支出", -1_00, "3.1.2 2024年预算数为30万元"},
		{"机关运行经费", 2_0000_00, "3.3 比上年增加"},
		{"卫生健康支出", 0, ""},
		{"住房公积金", 7000_00, "3.4 住房保障支出"},
		{"住房保障支出", 7000_00, ""},           // that is of a part of it
		{"住房保障支出", 5900_00, "3.4 住房保障支出"}, // and that of all of it
	} {
		got := ""
		if r := BestReason(Reasons(narrative()), tc.name, tc.difference); r != nil {
			got = r.Section + " " + r.Text
		}
		if len(got) > len(tc.want) && tc.want != "" {
			got = got[:len(tc.want)]
		}
		if got != tc.want {
			t.Errorf("%s by %s: got %q, want %q", tc.name, tc.difference, got, tc.want)
		}
	}
	reasons := Reasons(narrative())
	if len(reasons) == 0 || reasons[0].Page == 0 {
		t.Errorf("got %v, want reasons with pages", reasons)
	}
}
