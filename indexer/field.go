package indexer

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"yusuan/schemas"
)

// fields are the names that a value may have in a query's text, with what reads the value.
func fields() map[string]func(f *Filters, value string) (want string) {
	return map[string]func(f *Filters, value string) (want string){
		"unit":       words(func(f *Filters) *[]string { return &f.Unit }),
		"region":     words(func(f *Filters) *[]string { return &f.Region }),
		"section":    words(func(f *Filters) *[]string { return &f.Section }),
		"table":      words(func(f *Filters) *[]string { return &f.Form }),
		"form":       words(func(f *Filters) *[]string { return &f.Form }),
		"header":     words(func(f *Filters) *[]string { return &f.Header }),
		"measure":    measureField,
		"period":     periodField,
		"code":       codeField,
		"disclosure": disclosureField,
		"kind":       kindField,
		"scope":      scopeField,
		"passage":    passageField,
		"unit_type":  unitTypeField, "text_source": textSourceField,
		"state":  stateField,
		"year":   yearField,
		"amount": amountField,
	}
}

// FieldNames are the names that a query's text may have before a colon, in alphabetical order.
func FieldNames() []string {
	return slices.Sorted(maps.Keys(fields()))
}

// Read adds a filter by its name in a query's text, with one value or several by commas. An error is a *QueryError.
func (f *Filters) Read(name, values string) error {
	read, ok := fields()[name]
	if !ok {
		return queryError("there is no field %q; fields are %s", name, strings.Join(FieldNames(), ", "))
	}
	for value := range strings.SplitSeq(values, ",") {
		value = strings.TrimSpace(value)
		if value == "" {
			return queryError("%s needs a value", name)
		}
		if want := read(f, value); want != "" {
			return queryError("%s: %q is not understood, want %s", name, value, want)
		}
	}
	return nil
}

// fieldName returns the Latin word before a colon that begins here, and where its value begins; "" where there is none.
func (p *parser) fieldName() (name string, behind int) {
	i := p.at
	for i < len(p.src) && (p.src[i] < 0x80 && unicode.IsLetter(p.src[i]) || p.src[i] == '_') {
		i++
	}
	if i == p.at || i == len(p.src) || p.src[i] != ':' && p.src[i] != '：' {
		return "", 0
	}
	switch name = strings.ToLower(string(p.src[p.at:i])); name {
	case "http", "https", "ftp", "file", "mailto": // an address
		return "", 0
	}
	return name, i + 1
}

// field reads NAME:VALUE,VALUE…; a value with white space or a comma in it stands in quotes.
func (p *parser) field(name string, behind int) (Node, error) {
	start := p.at
	read, ok := fields()[name]
	if !ok {
		return nil, errorAt(start, "there is no field %q; fields are %s, and what is meant as text stands in quotes", name, strings.Join(FieldNames(), ", "))
	}
	p.at = behind
	var w Where
	for {
		at := p.at
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		if value == "" {
			return nil, errorAt(at, "%s: needs a value", name)
		}
		if want := read(&w.Filters, value); want != "" {
			return nil, errorAt(at, "%s:%s is not understood, want %s", name, value, want)
		}
		if p.at == len(p.src) || p.src[p.at] != ',' && p.src[p.at] != '，' {
			break
		}
		p.at++
	}
	if err := w.Check(""); err != nil {
		return nil, errorAt(start, "%s", err.(*QueryError).Message)
	}
	return w, nil
}

// value reads one value of a field, up to a comma or the word's end.
func (p *parser) value() (string, error) {
	if p.at == len(p.src) {
		return "", nil
	}
	if closing, ok := closingQuote(p.src[p.at]); ok {
		end := slices.Index(p.src[p.at+1:], closing)
		if end < 0 {
			return "", errorAt(p.at, "the quote is not closed")
		}
		value := string(p.src[p.at+1 : p.at+1+end])
		p.at += end + 2
		return strings.TrimSpace(value), nil
	}
	end := p.wordEnd()
	if comma := slices.IndexFunc(p.src[p.at:end], func(r rune) bool { return r == ',' || r == '，' }); comma >= 0 {
		end = p.at + comma
	}
	value := string(p.src[p.at:end])
	p.at = end
	return value, nil
}

