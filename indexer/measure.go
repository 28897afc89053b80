package indexer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"yusuan/schemas"
)

// A Measure says what the amounts of a column are (口径), whatever the header calls it: one of the standard measures, several of
// them from the outer header to the inner (carryover_in.general_public), or the header's own words. Within one table, side and
// period no two columns have the same.
type Measure string

// The standard measures, by the headers of the forms that the Ministry of Finance and the provinces prescribe.
const (
	TotalMeasure              Measure = "total"                 // 合计, 金额, 预算数, 决算数: all that the table is about
	BasicMeasure              Measure = "basic"                 // 基本支出
	PersonnelMeasure          Measure = "personnel"             // 人员经费
	OperatingMeasure          Measure = "operating"             // 公用经费
	ProjectMeasure            Measure = "project"               // 项目支出
	FiscalMeasure             Measure = "fiscal"                // 财政拨款
	NonFiscalMeasure          Measure = "non_fiscal"            // 非财政拨款
	GeneralPublicMeasure      Measure = "general_public"        // 一般公共预算
	GovernmentFundMeasure     Measure = "government_fund"       // 政府性基金
	StateCapitalMeasure       Measure = "state_capital"         // 国有资本经营
	FiscalAccountMeasure      Measure = "fiscal_account"        // 财政专户
	UnitFundsMeasure          Measure = "unit_funds"            // 单位资金
	InstitutionalMeasure      Measure = "institutional_revenue" // 事业收入
	BusinessMeasure           Measure = "business_revenue"      // 经营收入
	SuperiorMeasure           Measure = "superior_subsidies"    // 上级补助收入
	SubordinateMeasure        Measure = "subordinate_payments"  // 附属单位上缴收入
	OtherRevenueMeasure       Measure = "other_revenue"         // 其他收入
	BusinessExpensesMeasure   Measure = "business_expenditure"  // 经营支出
	PaidToSuperiorMeasure     Measure = "paid_to_superior"      // 上缴上级支出
	SubordinateSubsidyMeasure Measure = "subordinate_subsidies" // 对附属单位补助支出
	TransfersMeasure          Measure = "transfers"             // 转移支付, beside the level's own money
	CarryoverInMeasure        Measure = "carryover_in"          // 上年结转, 年初结转和结余
	CarryoverOutMeasure       Measure = "carryover_out"         // 结转下年, 年末结转和结余
	ThreePublicMeasure        Measure = "three_public"          // 三公经费
	OverseasMeasure           Measure = "overseas"              // 因公出国（境）费
	VehiclesMeasure           Measure = "vehicles"              // 公务用车购置及运行费
	VehiclePurchaseMeasure    Measure = "vehicle_purchase"      // 公务用车购置费
	VehicleOperationMeasure   Measure = "vehicle_operation"     // 公务用车运行维护费
	ReceptionMeasure          Measure = "reception"             // 公务接待费
	MeetingsMeasure           Measure = "meetings"              // 会议费
	TrainingMeasure           Measure = "training"              // 培训费
)

// measureWords are what headers say of each measure; the first that fits counts. The words of a line must all be there.
func measureWords() [35]measureWord {
	return [...]measureWord{
		{OverseasMeasure, "因公出国"},
		{VehiclesMeasure, "用车 购置 运行"},
		{VehiclePurchaseMeasure, "用车 购置"},
		{VehicleOperationMeasure, "用车 运行"},
		{VehicleOperationMeasure, "用车 运维"},
		{VehiclesMeasure, "公务用车"},
		{ReceptionMeasure, "公务接待"},
		{ThreePublicMeasure, "三公"},
		{MeetingsMeasure, "会议费"},
		{TrainingMeasure, "培训费"},
		{PersonnelMeasure, "人员经费"},
		{OperatingMeasure, "公用经费"},
		{PaidToSuperiorMeasure, "上缴上级"},
		{SubordinateSubsidyMeasure, "附属单位 补助"},
		{SubordinateMeasure, "附属单位"},
		{SuperiorMeasure, "上级补助"},
		{TransfersMeasure, "转移支付"},
		{CarryoverOutMeasure, "年末 结"},
		{CarryoverOutMeasure, "结转下年"},
		{CarryoverInMeasure, "结转"},
		{CarryoverInMeasure, "结余"},
		{FiscalAccountMeasure, "财政专户"},
		{UnitFundsMeasure, "单位资金"},
		{BusinessExpensesMeasure, "经营支出"},
		{BusinessMeasure, "单位经营收入"},
		{StateCapitalMeasure, "国有资本经营"},
		{BusinessMeasure, "经营收入"},
		{InstitutionalMeasure, "事业收入"},
		{OtherRevenueMeasure, "其他收入"},
		{GovernmentFundMeasure, "政府性基金"},
		{BasicMeasure, "基本支出"},
		{ProjectMeasure, "项目支出"},
		{GeneralPublicMeasure, "一般公共预算"},
		{NonFiscalMeasure, "非财政拨款"},
		{FiscalMeasure, "财政拨款"},
	}
}

