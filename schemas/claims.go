package schemas

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseClaims reads what somebody says of a file, by the names of Job's claims: unit, region, year, kind (budget or 预算, final_accounts or
// 决算, unknown) and published_on (YYYY-MM-DD). get gives "" for what is not said. It gives nil where nothing is claimed; an error
// names the claim that is wrong.
func ParseClaims(get func(name string) string) (*Claims, error) {
	c := Claims{Unit: get("unit"), Region: get("region"), PublishedOn: get("published_on")}
	if s := get("year"); s != "" {
		year, err := strconv.Atoi(strings.TrimSuffix(s, "年"))
		if err != nil || year < 1949 || year > 2200 {
			return nil, fmt.Errorf("year %q is none", s)
		}
		c.Year = year
	}
	switch kind := get("kind"); kind {
	case "":
	case "budget", "预算":
		c.Kind = Budget
	case "final_accounts", "决算":
		c.Kind = FinalAccounts
	case "unknown":
		c.Kind = UnknownKind
	default:
		return nil, fmt.Errorf("kind %q: want budget or final_accounts", kind)
	}
	if c.PublishedOn != "" {
		if _, err := time.Parse(time.DateOnly, c.PublishedOn); err != nil {
			return nil, fmt.Errorf("published_on %q: want YYYY-MM-DD", c.PublishedOn)
		}
	}
	if c == (Claims{}) {
		return nil, nil
	}
	return &c, nil
}