func words(list func(*Filters) *[]string) func(*Filters, string) string {
	return func(f *Filters, value string) string {
		if exact, name := Exact(value); !exact && len(PhraseTokens(name)) == 0 && !IsSectionID(value) {
			return "words"
		}
		l := list(f)
		*l = append(*l, value)
		return ""
	}
}

func codeField(f *Filters, value string) string {
	if !codePattern.MatchString(value) {
		return "the digits of a classification code, or how it begins"
	}
	f.Code = append(f.Code, value)
	return ""
}

// disclosureField reads an ID; its digits may be upper case, as some tools write them.
func disclosureField(f *Filters, value string) string {
	id := strings.ToLower(value)
	if !disclosureID.MatchString(id) {
		return wantDisclosure
	}
	f.Disclosure = append(f.Disclosure, id)
	return ""
}

// oneOf reads a value of a fixed set, by its own name or by one in Chinese. list has what is chosen so far.
func oneOf[T ~string](list func(*Filters) *[]T, names map[string]T, want string) func(*Filters, string) string {
	return func(f *Filters, value string) string {
		v, ok := names[value]
		if !ok {
			v = T(value)
		}
		if !slices.Contains(slices.Collect(maps.Values(names)), v) {
			return want
		}
		l := list(f)
		*l = append(*l, v)
		return ""
	}
}

func kindField(f *Filters, value string) string {
	return oneOf(func(f *Filters) *[]schemas.DocumentKind { return &f.Kind }, map[string]schemas.DocumentKind{
		"预算": schemas.Budget, "决算": schemas.FinalAccounts, "未知": schemas.UnknownKind,
	}, "budget (预算), final_accounts (决算) or unknown (未知)")(f, value)
}

func scopeField(f *Filters, value string) string {
	return oneOf(func(f *Filters) *[]schemas.Scope { return &f.Scope }, map[string]schemas.Scope{
		"单位": schemas.UnitScope, "部门": schemas.DepartmentScope, "未知": schemas.UnknownScope,
	}, "unit (单位), department (部门) or unknown (未知)")(f, value)
}

func passageField(f *Filters, value string) string {
	return oneOf(func(f *Filters) *[]PassageKind { return &f.Passage }, map[string]PassageKind{
		"标题": TitlePassage, "章节": SectionPassage, "表": TablePassage, "行": RowPassage, "备注": NotePassage, "绩效目标": GridPassage, "绩效指标": IndicatorPassage,
		"项目": ProjectPassage, "名词": TermPassage,
	}, "title (标题), section (章节), table (表), row (行), note (备注), grid (绩效目标), indicator (绩效指标), project (项目) or term (名词)")(f, value)
}

func unitTypeField(f *Filters, value string) string {
	return oneOf(func(f *Filters) *[]UnitType { return &f.UnitType }, map[string]UnitType{
		"党委": PartyUnit, "人大政协": CongressUnit, "法检": JudicialUnit, "政府": GovernmentUnit, "乡镇街道": TownshipUnit, "群团": GroupUnit, "学校": SchoolUnit,
		"医疗卫生": MedicalUnit, "事业单位": InstitutionUnit, "企业": CompanyUnit, "其他": OtherUnit,
	}, "party (党委), congress (人大政协), judicial (法检), government (政府), township (乡镇街道), mass_association (群团), school (学校), medical (医疗卫生), "+
		"institution (事业单位), company (企业) or other (其他)")(f, value)
}

func textSourceField(f *Filters, value string) string {
	return oneOf(func(f *Filters) *[]schemas.TextSource { return &f.TextSource }, map[string]schemas.TextSource{
		"文本": schemas.FromText, "识别": schemas.FromOCR, "混合": schemas.Mixed,
	}, "text (文本), ocr (识别) or mixed (混合)")(f, value)
}

func stateField(f *Filters, value string) string {
	return oneOf(func(f *Filters) *[]State { return &f.State }, map[string]State{
		"空表": DeclaredEmptyState, "零": ZeroState, "空白": BlankState, "有数": FigureState, "未读出": UnparsedState,
	}, "figure (有数), zero (零), unparsed (未读出), declared-empty (空表) or blank (空白)")(f, value)
}

func periodField(f *Filters, value string) string {
	return oneOf(func(f *Filters) *[]Period { return &f.Period }, map[string]Period{
		"本年": YearPeriod, "预算数": PlannedPeriod, "调整预算数": AdjustedPeriod, "上年": PreviousPeriod, "增减": ChangePeriod,
	}, "year (本年), planned (预算数), adjusted (调整预算数), previous (上年) or change (增减)")(f, value)
}

