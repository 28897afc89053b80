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
		{"朝阳区", region.Divisions{}}, // of Beijing, or of Changchun
		{"北京市朝阳区", region.Divisions{Province: "北京市", County: "北京市朝阳区"}},
		{"长春市朝阳区", region.Divisions{Province: "吉林省", City: "长春市", County: "长春市朝阳区"}},
		{"海南州", region.Divisions{Province: "青海省", City: "海南藏族自治州"}},
		{"海南州共和县", region.Divisions{Province: "青海省", City: "海南藏族自治州", County: "共和县"}},
		{"河南县", region.Divisions{Province: "青海省", City: "黄南藏族自治州", County: "河南蒙古族自治县"}},
		{"恩施州恩施市", region.Divisions{Province: "湖北省", City: "恩施土家族苗族自治州", County: "恩施市"}},
		{"湖北省恩施州恩施市", region.Divisions{Province: "湖北省", City: "恩施土家族苗族自治州", County: "恩施市"}},
		{"大理州大理市", region.Divisions{Province: "云南省", City: "大理白族自治州", County: "大理市"}},
		{"延边州延吉市", region.Divisions{Province: "吉林省", City: "延边朝鲜族自治州", County: "延吉市"}},
		{"巴音郭楞州焉耆县", region.Divisions{Province: "新疆维吾尔自治区", City: "巴音郭楞蒙古自治州", County: "焉耆回族自治县"}},
		{"巴州焉耆县", region.Divisions{}}, // not to be told from a county of that name
		{"山西县", region.Divisions{County: "山西县"}},
		{"江西区", region.Divisions{County: "江西区"}},
		{"东莞市", region.Divisions{Province: "广东省", City: "东莞市"}},
		{"嘉峪关市", region.Divisions{Province: "甘肃省", City: "嘉峪关市"}},
		{"吉林市", region.Divisions{Province: "吉林省", City: "吉林市"}},
		{"新疆焉耆县", region.Divisions{Province: "新疆维吾尔自治区", City: "巴音郭楞蒙古自治州", County: "焉耆回族自治县"}},
		{"南京市鼓楼区", region.Divisions{Province: "江苏省", City: "南京市", County: "南京市鼓楼区"}},
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