// A measureWord is a measure with words, split by spaces.
type measureWord struct {
	measure Measure
	words   string
}

// implied are measures that go without saying under the one: 公务用车购置及运行费 > 公务用车运行费.
func (m Measure) implied() []Measure {
	switch m {
	case PersonnelMeasure, OperatingMeasure:
		return []Measure{BasicMeasure}
	case VehiclePurchaseMeasure, VehicleOperationMeasure:
		return []Measure{VehiclesMeasure, ThreePublicMeasure}
	case VehiclesMeasure, OverseasMeasure, ReceptionMeasure:
		return []Measure{ThreePublicMeasure}
	case GeneralPublicMeasure, GovernmentFundMeasure, StateCapitalMeasure, BasicMeasure, ProjectMeasure, TransfersMeasure:
		return []Measure{FiscalMeasure}
	}
	return nil
}

// formMeasures are what a form is about as a whole: its tables say so over their totals.
func formMeasures(form schemas.Form) []Measure {
	switch form {
	case schemas.FiscalAppropriationSummary:
		return []Measure{FiscalMeasure}
	case schemas.GeneralPublicExpenditure:
		return []Measure{FiscalMeasure, GeneralPublicMeasure}
	case schemas.GeneralPublicBasicExpenditure:
		return []Measure{FiscalMeasure, GeneralPublicMeasure, BasicMeasure}
	case schemas.GeneralPublicProjectExpenditure:
		return []Measure{FiscalMeasure, GeneralPublicMeasure, ProjectMeasure}
	case schemas.GovernmentFundExpenditure:
		return []Measure{FiscalMeasure, GovernmentFundMeasure}
	case schemas.StateCapitalExpenditure:
		return []Measure{FiscalMeasure, StateCapitalMeasure}
	case schemas.ThreePublicExpenses:
		return []Measure{ThreePublicMeasure}
	case schemas.Carryover:
		return []Measure{CarryoverInMeasure}
	}
	return nil
}

// A Period says which of the figures beside each other a column has.
type Period string

// The periods.
const (
	YearPeriod     Period = "year"     // of the disclosure itself: 本年预算数 of a budget, 决算数 of final accounts
	PlannedPeriod  Period = "planned"  // 预算数 of final accounts, or beside what came of it
	AdjustedPeriod Period = "adjusted" // 调整预算数
	PreviousPeriod Period = "previous" // 上年预算数
	ChangePeriod   Period = "change"   // 增减额
)

// A tableMeasure is what the columns of one table are measured against.
type tableMeasure struct {
	form schemas.Form
	kind schemas.DocumentKind
	year int // 0 where it is not known
}

// assign gives every amount column of the table its measure and period, so that no two of a side have the same.
func (m tableMeasure) assign(cols []amountColumn) {
	if named := latestYear(cols); m.year == 0 || named > 0 && named < m.year {
		m.year = named // a report on the year before has no other
	}
	sides := map[int][]*amountColumn{}
	for i := range cols {
		c := &cols[i]
		headers := plainHeaders(c.path)
		c.measure, c.period = m.measure(headers), m.period(headers)
		if c.period == YearPeriod {
			sides[c.side] = append(sides[c.side], c)
		}
	}
	for _, list := range sides {
		stages(list)
	}
	m.tellApartAll(cols)
}

// tellApartAll tells the columns of each side and period apart.
func (m tableMeasure) tellApartAll(cols []amountColumn) {
	type group struct {
		side   int
		period Period
	}
	var order []group
	groups := map[group][]*amountColumn{}
	for i := range cols {
		g := group{cols[i].side, cols[i].period}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], &cols[i])
	}
	for _, g := range order {
		if list := groups[g]; len(list) == 1 {
			list[0].measure = TotalMeasure // the one column there is, whatever it is called
		} else {
			m.tellApart(list)
		}
	}
}

