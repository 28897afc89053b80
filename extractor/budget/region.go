package budget

import (
	"regexp"
	"strings"
)

// regionName matches the administrative divisions at the start of a unit's name, from the largest down. A division's name
// has two to eight characters before its class word, which keeps 市场监督管理局 and 县委 out.
var regionName = regexp.MustCompile(`^((?:[一-龥]{2,8}?(?:省|自治区))?(?:[一-龥]{2,10}?(?:自治州|地区|盟|市))?(?:[一-龥]{1,10}?(?:自治县|自治旗|县|区|旗|市|林区|特区))?)`)

// notRegion matches endings that only look like a division: 小区, 社区, 园区 and the like.
var notRegion = regexp.MustCompile(`(?:社区|小区|校区|灌区|库区|景区|园区|矿区|军区|城区|林区|牧区|风景区|保护区|管理区)$`)

// region returns the longest region named at the start of the unit's name or the title, or "".
func region(unit, title string) string {
	best := ""
	for _, s := range []string{unit, unitInTitle(title)} {
		m := regionName.FindString(strings.TrimPrefix(s, "中共"))
		if len(m) > len(best) && !notRegion.MatchString(m) {
			best = m
		}
	}
	return best
}
