package indexer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
)

// TestMeasures reads the headers of whole tables. Columns are "HEADER > HEADER" by |, with / between the sides; what they should be is
// MEASURE:PERIOD, of which the period of the year itself is left out.
func TestMeasures(t *testing.T) {
	for _, tc := range []struct {
		name    string
		form    schemas.Form
		kind    schemas.DocumentKind
		headers string
		want    string
	}{
		{"summary", schemas.RevenueExpenditureSummary, schemas.Budget, "收入 > 预算数/支出 > 预算数", "total total"},
		{"summary of final accounts", schemas.RevenueExpenditureSummary, schemas.FinalAccounts, "收入 > 决算数 > 1/支出 > 决算数 > 2", "total total"},
		{"summary, one amount a side", schemas.RevenueExpenditureSummary, schemas.Budget, "收入 > 金额/支出 > 支出用途 > 金额", "total total"},
		{"revenue", schemas.RevenueSummary, schemas.Budget, "总计|本年收入 > 小计|本年收入 > 一般公共预算|本年收入 > 事业收入|上年结转结余 > 小计|上年结转结余 > 一般公共预算",
			"total 本年收入>小计 general_public institutional_revenue carryover_in carryover_in.general_public"},
		{"revenue of final accounts", schemas.RevenueSummary, schemas.FinalAccounts, "本年收入合计 > 1|财政拨款收入 > 2|上级补助收入 > 3|事业收入 > 4|经营收入 > 5|附属单位上缴收入 > 6|其他收入 > 7",
			"total fiscal superior_subsidies institutional_revenue business_revenue subordinate_payments other_revenue"},
		{"revenue with transfers", schemas.RevenueSummary, schemas.Budget, "总计|财政拨款(补助) > 财政拨款(补助)小计|财政拨款(补助) > 一般公共预算|财政拨款(补助) > 上级一般公共预算安排的转移支付|财政专户（教育收费）|单位资金|非财政拨款结转结余",
			"total fiscal general_public transfers fiscal_account unit_funds carryover_in"},
		{"expenditure", schemas.ExpenditureSummary, schemas.Budget, "支出预算 > 合计|支出预算 > 基本支出|支出预算 > 项目支出", "total basic project"},
		{"expenditure of final accounts", schemas.ExpenditureSummary, schemas.FinalAccounts, "本年支出合计 > 1|基本支出 > 2|项目支出 > 3|上缴上级支出 > 4|经营支出 > 5|对附属单位补助支出 > 6",
			"total basic project paid_to_superior business_expenditure subordinate_subsidies"},
		{"fiscal appropriation", schemas.FiscalAppropriationSummary, schemas.Budget, "财政拨款收入 > 合计/财政拨款支出 > 合计|财政拨款支出 > 一般公共预算|财政拨款支出 > 政府性基金预算|财政拨款支出 > 国有资本经营预算",
			"total total general_public government_fund state_capital"},
		{"fiscal appropriation of final accounts", schemas.FiscalAppropriationSummary, schemas.FinalAccounts, "收入 > 金额 > 1/支出 > 合计 > 2|支出 > 一般公共预算财政拨款 > 3|支出 > 政府性基金预算财政拨款 > 4",
			"total total general_public government_fund"},
		{"general public", schemas.GeneralPublicExpenditure, schemas.Budget, "一般公共预算支出 > 合计|一般公共预算支出 > 基本支出|一般公共预算支出 > 项目支出", "total basic project"},
		{"general public beside last year", schemas.GeneralPublicExpenditure, schemas.Budget, "上年预算数|本年预算数 > 合计|本年预算数 > 基本支出|本年预算数 > 项目支出|本年比上年增减 > 增减额",
			"total:previous total basic project total:change"},
		{"general public beside a named year", schemas.GeneralPublicExpenditure, schemas.Budget, "2023年执行数|2024年预算数 > 小计|2024年预算数 > 基本支出", "total:previous total basic"},
		{"general public of final accounts", schemas.GeneralPublicExpenditure, schemas.FinalAccounts, "本年支出 > 小计 > 1|本年支出 > 基本支出 > 2|本年支出 > 项目支出 > 3", "total basic project"},
		{"basic", schemas.GeneralPublicBasicExpenditure, schemas.Budget, "本年一般公共预算基本支出 > 合计|本年一般公共预算基本支出 > 人员经费|本年一般公共预算基本支出 > 公用经费", "total personnel operating"},
		{"fund of final accounts", schemas.GovernmentFundExpenditure, schemas.FinalAccounts, "年初结转和结余 > 1|本年收入 > 2|本年支出 > 小计 > 3|本年支出 > 基本支出 > 4|年末结转和结余 > 6",
			"carryover_in 本年收入 total basic carryover_out"},
		{"fund", schemas.GovernmentFundExpenditure, schemas.Budget, "政府性基金预算支出 > 合计|政府性基金预算支出 > 基本支出 > 人员经费|政府性基金预算支出 > 基本支出 > 公用经费|政府性基金预算支出 > 项目支出",
			"total personnel operating project"},
		{"three public", schemas.ThreePublicExpenses, schemas.Budget, "“三公”经费预算数 > 合计|“三公”经费预算数 > 因公出国(境)费|“三公”经费预算数 > 公务接待费|“三公”经费预算数 > 公务用车购置及运行费 > 小计|“三公”经费预算数 > 公务用车购置及运行费 > 购置费|“三公”经费预算数 > 公务用车购置及运行费 > 运行费",
			"total overseas reception vehicles vehicle_purchase vehicle_operation"},
		{"three public of final accounts", schemas.ThreePublicExpenses, schemas.FinalAccounts, "预算数 > 合计 > 1|预算数 > 公务接待费 > 6|决算数 > 合计 > 7|决算数 > 公务接待费 > 12",
			"total:planned reception:planned total reception"},
		{"three public and meetings", schemas.OtherForm, schemas.Budget, "合计|“三公”经费 > 小计|“三公”经费 > 因公出国（境）费|会议费|培训费|机关运行经费支出",
			"total three_public overseas meetings training 机关运行经费支出"},
		{"projects", schemas.OtherForm, schemas.Budget, "财政拨款 > 合计|财政拨款 > 基本支出 > 人员经费|财政拨款 > 项目支出|非财政拨款 > 合计|非财政拨款 > 基本支出 > 人员经费|非财政拨款 > 项目支出",
			"fiscal personnel project non_fiscal non_fiscal.personnel non_fiscal.project"},
		{"a government's final accounts", schemas.OtherForm, schemas.UnknownKind, "预算数|调整预算数|决算数|决算数为调整预算数的增减额",
			"total:planned total:adjusted total total:change"},
		{"a government's report", schemas.OtherForm, schemas.Budget, "2023年 > 预算数|2023年 > 执行数|2024年 > 预算数", "total:previous 2023年>执行数:previous total"},
		{"a report on the year before", schemas.OtherForm, schemas.Budget, "2023年预算数|2023年调整预算数|2023年执行数", "total:planned total:adjusted total"},
		{"a plan and its adjustment", schemas.OtherForm, schemas.Budget, "预算数|调整预算数", "total total:adjusted"},
		{"a fund beside what came of it", schemas.OtherForm, schemas.FinalAccounts, "一般公共预算|决算数", "general_public total"},
		{"two alike", schemas.OtherForm, schemas.Budget, "金额|金额|数量金额", "total 金额 数量金额"},
		{"three alike", schemas.OtherForm, schemas.Budget, "金额|金额|金额", "total 金额 金额#3"},
		{"without a header", schemas.OtherForm, schemas.Budget, "|", "total #2"},
		{"one column of its own name", schemas.OtherForm, schemas.Budget, "采购金额（万元）", "total"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var cols []amountColumn
			for side, headers := range strings.Split(tc.headers, "/") {
				for header := range strings.SplitSeq(headers, "|") {
					cols = append(cols, amountColumn{column: len(cols), side: side, path: SplitHeader(header)})
				}
			}
			tableMeasure{form: tc.form, kind: tc.kind, year: 2024}.assign(cols)
			var got []string
			for _, c := range cols {
				one := strings.ReplaceAll(string(c.measure), " ", "")
				if c.period != YearPeriod {
					one += ":" + string(c.period)
				}
				got = append(got, one)
			}
			if diff := cmp.Diff(strings.Join(got, " "), tc.want); diff != "" {
				t.Errorf("measures (-got +want):\n%s", diff)
			}
		})
	}
}

func TestLineName(t *testing.T) {
	for _, tc := range []struct{ side, name, want string }{
		{"", "合 计", "合计"},
		{"收入", "一、一般公共预算拨款收入", "收入 一般公共预算拨款收入"},
		{"收入", "一般公共预算拨款收入", "收入 一般公共预算拨款收入"},
		{"", "（一）本年收入", "本年收入"},
		{"", "1.因公出国（境）费", "因公出国(境)费"},
		{"", "其中：（1）公务用车购置费", "公务用车购置费"},
		{"", "2024年结转", "2024年结转"},
		{"", "三公经费", "三公经费"},
		{"", "二、", "二、"},
		{"支出", "", ""},
	} {
		if got := lineName(tc.side, tc.name); got != tc.want {
			t.Errorf("%q, %q: got %q, want %q", tc.side, tc.name, got, tc.want)
		}
	}
}
