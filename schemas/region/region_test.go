package region_test

import (
	"strings"
	"testing"

	"yusuan/schemas/region"
)

func TestPrefix(t *testing.T) {
	for name, want := range map[string]string{
		"新疆维吾尔自治区伊犁哈萨克自治州伊宁县社会保险中心": "新疆维吾尔自治区伊犁哈萨克自治州伊宁县",
		"上海市普陀区商务委员会":               "上海市普陀区",
		"江苏省政协办公厅":                  "江苏省",
		"中共江苏省委办公厅":                 "江苏省",
		"新疆伊宁县财政局":                  "新疆伊宁县",
		"新疆生产建设兵团":                  "",
		"某河县社会保险中心":                 "某河县", // invented: by its class word
		"四川省某江市青原区教育局":              "四川省某江市青原区",
		"乐山市市中区教育局":                 "乐山市市中区",
		"市场监督管理局":                   "",
		"县委办公室":                     "",
		"阳光社区居民委员会":                 "",
		"晋城市城区城市管理局":                "晋城市城区",
		"城区街道办事处":                   "",
		"海南藏族自治州共和县民政局":             "海南藏族自治州共和县",
		"海南省海口市龙华区民政局":              "海南省海口市龙华区",
		"朝阳区民政局":                    "朝阳区",
		"南京市鼓楼区民政局":                 "南京市鼓楼区",
		"内蒙古自治区锡林郭勒盟苏尼特右旗农牧局":       "内蒙古自治区锡林郭勒盟苏尼特右旗",
		"威海市和市本级":                   "威海市",
		"成都市人民政府关于成都市":              "成都市",
		"防城港市全市与市本级":                "防城港市",
		"迪庆州财政局":                    "迪庆州",
		"杭州电子科技大学":                  "",
		"财政部":                       "",
		"":                          "",
	} {
		if got := region.Prefix(name); got != want {
			t.Errorf("Prefix(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestLongest(t *testing.T) {
	texts := []string{"伊宁县社会保险中心", "本单位是新疆维吾尔自治区伊犁哈萨克自治州伊宁县人民政府直属单位。", "邻近的伊宁县"}
	if got, want := region.Longest("伊宁县", texts), "新疆维吾尔自治区伊犁哈萨克自治州伊宁县"; got != want {
		t.Errorf("Longest = %q, want %q", got, want)
	}
	if got := region.Longest("昌吉市", texts); got != "昌吉市" {
		t.Errorf("a region that no text names became %q", got)
	}
	if got := region.Longest("鼓楼区", []string{"位于北京市的鼓楼区", "见南京市鼓楼区"}); got != "南京市鼓楼区" {
		t.Errorf("Longest = %q", got)
	}
}

func FuzzPrefix(f *testing.F) {
	for _, s := range []string{"上海市普陀区商务委员会", "中共江苏省委", "县", "自治区自治区", "市市市市"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := region.Prefix(s); !strings.HasPrefix(strings.TrimPrefix(s, "中共"), got) {
			t.Errorf("Prefix(%q) = %q is no prefix", s, got)
		}
	})
}
