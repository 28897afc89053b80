package region

import (
	"strings"
	"sync"
)

// Divisions are the administrative divisions that a place lies in, by their official names; "" where the level is not known or there
// is none, as no city is in a municipality.
type Divisions struct {
	Province string // 省, 自治区, 直辖市
	City     string // 地级市, 自治州, 地区, 盟
	County   string // 县, 区, 县级市, 旗
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
var peoples = strings.Fields(`蒙古族 蒙古 回族 藏族 维吾尔 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 哈尼族 哈萨克族 哈萨克 傣族 黎族
	傈僳族 佤族 畲族 拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜 土族 达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯 塔吉克 普米族 怒族
	独龙族 鄂温克族 鄂伦春 裕固族 保安族 各族`)

// everyday is the name of an autonomous county, banner or prefecture without its peoples: 焉耆县 for 焉耆回族自治县; "" for others.
func everyday(name string) string {
	for _, class := range []string{"县", "旗", "州"} {
		rest, ok := strings.CutSuffix(name, "自治"+class)
		if !ok {
			continue
		}
		for cut := true; cut; {
			cut = false
			for _, p := range peoples {
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
// the only one of its name in China are known; those of 朝阳区 are not. What the list does not have is taken at its word.
func Of(name string) Divisions {
	var d Divisions
	code, known := "", true
	rest := strings.TrimPrefix(name, "中共")
	for len(code) < 6 && rest != "" {
		n, c, _ := next(rest, code)
		if n == 0 {
			break
		}
		piece := rest[:n]
		c, known = unambiguous(piece, code, c)
		d.set(piece, c, known)
		code, rest = c, rest[n:]
	}
	return d
}

// unambiguous gives the code of a division inside another, and whether it is sure that it is this one.
func unambiguous(name, inside, first string) (code string, sure bool) {
	for _, of := range [][]string{codes()[name], official().everyday[name]} {
		var fit []string
		for _, c := range of {
			if len(c) > len(inside) && within(c, inside) {
				fit = append(fit, c)
			}
		}
		switch {
		case len(fit) == 1:
			return fit[0], true
		case len(fit) > 1:
			return fit[0], false
		}
	}
	return first, false
}

// set takes over a division, and those around it where the code is sure.
func (d *Divisions) set(name, code string, sure bool) {
	names := official().names
	if sure {
		name = names[code]
		if around := names[code[:2]]; len(code) > 2 && d.Province == "" {
			d.Province = around
		}
		if len(code) > 4 && d.City == "" {
			d.City = names[code[:4]]
		}
	}
	switch len(code) {
	case 2:
		d.Province = name
	case 4:
		d.City = name
	default:
		d.County = name
	}
	if d.City == d.Province {
		d.City = ""
	}
}