// measureNames are standard measures as they are typed.
func measureNames() map[string]Measure {
	return map[string]Measure{
		"合计": TotalMeasure, "基本支出": BasicMeasure, "人员经费": PersonnelMeasure, "公用经费": OperatingMeasure, "项目支出": ProjectMeasure,
		"财政拨款": FiscalMeasure, "非财政拨款": NonFiscalMeasure, "一般公共预算": GeneralPublicMeasure, "政府性基金": GovernmentFundMeasure,
		"国有资本经营": StateCapitalMeasure, "财政专户": FiscalAccountMeasure, "单位资金": UnitFundsMeasure, "事业收入": InstitutionalMeasure, "经营收入": BusinessMeasure,
		"上级补助收入": SuperiorMeasure, "其他收入": OtherRevenueMeasure, "上年结转": CarryoverInMeasure, "年末结转": CarryoverOutMeasure,
		"三公经费": ThreePublicMeasure, "因公出国": OverseasMeasure, "公务用车": VehiclesMeasure, "公务用车购置费": VehiclePurchaseMeasure,
		"公务用车运行费": VehicleOperationMeasure, "公务接待费": ReceptionMeasure, "会议费": MeetingsMeasure, "培训费": TrainingMeasure,
	}
}

// ReadColumns adds the measures and periods as a person names them: 基本支出 or basic, 上年 or previous. An error is a *QueryError.
func (f *Filters) ReadColumns(measures, periods []string) error {
	for _, v := range measures {
		measureField(f, v)
	}
	for _, v := range periods {
		if want := periodField(f, v); want != "" {
			return queryError("period %q, want %s", v, want)
		}
	}
	return nil
}

func measureField(f *Filters, value string) string {
	m, ok := measureNames()[value]
	if !ok {
		m = Measure(Fold(value))
	}
	f.Measure = append(f.Measure, m)
	return ""
}

// bounds splits a range: A..B, A.., ..B, >A, >=A, <B, <=B, or A alone. Without the sign, over and under say that the bound is not
// among the values.
func bounds(value string) (from, to string, over, under bool) {
	if low, high, ok := strings.Cut(value, ".."); ok {
		return low, high, false, false
	}
	for _, sign := range []string{">=", "≥", ">", "＞"} {
		if rest, ok := strings.CutPrefix(value, sign); ok {
			return rest, "", sign == ">" || sign == "＞", false
		}
	}
	for _, sign := range []string{"<=", "≤", "<", "＜"} {
		if rest, ok := strings.CutPrefix(value, sign); ok {
			return "", rest, false, sign == "<" || sign == "＜"
		}
	}
	return value, value, false, false
}

const wantYears = "a year such as 2024, or 2022..2024, 2022.., ..2024; one of them"

func yearField(f *Filters, value string) string {
	if first, last, ok := strings.Cut(value, "-"); ok { // as on the command line
		value = first + ".." + last
	}
	from, to, over, under := bounds(value)
	if from == "" && to == "" || f.YearFrom != 0 || f.YearTo != 0 {
		return wantYears
	}
	for _, b := range []struct {
		text string
		year *int
		step int
	}{{from, &f.YearFrom, bit(over)}, {to, &f.YearTo, -bit(under)}} {
		if b.text == "" {
			continue
		}
		year, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(b.text, "度"), "年"))
		if err != nil || !CheckYear(year) {
			return wantYears
		}
		*b.year = year + b.step
	}
	return ""
}

const wantAmounts = "an amount in yuan or with a unit, such as 5000, >100万, 1.5万元..2万元; one of them"

func amountField(f *Filters, value string) string {
	from, to, over, under := bounds(value)
	if from == "" && to == "" || f.Min != nil || f.Max != nil {
		return wantAmounts
	}
	for _, b := range []struct {
		text string
		fen  **schemas.Fen
		step int
	}{{from, &f.Min, bit(over)}, {to, &f.Max, -bit(under)}} {
		if b.text == "" {
			continue
		}
		fen, ok := ParseYuan(b.text)
		if !ok {
			return wantAmounts
		}
		fen += schemas.Fen(b.step)
		*b.fen = &fen
	}
	return ""
}
