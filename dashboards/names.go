package main

import (
	"yusuan/indexer"
	"yusuan/schemas"
)

// keyed gives the values of a type of ours as text.
func keyed[T ~string](names map[T]string) map[string]string {
	out := map[string]string{}
	for value, name := range names {
		out[string(value)] = name
	}
	return out
}

func kindNames() map[string]string {
	return keyed(map[schemas.DocumentKind]string{schemas.Budget: "预算", schemas.FinalAccounts: "决算", schemas.UnknownKind: "不明"})
}

func scopeNames() map[string]string {
	return keyed(map[schemas.Scope]string{schemas.UnitScope: "单位", schemas.DepartmentScope: "部门", schemas.UnknownScope: "口径不明"})
}

func formNames() map[string]string {
	return keyed(map[schemas.Form]string{
		schemas.RevenueExpenditureSummary: "收支总表", schemas.RevenueSummary: "收入总表", schemas.ExpenditureSummary: "支出总表",
		schemas.FiscalAppropriationSummary: "财政拨款收支总表", schemas.GeneralPublicExpenditure: "一般公共预算支出表",
		schemas.GeneralPublicBasicExpenditure: "一般公共预算基本支出表", schemas.GeneralPublicProjectExpenditure: "一般公共预算项目支出表",
		schemas.GovernmentFundExpenditure: "政府性基金预算支出表", schemas.StateCapitalExpenditure: "国有资本经营预算支出表",
		schemas.ThreePublicExpenses: "三公经费支出表", schemas.Carryover: "结转结余表", schemas.ProjectPerformance: "项目支出绩效目标表",
		schemas.OverallPerformance: "整体支出绩效目标表", schemas.OtherForm: "其他表",
	})
}

// measureNames are the standard measures, called as they are typed in queries.
func measureNames() map[string]string {
	out := map[string]string{}
	for _, m := range []indexer.Measure{
		indexer.TotalMeasure, indexer.BasicMeasure, indexer.PersonnelMeasure, indexer.OperatingMeasure, indexer.ProjectMeasure, indexer.FiscalMeasure,
		indexer.NonFiscalMeasure, indexer.GeneralPublicMeasure, indexer.GovernmentFundMeasure, indexer.StateCapitalMeasure,
		indexer.FiscalAccountMeasure, indexer.UnitFundsMeasure, indexer.InstitutionalMeasure, indexer.BusinessMeasure, indexer.SuperiorMeasure,
		indexer.OtherRevenueMeasure, indexer.CarryoverInMeasure, indexer.CarryoverOutMeasure, indexer.ThreePublicMeasure, indexer.OverseasMeasure,
		indexer.VehiclesMeasure, indexer.VehiclePurchaseMeasure, indexer.VehicleOperationMeasure, indexer.ReceptionMeasure, indexer.MeetingsMeasure,
		indexer.TrainingMeasure,
	} {
		out[string(m)] = m.Label()
	}
	return out
}

func periodNames() map[string]string {
	return keyed(map[indexer.Period]string{
		indexer.YearPeriod: "本年", indexer.PlannedPeriod: "预算数", indexer.AdjustedPeriod: "调整预算数", indexer.PreviousPeriod: "上年", indexer.ChangePeriod: "增减",
	})
}

func levelNames() map[string]string {
	return keyed(map[indexer.CodeLevel]string{indexer.ClassLevel: "类", indexer.SectionLevel: "款", indexer.ItemLevel: "项"})
}

func classificationNames() map[string]string {
	return keyed(map[indexer.Classification]string{indexer.Functional: "功能分类", indexer.Economic: "经济分类"})
}

func contentNames() map[string]string {
	return keyed(map[indexer.State]string{
		indexer.FigureState: "有数", indexer.ZeroState: "零", indexer.UnparsedState: "未读出", indexer.DeclaredEmptyState: "空表（有说明）", indexer.BlankState: "空白（无说明）",
	})
}

// stateNames are those of the ledger, in the words of yusuan status.
func stateNames() map[string]string {
	return keyed(map[schemas.State]string{
		schemas.Queued: "排队 queued", schemas.Working: "处理中 working", schemas.Indexed: "已入库 indexed", schemas.Unchanged: "无变化 unchanged",
		schemas.Superseded: "被取代 superseded", schemas.OCRNeeded: "待识别 needs-ocr", schemas.Rejected: "拒收 rejected", schemas.Failed: "失败 failed",
	})
}

func reasonNames() map[string]string {
	return keyed(map[schemas.Code]string{
		schemas.NotAPDF: "不是 PDF not-a-pdf", schemas.EmptyFile: "空文件 empty-file", schemas.Damaged: "损坏 damaged", schemas.PasswordNeeded: "有密码 password-needed",
		schemas.NoPages: "没有页 no-pages", schemas.TooLarge: "太大 too-large", schemas.TooManyPages: "页太多 too-many-pages", schemas.Timeout: "超时 timeout",
		schemas.Memory: "超内存 memory", schemas.NeedsOCR: "扫描件 needs-ocr", schemas.UndecodableText: "字形无法还原 undecodable-text", schemas.BadJob: "任务有误 bad-job",
		schemas.NotFound: "网址无文件 not-found",
	})
}

// classNames are the 类 of the functional (2…) and the economic (3…) classification of the Ministry of Finance. 款 and 项 are shown by
// their digits.
func classNames() map[string]string {
	names := map[string]string{
		"201": "一般公共服务支出", "202": "外交支出", "203": "国防支出", "204": "公共安全支出", "205": "教育支出", "206": "科学技术支出",
		"207": "文化旅游体育与传媒支出", "208": "社会保障和就业支出", "209": "社会保险基金支出", "210": "卫生健康支出", "211": "节能环保支出", "212": "城乡社区支出",
		"213": "农林水支出", "214": "交通运输支出", "215": "资源勘探工业信息等支出", "216": "商业服务业等支出", "217": "金融支出", "219": "援助其他地区支出",
		"220": "自然资源海洋气象等支出", "221": "住房保障支出", "222": "粮油物资储备支出", "223": "国有资本经营预算支出", "224": "灾害防治及应急管理支出",
		"227": "预备费", "229": "其他支出", "230": "转移性支出", "231": "债务还本支出", "232": "债务付息支出", "233": "债务发行费用支出", "234": "抗疫特别国债安排的支出",
		"301": "工资福利支出", "302": "商品和服务支出", "303": "对个人和家庭的补助", "307": "债务利息及费用支出", "309": "资本性支出（基本建设）", "310": "资本性支出",
		"311": "对企业补助（基本建设）", "312": "对企业补助", "313": "对社会保障基金补助", "399": "其他支出",
	}
	for code, name := range names {
		names[code] = code + " " + name
	}
	return names
}
