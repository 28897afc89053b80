package source

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"yusuan/schemas"
)

// ReadUnits reads a list of units that should publish: CSV in UTF-8 or GBK whose header has a column unit (单位), and region, year and
// kind where they are to be told apart; or one name a line. The error names the line.
func ReadUnits(name string) ([]schemas.Claims, error) {
	f, r, err := openList(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer f.Close()
	columns := csvHeader(r)
	isCSV := columns.has("unit")
	if !isCSV {
		columns = header{"unit": 0}
	}
	c := csv.NewReader(r)
	c.FieldsPerRecord, c.ReuseRecord, c.Comment = -1, true, '#'
	var units []schemas.Claims
	for first := true; ; first = false {
		record, err := c.Read()
		if err == io.EOF {
			return units, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if first && isCSV {
			continue
		}
		line, _ := c.FieldPos(0)
		if unreadable(strings.Join(record, "")) {
			return nil, fmt.Errorf("%s line %d: %w", name, line, errNotUTF8)
		}
		claims, err := schemas.ParseClaims(func(column string) string { return columns.get(record, column) })
		if err == nil && (claims == nil || claims.Unit == "") && strings.Join(record, "") != "" {
			err = errors.New("no unit")
		}
		if err != nil {
			return nil, fmt.Errorf("%s line %d: %w", name, line, err)
		}
		if claims != nil {
			units = append(units, *claims)
		}
	}
}
