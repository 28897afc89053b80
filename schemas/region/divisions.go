package region

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Divisions are the administrative divisions that a place lies in, by their official names; "" where the level is not known or there
// is none, as no city is in a municipality.
type Divisions struct {
	Province string // 省, 自治区, 直辖市
	City     string // 地级市, 自治州, 地区, 盟
	County   string // 县, 区, 县级市, 旗; where several have the name, with the city's before it: 南京市鼓楼区
}

// official has the names by code, and the codes by everyday name.
var official = sync.OnceValue(func() (list struct {
	names    map[string]string   // by code
	everyday map[string][]string // 焉耆县
}) {
	list.names, list.everyday = map[string]string{}, map[string][]string{}
	for name, of := range codes() {
		for _, code := range of {
			if len(name) > len(list.names[code]) { // a province has a short one, too
				list.names[code] = name
			}
			if short := everyday(name); short != "" {
				list.everyday[short] = append(list.everyday[short], code)
			}
		}
	}
	return list
})

// peoples are the nationalities that autonomous counties and prefectures are named for, as they are written there.
const peoples = `蒙古族 蒙古 回族 藏族 维吾尔 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 哈尼族 哈萨克族 哈萨克 傣族 黎族
	傈僳族 佤族 畲族 拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜 土族 达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯 塔吉克 普米族 怒族
	独龙族 鄂温克族 鄂伦春 裕固族 保安族 各族`

// everyday is the name of an autonomous county, banner or prefecture without its peoples: 焉耆县 for 焉耆回族自治县; "" for others.
func everyday(name string) string {
	for _, class := range []string{"县", "旗", "州"} {
		rest, ok := strings.CutSuffix(name, "自治"+class)
		if !ok {
			continue
		}
		for cut := true; cut; {
			cut = false
			for p := range strings.FieldsSeq(peoples) {
				if shorter, ok := strings.CutSuffix(rest, p); ok && len(shorter) >= len("一二") {
					rest, cut = shorter, true
				}
			}
		}
		return rest + class
	}
	return ""
}

// Of gives the divisions of a place by its name, which may begin with a province or a city or not: the divisions around one that is
// the only one of its name in China are known. Of a name that several have, such as 朝阳区, nothing is. What the list does not have is taken at
// its word.
func Of(name string) Divisions {
	var d Divisions
	inside := ""
	rest := strings.TrimPrefix(name, "中共")
	for len(inside) < 6 && rest != "" {
		n, fit := listedStart(rest, inside)
		code := ""
		switch {
		case n > 0 && len(fit) > 1:
			return d // which of them is not said
		case n > 0:
			code = fit[0]
			d.take(code)
		default:
			if n, code = byClass(rest, inside); n == 0 || severalDivisions(rest[:n]) {
				return d
			}
			d.set(rest[:n], len(code))
		}
		inside, rest = code, rest[n:]
	}
	return d
}

// listedStart gives the longest name of the list that s begins with, inside the division with a code, and the codes that it may be; of one and
// what is inside it the former.
func listedStart(s, inside string) (n int, fit []string) {
	for _, end := range ends(s) {
		name := s[:end]
		if next, _ := utf8.DecodeRuneInString(s[end:]); shortForm(name) && strings.ContainsRune("州县区市旗盟", next) {
			continue // 海南州 is not in 海南
		}
		if inside == "" && vague(name) {
			continue
		}
		for _, of := range [][]string{codes()[name], official().everyday[name]} {
			for _, c := range of {
				if len(c) > len(inside) && within(c, inside) {
					fit = append(fit, c)
				}
			}
		}
		if len(fit) == 0 {
			continue
		}
		slices.Sort(fit)
		fit = slices.CompactFunc(fit, func(next, last string) bool { return strings.HasPrefix(next, last) })
		return end, fit
	}
	return 0, nil
}

// severalDivisions reports names that have another's end in them: 某州某市.
func severalDivisions(name string) bool {
	chars := []rune(name)
	return slices.ContainsFunc(chars[:len(chars)-1], func(r rune) bool { return strings.ContainsRune("省州市县旗", r) })
}

// take takes over a division of the list, and those around it. A county of whose name there are several has its city's before it.
func (d *Divisions) take(code string) {
	list := official()
	d.set(list.names[code[:2]], 2)
	if len(code) > 2 {
		d.set(list.names[code[:4]], 4)
	}
	if len(code) < 6 {
		return
	}
	name := list.names[code]
	counties := 0
	for _, c := range codes()[name] {
		if len(c) == 6 {
			counties++
		}
	}
	if counties > 1 {
		name = cmp.Or(d.City, d.Province) + name
	}
	d.set(name, 6)
}

// set sets the name of a level, by the digits of its codes; "" leaves it.
func (d *Divisions) set(name string, digits int) {
	if name == "" {
		return
	}
	switch digits {
	case 2:
		d.Province = name
	case 4:
		d.City = name
	default:
		d.County = name
	}
}
