package site

import (
	"regexp"
	"slices"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A figureKey names one of the figures that units are shown by.
type figureKey string

// The figures.
const (
	revenueTotal     figureKey = "revenue"         // 收入总计
	revenueOfYear    figureKey = "revenue-year"    // 本年收入合计
	spendingTotal    figureKey = "spending"        // 支出总计
	spendingOfYear   figureKey = "spending-year"   // 本年支出合计
	fiscalSpending   figureKey = "fiscal"          // 财政拨款支出
	publicSpending   figureKey = "general-public"  // 一般公共预算支出
	fundSpending     figureKey = "government-fund" // 政府性基金支出
	capitalSpending  figureKey = "state-capital"   // 国有资本经营支出
	basicSpending    figureKey = "basic"           // 基本支出
	personnelExpense figureKey = "personnel"       // 人员经费
	operatingExpense figureKey = "operating"       // 公用经费
	projectSpending  figureKey = "project"         // 项目支出
	threePublic      figureKey = "three-public"    // 三公经费
	overseas         figureKey = "overseas"        // 因公出国（境）
	vehicles         figureKey = "vehicles"        // 公务用车
	vehiclePurchase  figureKey = "vehicle-purchase"
	vehicleOperation figureKey = "vehicle-operation"
	reception        figureKey = "reception"
)

// A figureRule says where a figure stands: in the total row of a form, in the column of a measure. The names are the rows' in the order in
// which they are to be preferred.
type figureRule struct {
	key     figureKey
	form    schemas.Form
	measure indexer.Measure
	side    string // 收入 or 支出, of a table with two sides; "" of others
	names   string // of rows, split by spaces; "" is a row without a name
}

// totalNames are what the row of a form is called that has the sum of all others.
const totalNames = "合计 总计 共计 支出合计 支出总计 本年支出合计 本年支出 收入合计 收入总计 本年收入合计"

// figureRules are all rules. Where a figure has several, the first that finds something counts.
func figureRules() []figureRule {
	const both, three = schemas.RevenueExpenditureSummary, schemas.ThreePublicExpenses
	return []figureRule{
		{revenueTotal, both, indexer.TotalMeasure, "收入", "收入总计 总计 收入合计 合计"},
		{revenueOfYear, both, indexer.TotalMeasure, "收入", "本年收入合计 本年收入 本年收入总计 当年收入合计 当年收入小计"},
		{revenueOfYear, schemas.RevenueSummary, indexer.TotalMeasure, "", totalNames},
		{spendingTotal, both, indexer.TotalMeasure, "支出", "支出总计 总计 支出合计 合计"},
		{spendingOfYear, both, indexer.TotalMeasure, "支出", "本年支出合计 本年支出 本年支出总计 当年支出合计 当年支出小计"},
		{spendingOfYear, schemas.ExpenditureSummary, indexer.TotalMeasure, "", totalNames},
		{spendingOfYear, schemas.ExpenditureSummary, indexer.TotalMeasure, "", ""}, // a form of one row
		{fiscalSpending, schemas.FiscalAppropriationSummary, indexer.TotalMeasure, "支出", "本年支出合计 本年支出 支出合计 合计 支出总计 总计"},
		{publicSpending, schemas.GeneralPublicExpenditure, indexer.TotalMeasure, "", totalNames},
		{fundSpending, schemas.GovernmentFundExpenditure, indexer.TotalMeasure, "", totalNames},
		{capitalSpending, schemas.StateCapitalExpenditure, indexer.TotalMeasure, "", totalNames},
		{basicSpending, schemas.ExpenditureSummary, indexer.BasicMeasure, "", totalNames},
		{basicSpending, schemas.ExpenditureSummary, indexer.BasicMeasure, "", ""},
		{personnelExpense, schemas.GeneralPublicBasicExpenditure, indexer.PersonnelMeasure, "", totalNames},
		{operatingExpense, schemas.GeneralPublicBasicExpenditure, indexer.OperatingMeasure, "", totalNames},
		{projectSpending, schemas.ExpenditureSummary, indexer.ProjectMeasure, "", totalNames},
		{projectSpending, schemas.ExpenditureSummary, indexer.ProjectMeasure, "", ""},
		{threePublic, three, indexer.TotalMeasure, "", ""},
		{threePublic, three, indexer.ThreePublicMeasure, "", ""},
		{overseas, three, indexer.OverseasMeasure, "", ""},
		{vehicles, three, indexer.VehiclesMeasure, "", ""},
		{vehiclePurchase, three, indexer.VehiclePurchaseMeasure, "", ""},
		{vehicleOperation, three, indexer.VehicleOperationMeasure, "", ""},
		{reception, three, indexer.ReceptionMeasure, "", ""},
	}
}

// rank is how far down the preferences a row is, from 0, or -1 where it is none of them.
func (f *figureRule) rank(form schemas.Form, measure indexer.Measure, line string) int {
	if form != f.form || measure != f.measure {
		return -1
	}
	side, name := sideOf(line)
	if (f.side == "") != (side == "") || !strings.Contains(side, f.side) {
		return -1
	}
	if f.names == "" {
		if name != "" {
			return -1
		}
		return 0
	}
	return slices.Index(strings.Fields(f.names), name)
}

// sideOf splits the line of an item into the side of the table and the row's name.
func sideOf(line string) (side, name string) {
	m := lineSide.FindStringSubmatch(line)
	if m == nil {
		return "", line
	}
	return m[1], m[2]
}

var lineSide = regexp.MustCompile(`^(.*) (\S+)$`)

// figureMeasures are those of the rules.
func figureMeasures() []indexer.Measure {
	var list []indexer.Measure
	for _, f := range figureRules() {
		if !slices.Contains(list, f.measure) {
			list = append(list, f.measure)
		}
	}
	return list
}

// A picked is the figure of a disclosure that a rule found.
type picked struct {
	item    *indexer.LineItem
	amount  schemas.Fen
	rank    int
	several bool // as good a row has another amount
}

// figuresOf picks the figures of each disclosure from its line items, in the order of the document.
func figuresOf(items []indexer.LineItem) map[string]map[figureKey]picked {
	all := map[string]map[figureKey]picked{}
	rules := figureRules()
	for i := range items {
		it := &items[i]
		if it.Amount == nil || it.Code != "" {
			continue
		}
		for at := range rules {
			rank := rules[at].rank(it.Form, it.Measure, it.Line)
			if rank < 0 {
				continue
			}
			of := all[it.DisclosureID]
			if of == nil {
				of = map[figureKey]picked{}
				all[it.DisclosureID] = of
			}
			rank += 100 * at
			found, ok := of[rules[at].key]
			switch {
			case !ok || rank < found.rank:
				of[rules[at].key] = picked{item: it, amount: *it.Amount, rank: rank}
			case rank == found.rank && *it.Amount != found.amount:
				found.several = true
				of[rules[at].key] = found
			}
		}
	}
	return all
}
