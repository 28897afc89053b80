package source

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yusuan/schemas"
)

func TestReadUnits(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("单位,地区\n水利局,青禾县\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, list string
		want       []schemas.Claims
		err        string
	}{
		{"one name a line", "# units\n青禾县水利局\n\n青禾县图书馆\n", []schemas.Claims{{Unit: "青禾县水利局"}, {Unit: "青禾县图书馆"}}, ""},
		{"csv", "\ufeffregion,unit,year,kind,note\n青禾县,水利局,2024,预算,x\n,图书馆\n,,,\n",
			[]schemas.Claims{{Unit: "水利局", Region: "青禾县", Year: 2024, Kind: schemas.Budget}, {Unit: "图书馆"}}, ""},
		{"in Chinese, GBK", gbk, []schemas.Claims{{Unit: "水利局", Region: "青禾县"}}, ""},
		{"no year", "unit,year\n水利局,今年\n", nil, "list.csv line 2: year \"今年\" is none"},
		{"no unit", "unit,year\n,2024\n", nil, "list.csv line 2: no unit"},
		{"a quote", "unit\n\"水利局\n", nil, "list.csv: "},
		{"empty", "", nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "list.csv")
			write(t, path, []byte(tc.list))
			got, err := ReadUnits(path)
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("units (-got +want):\n%s", diff)
			}
			if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Errorf("got error %v, want %q", err, tc.err)
			}
		})
	}
}