// tellApart lets one of the columns that would have the same measure keep it: the one that is nearest to what the table is about.
// The others are called by their headers, and by their number where those are the same, too.
func (m tableMeasure) tellApart(cols []*amountColumn) {
	keeps := map[Measure]*amountColumn{}
	for _, c := range cols {
		if first := keeps[c.measure]; first == nil || m.distance(c.path) < m.distance(first.path) {
			keeps[c.measure] = c
		}
	}
	for _, c := range cols {
		if keeps[c.measure] == c {
			continue
		}
		own := ownMeasure(plainHeaders(c.path))
		if own == "" || keeps[own] != nil {
			own += Measure("#" + strconv.Itoa(c.column+1))
		}
		c.measure = own
		keeps[own] = c
	}
}

// maxOwnWords is how many characters a measure or a line has at most that is called by a document's own words.
const maxOwnWords = 200

func ownMeasure(headers []string) Measure {
	return Measure(firstRunes(strings.Join(headers, headerSeparator), maxOwnWords))
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}

// distance is how far a header is from being that of the whole table: 总计 before 本年收入 > 小计, and in a form of expenditure
// 本年支出 before 本年收入.
func (m tableMeasure) distance(path []string) int {
	headers := plainHeaders(path)
	d := 2 * len(headers)
	words := strings.Join(headers, "")
	wanted, other := "支出", "收入"
	if m.form == schemas.RevenueSummary {
		wanted, other = other, wanted
	}
	if strings.Contains(words, other) && !strings.Contains(words, wanted) && m.form != schemas.OtherForm && m.form != "" {
		d += 20
	}
	return d
}

// measure reads the measure off the headers, from the outermost to the innermost.
func (m tableMeasure) measure(headers []string) Measure {
	var list []Measure
	for _, h := range headers {
		found := headerMeasure(h, headers)
		if found == "" || slices.Contains(list, found) {
			continue
		}
		list = append(slices.DeleteFunc(list, func(outer Measure) bool { return slices.Contains(found.implied(), outer) }), found)
	}
	if n := len(headers); n > 0 && len(list) == 0 && !isTotalHeader(headers[n-1]) {
		return ownMeasure(headers)
	}
	var parts []string
	for _, one := range list {
		if !slices.Contains(formMeasures(m.form), one) { // 一般公共预算支出 > 合计 of the form of that name
			parts = append(parts, string(one))
		}
	}
	if len(parts) == 0 {
		return TotalMeasure
	}
	return Measure(strings.Join(parts, "."))
}

// headerMeasure is what one header says, or "". 购置费 and 运行费 alone are of vehicles where a header over them speaks of these.
func headerMeasure(header string, all []string) Measure {
	if !strings.Contains(header, "用车") && strings.Contains(strings.Join(all, ""), "用车") {
		header = strings.NewReplacer("购置费", "用车购置费", "运行", "用车运行").Replace(header)
	}
	for _, w := range measureWords() {
		if containsAll(header, w.words) {
			return w.measure
		}
	}
	return ""
}

// containsAll reports whether all words, split by spaces, are in the text.
func containsAll(text, words string) bool {
	for word := range strings.FieldsSeq(words) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// isTotalHeader reports headers that name no part: 合计, 金额, 2024年预算数, 本年支出合计.
func isTotalHeader(header string) bool { return totalHeader.MatchString(header) }

var totalHeader = regexp.MustCompile(`^([0-9]{4}年?度?|本年度?|当年|上年度?|年初|年末|全年|调整|部门|单位|比)*(收入|支出|收支|预算|决算|执行)*(数|额)?(合计|小计|总计|共计|金额|数额|总额|增减额?|数)?$`)

// period reads the period off the headers.
func (m tableMeasure) period(headers []string) Period {
	words := strings.NewReplacer("上年结", "", "上年末", "").Replace(strings.Join(headers, " "))
	has := func(list ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(words, w) })
	}
	switch {
	case has("增减", "增加额", "增长", "比上年", "较上年", "差额", "差异", "变动额"):
		return ChangePeriod
	case has("上年", "去年", "上一年"), m.isEarlier(words):
		return PreviousPeriod
	case m.kind == schemas.FinalAccounts && stageOf(headers) == PlannedPeriod:
		return PlannedPeriod
	}
	return YearPeriod
}

// headerYear finds the years that headers name.
var headerYear = regexp.MustCompile(`(?:19|20)[0-9]{2}年`)

// isEarlier reports whether the headers name a year before the table's.
func (m tableMeasure) isEarlier(words string) bool {
	year := headerYear.FindString(words)
	return year != "" && m.year > 0 && strings.TrimSuffix(year, "年") < strconv.Itoa(m.year)
}

