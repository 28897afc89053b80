package budget

import (
	"testing"

	"yusuan/schemas"
)

// TestRoles tells columns by their headers: running numbers are no amounts, whatever stands over them.
func TestRoles(t *testing.T) {
	table := schemas.Table{
		Columns: []schemas.Column{{Path: []string{"收入", "项目", "栏次"}}, {Path: []string{"收入", "行次"}}, {Path: []string{"收入", "决算数", "1"}}, {Path: []string{"行次", "栏次"}}},
		Rows:    []schemas.Row{{Cells: []string{"一、财政拨款收入", "1", "2067.88", "28"}}, {Cells: []string{"二、事业收入", "2", "", "29"}}},
	}
	setRoles(&table)
	for i, want := range []schemas.Role{schemas.NameRole, schemas.NumberRole, schemas.AmountRole, schemas.NumberRole} {
		if got := table.Columns[i].Role; got != want {
			t.Errorf("column %v is %s, want %s", table.Columns[i].Path, got, want)
		}
	}
}
