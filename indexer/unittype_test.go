package indexer_test

import (
	"testing"

	"yusuan/indexer"
)

func TestTypeOf(t *testing.T) {
	for unit, want := range map[string]indexer.UnitType{
		"云岭县财政局": indexer.GovernmentUnit, "云岭县人民政府办公室": indexer.GovernmentUnit, "云岭县发展和改革委员会": indexer.GovernmentUnit, "云岭县水利局（本级）": indexer.GovernmentUnit,
		"云岭县社会保险中心": indexer.InstitutionUnit, "云岭县图书馆": indexer.InstitutionUnit, "云岭县城市管理综合行政执法大队": indexer.InstitutionUnit,
		"云岭县第一中学": indexer.SchoolUnit, "云岭县城关镇中心小学": indexer.SchoolUnit, "中共云岭县委党校": indexer.SchoolUnit, "云岭县人民医院": indexer.MedicalUnit,
		"云岭县城关镇卫生院": indexer.MedicalUnit, "云岭县疾病预防控制中心": indexer.MedicalUnit, "云岭县城关镇人民政府": indexer.TownshipUnit, "云岭县东城街道办事处": indexer.TownshipUnit, "云岭县青禾乡": indexer.TownshipUnit,
		"云岭县人民法院": indexer.JudicialUnit, "云岭县人民检察院": indexer.JudicialUnit, "云岭县人民代表大会常务委员会办公室": indexer.CongressUnit,
		"中国人民政治协商会议云岭县委员会": indexer.CongressUnit, "中共云岭县委组织部": indexer.PartyUnit, "中共云岭县纪律检查委员会": indexer.PartyUnit, "中共云岭县委员会办公室": indexer.PartyUnit, "云岭县总工会": indexer.GroupUnit,
		"云岭县妇女联合会": indexer.GroupUnit, "云岭县残疾人联合会": indexer.GroupUnit, "云岭县自来水有限公司": indexer.CompanyUnit, "云岭县某某": indexer.OtherUnit,
		"政协云岭县委员会": indexer.CongressUnit, "政协云岭县委员会办公室": indexer.CongressUnit, "中共云岭县委员会": indexer.PartyUnit, "中共云岭县委办公室": indexer.PartyUnit,
		"云岭县发展和改革委员会办公室": indexer.GovernmentUnit, "云岭县卫生健康委员会办公室": indexer.GovernmentUnit, "云岭县住房和城乡建设委员会办公室": indexer.GovernmentUnit,
		"云岭县中学路街道办事处": indexer.TownshipUnit, "县委党史研究室": indexer.PartyUnit, "云岭县委宣传部": indexer.PartyUnit, "云岭县城关镇中学": indexer.SchoolUnit, "": "", " ": "",
	} {
		if got := indexer.TypeOf(unit); got != want {
			t.Errorf("%q: got %q, want %q", unit, got, want)
		}
	}
}
