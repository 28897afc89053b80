package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"modernc.org/sqlite"
)

// tallyFunction is an aggregate function of SQL that counts hits in one pass by all that facets need, each hit once however many rows it has.
// Each GROUP BY would go through the hits again, and sort them. Its arguments are a key, a topic or NULL, a code or NULL, and how many digits
// of functional and of economic codes are counted; it gives a tally as JSON.
const tallyFunction = "yusuan_tally"

// registerTally makes the function known to the driver, which keeps it for all connections opened afterwards.
var registerTally = sync.OnceValue(func() error {
	return sqlite.RegisterFunction(tallyFunction, &sqlite.FunctionImpl{
		NArgs: 5, Deterministic: true, VolatileArgs: true,
		MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return newTally(), nil },
	})
})

// A tally is how many hits there are of each disclosure, with each facts, topic and code.
type tally struct {
	Disclosures map[int64]int   `json:"d"`
	Facts       map[facts]int   `json:"f"`
	Topics      map[int64]int   `json:"t"`
	Codes       map[string]*int `json:"c"`

	key   int64    // the hit that was counted last
	codes []string // what was counted of it
}

func newTally() *tally {
	return &tally{Disclosures: map[int64]int{}, Facts: map[facts]int{}, Topics: map[int64]int{}, Codes: map[string]*int{}}
}

// Step implements sqlite.AggregateFunction. The rows of one hit come one after the other.
func (t *tally) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	key, ok := args[0].(int64)
	if !ok {
		return fmt.Errorf("%s of %T, want a key", tallyFunction, args[0])
	}
	if key != t.key {
		t.key, t.codes = key, t.codes[:0]
		t.Disclosures[key>>ownBits]++
		t.Facts[facts(key&maxFacts)]++
		if topic, ok := args[1].(int64); ok {
			t.Topics[topic]++
		}
	}
	if code, _ := args[2].(string); code != "" {
		t.code(code, args[3:])
	}
	return nil
}

// code counts the first digits of a code: of a functional one as many as the first of digits says, of an economic one as many as the second.
func (t *tally) code(code string, digits []driver.Value) {
	var n int64
	switch code[0] {
	case '2':
		n, _ = digits[0].(int64)
	case '3', '5':
		n, _ = digits[1].(int64)
	}
	if n == 0 || int64(len(code)) < n || slices.Contains(t.codes, code[:n]) {
		return
	}
	code = code[:n]
	count := t.Codes[code]
	if count == nil {
		count = new(int)
		t.Codes[strings.Clone(code)] = count // the argument is SQLite's own memory, and a map would keep it
	}
	*count++
	t.codes = append(t.codes, strings.Clone(code))
}

// WindowInverse implements sqlite.AggregateFunction.
func (t *tally) WindowInverse(*sqlite.FunctionContext, []driver.Value) error {
	return errors.New(tallyFunction + " is no window function")
}

// WindowValue implements sqlite.AggregateFunction.
func (t *tally) WindowValue(*sqlite.FunctionContext) (driver.Value, error) { return json.Marshal(t) }

// Final implements sqlite.AggregateFunction.
func (t *tally) Final(*sqlite.FunctionContext) {}