// latestYear is the latest year that the columns name, or 0.
func latestYear(cols []amountColumn) int {
	last := 0
	for _, c := range cols {
		for _, year := range headerYear.FindAllString(strings.Join(plainHeaders(c.path), " "), -1) {
			n, _ := strconv.Atoi(strings.TrimSuffix(year, "年")) // they are digits
			last = max(last, n)
		}
	}
	return last
}

// stageOf says what of the year headers speak of: PlannedPeriod, AdjustedPeriod, YearPeriod for what came of it, or "" for none.
func stageOf(headers []string) Period {
	words := strings.NewReplacer("公共预算", "", "基金预算", "", "经营预算", "", "部门预算", "", "单位预算", "", "预算草案", "").Replace(strings.Join(headers, " "))
	has := func(list ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(words, w) })
	}
	switch {
	case has("调整预算", "预算调整", "变动预算", "调整数"):
		return AdjustedPeriod
	case has("决算", "执行", "完成", "实际"):
		return YearPeriod
	case has("预算", "计划数", "建议数"):
		return PlannedPeriod
	}
	return ""
}

// stages tells the columns of the year apart where they are of several stages: beside what came of it, a plan is one.
func stages(cols []*amountColumn) {
	actual, planned := false, false
	for _, c := range cols {
		stage := stageOf(plainHeaders(c.path))
		actual, planned = actual || stage == YearPeriod, planned || stage == PlannedPeriod
	}
	for _, c := range cols {
		switch stage := stageOf(plainHeaders(c.path)); {
		case stage == PlannedPeriod && actual:
			c.period = PlannedPeriod
		case stage == AdjustedPeriod && (actual || planned):
			c.period = AdjustedPeriod
		}
	}
}

// plainHeaders are the headers of a path, folded, without brackets, column numbers (栏次) and what is repeated.
func plainHeaders(path []string) []string {
	var out []string
	for _, h := range path {
		h = strings.TrimSpace(Fold(h))
		for _, inner := range bracketed(h) {
			if _, isUnit := moneyUnit(inner); isUnit || strings.HasPrefix(inner, "按") {
				h = strings.Replace(h, "("+inner+")", "", 1)
			}
		}
		h = strings.ReplaceAll(h, " ", "")
		if strings.Trim(h, "0123456789=+-()") == "" || h == "栏次" || h == "行次" || len(out) > 0 && out[len(out)-1] == h {
			continue
		}
		out = append(out, h)
	}
	return out
}

// lineName is what a row without a code is called, without its numbering: 一、本年收入 and 本年收入 are one; in a table of two sides
// with the side before it. Sums keep such rows apart by it.
func lineName(side, name string) string {
	name = strings.TrimSpace(Fold(name))
	for {
		rest := strings.TrimSpace(numbering.ReplaceAllString(name, ""))
		if rest == name || rest == "" {
			break
		}
		name = rest
	}
	name = strings.ReplaceAll(name, " ", "")
	if side != "" && name != "" {
		name = strings.TrimSpace(Fold(side)) + " " + name
	}
	return firstRunes(name, maxOwnWords)
}

var numbering = regexp.MustCompile(`^(\([0-9一二三四五六七八九十]+\)|[0-9一二三四五六七八九十]+[、.)]|其中[:、]?|加:|减:)`)

// byColumns reports whether columns have the several 三公 expenses.
func (c *columns) byColumns() bool {
	return slices.ContainsFunc(c.amounts, func(a amountColumn) bool {
		return slices.Contains([]Measure{OverseasMeasure, VehiclesMeasure, VehiclePurchaseMeasure, VehicleOperationMeasure, ReceptionMeasure}, a.measure)
	})
}

// measureByRow gives an amount of the form of 三公 expenses the same measure whether the form has these in columns or in rows, so that
// they can be added up. Lines are left to forms with a row for each unit.
func (c *columns) measureByRow(it *LineItem) {
	if isTotalHeader(it.Line) || c.single {
		it.Line = ""
		return
	}
	row := headerMeasure(it.Line, []string{it.Line})
	if !c.byRows || row == "" {
		return
	}
	it.Line = ""
	switch {
	case row == ThreePublicMeasure:
	case it.Measure == TotalMeasure:
		it.Measure = row
	default:
		it.Measure = row + "." + it.Measure
	}
}

// Label is what a standard measure is called in Chinese; "" of another.
func (m Measure) Label() string {
	for name, standard := range measureNames() {
		if standard == m {
			return name
		}
	}
	return ""
}
