package region_test

import (
	"testing"

	"yusuan/schemas/region"
)

func TestOf(t *testing.T) {
	for _, tc := range []struct {
		name string
		want region.Divisions
	}{
		{"新疆维吾尔自治区巴音郭楞蒙古自治州焉耆回族自治县", region.Divisions{Province: "新疆维吾尔自治区", City: "巴音郭楞蒙古自治州", County: "焉耆回族自治县"}},
		{"焉耆县", region.Divisions{Province: "新疆维吾尔自治区", City: "巴音郭楞蒙古自治州", County: "焉耆回族自治县"}},
		{"大理州", region.Divisions{Province: "云南省", City: "大理白族自治州"}},
		{"新疆", region.Divisions{Province: "新疆维吾尔自治区"}},
		{"石家庄市", region.Divisions{Province: "河北省", City: "石家庄市"}},
		{"余杭区", region.Divisions{Province: "浙江省", City: "杭州市", County: "余杭区"}},
		{"杭州市余杭区", region.Divisions{Province: "浙江省", City: "杭州市", County: "余杭区"}},
		{"朝阳区", region.Divisions{County: "朝阳区"}}, // of Beijing, or of Changchun
		{"北京市朝阳区", region.Divisions{Province: "北京市", County: "朝阳区"}},
		{"长春市朝阳区", region.Divisions{Province: "吉林省", City: "长春市", County: "朝阳区"}},
		{"云岭县", region.Divisions{County: "云岭县"}}, // there is none
		{"浙江省云岭县", region.Divisions{Province: "浙江省", County: "云岭县"}},
		{"浙江省杭州市", region.Divisions{Province: "浙江省", City: "杭州市"}},
		{"", region.Divisions{}},
		{"财政局", region.Divisions{}},
	} {
		if got := region.Of(tc.name); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
	}
}
