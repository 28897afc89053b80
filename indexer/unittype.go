package indexer

import (
	"slices"
	"strings"
)

// A UnitType says what kind of body a unit is, by its name.
type UnitType string

// The types of units.
const (
	PartyUnit       UnitType = "party"            // 党委机构: 组织部, 纪律检查委员会
	CongressUnit    UnitType = "congress"         // 人大, 政协
	JudicialUnit    UnitType = "judicial"         // 法院, 检察院
	GovernmentUnit  UnitType = "government"       // 人民政府, its departments and offices: 局, 委员会
	TownshipUnit    UnitType = "township"         // 乡镇, 街道
	GroupUnit       UnitType = "mass_association" // 群团组织: 总工会, 妇女联合会
	SchoolUnit      UnitType = "school"           // 学校, 幼儿园
	MedicalUnit     UnitType = "medical"          // 医疗卫生机构
	InstitutionUnit UnitType = "institution"      // 其他事业单位: 中心, 站, 馆
	CompanyUnit     UnitType = "company"          // 企业
	OtherUnit       UnitType = "other"
)

// unitWords are what names say of each type; the first that fits counts. begin is how the name begins, behind its region or not, end is how it
// ends, in is what is in it.
func unitWords() [10]unitWord {
	return [...]unitWord{
		{JudicialUnit, "", "法院 检察院", "人民法院 人民检察院"},
		{TownshipUnit, "", "街道 街道办 街道办事处 镇 乡 镇政府 乡政府 社区", "街道办事处 镇人民政府 乡人民政府 苏木"},
		{SchoolUnit, "", "学校 小学 中学 一中 二中 三中 高中 初中 大学 学院 幼儿园 职中 党校 校区 教学点 少年宫", "中等职业 职业技术 职业高中 特殊教育"},
		{MedicalUnit, "", "医院 卫生院 卫生室 卫生所 血站 防治所 保健院 保健站 急救中心 卫生服务中心 疾控中心 疾病预防控制中心 保健计划生育服务中心", "卫生院 疾病预防控制 妇幼保健"},
		{GroupUnit, "", "工会 妇联 团委 科协 残联 文联 侨联 工商联 红十字会 计划生育协会 计生协 法学会 作家协会 记者协会", "总工会 共产主义青年团 共青团 妇女联合会 科学技术协会 残疾人联合会 文学艺术界联合会 归国华侨联合会 工商业联合会 社会科学界联合会 贸易促进"},
		{CongressUnit, "政协", "人大 政协 人大办 政协办", "人民代表大会 人大常委会 政治协商会议 政协委员会 政协办公室"},
		{CompanyUnit, "", "公司 集团 银行 工厂", "有限公司 有限责任"},
		{PartyUnit, "中共 中国共产党 县委 市委 区委 州委 省委", "组织部 宣传部 统战部 政法委 纪委 工委 县委 市委 区委 省委 党委 监委 巡察办 编办 老干部局 机要局 社会工作部 政策研究室 党史研究室", "县委办 市委办 区委办 县委党史 市委党史 区委党史 纪律检查委员会 监察委员会 政法委员会 机构编制委员会 直属机关工作委员会 委员会组织部 委员会宣传部 委员会统一战线 委员会政法 委员会老干部 委员会巡察 委员会社会工作部 委员会政策研究"},
		{InstitutionUnit, "", "中心 站 所 馆 院 队 社 场 台 林场 总站 大队 支队 服务处 管理处 工作处 档案馆 图书馆 文化馆 基地", ""},
		{GovernmentUnit, "", "局 厅 委员会 人民政府 政府 政府办公室 政府办 办公室 办公厅 委 办 处 分局 管委会 审计署", "人民政府办公室"},
	}
}

// A unitWord is a type with words, split by spaces.
type unitWord struct {
	unitType       UnitType
	begin, end, in string
}

// unitTails are what stands behind the name itself.
const unitTails = "（本级） (本级) 本级 机关 （机关） (机关) 部门 （部门） 单位"

// TypeOf gives the type of a unit by its name, "" where there is none.
func TypeOf(unit string) UnitType {
	name := strings.TrimSpace(unit)
	if name == "" {
		return ""
	}
	for tail := range strings.FieldsSeq(unitTails) {
		if shorter, ok := strings.CutSuffix(name, tail); ok && shorter != "" {
			name = shorter
			break
		}
	}
	for _, w := range unitWords() {
		if hasOne(w.begin, name, strings.HasPrefix) || hasOne(w.end, name, strings.HasSuffix) || hasOne(w.in, name, strings.Contains) {
			return w.unitType
		}
	}
	return OtherUnit
}

func hasOne(words, name string, has func(name, word string) bool) bool {
	return slices.ContainsFunc(strings.Fields(words), func(word string) bool { return has(name, word) })
}

// UnitTypes are all of them.
func UnitTypes() []UnitType {
	return []UnitType{PartyUnit, CongressUnit, JudicialUnit, GovernmentUnit, TownshipUnit, GroupUnit, SchoolUnit, MedicalUnit, InstitutionUnit, CompanyUnit, OtherUnit}
}
