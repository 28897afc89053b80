package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"yusuan/indexer"
)

// dimensionColumns gives the SQL of the dimensions that Sum takes; "" is no value.
func dimensionColumns() map[indexer.Dimension]string {
	return map[indexer.Dimension]string{
		indexer.RegionDimension: "d.region", indexer.ProvinceDimension: "d.province", indexer.CityDimension: "d.city", indexer.CountyDimension: "d.county",
		indexer.UnitDimension: "d.unit", indexer.UnitTypeDimension: "d.unit_type", indexer.YearDimension: "coalesce(CAST(d.fiscal_year AS TEXT), '')",
		indexer.KindDimension: "d.document_kind", indexer.ScopeDimension: "d.scope", indexer.TextSourceDimension: "d.text_source",
		indexer.FormDimension: "coalesce(t.form, '')", indexer.StateDimension: "x.state", indexer.CodeDimension: "x.code", indexer.HeaderDimension: "h.text",
		indexer.MeasureDimension: "x.measure", indexer.PeriodDimension: "x.period",
	}
}

// A counter counts what a plan finds, by the facets.
type counter struct {
	tx     *sql.Tx
	tally  tally
	counts map[indexer.Dimension]map[string]int
}

// countFound counts what the plan finds, all in all and, if asked to, by each facet.
func countFound(ctx context.Context, tx *sql.Tx, p *indexer.Plan) (total int, facets []indexer.Facet, err error) {
	f := find(p)
	if !p.Facets {
		err := tx.QueryRowContext(ctx, f.sql("count(*)", ""), f.args...).Scan(&total)
		return total, nil, err
	}
	c := &counter{tx: tx, counts: map[indexer.Dimension]map[string]int{}}
	var told []byte
	if err := tx.QueryRowContext(ctx, facetSQL(f, p), f.args...).Scan(&told); err != nil {
		return 0, nil, err
	}
	if len(told) > 0 { // it is NULL of nothing
		if err := json.Unmarshal(told, &c.tally); err != nil {
			return 0, nil, err
		}
	}
	c.facts()
	c.codes(p)
	if err := errors.Join(c.origins(ctx), c.topics(ctx)); err != nil {
		return 0, nil, err
	}
	for _, n := range c.tally.Facts {
		total += n
	}
	for _, d := range indexer.FacetDimensions() {
		facets = append(facets, indexer.Facet{Dimension: d, Buckets: buckets(c.counts[d])})
	}
	return total, facets, nil
}

// facetSQL gives the tally of what is found. Topics and codes are looked up of hits of the kinds that have them.
func facetSQL(f *selection, p *indexer.Plan) string {
	topic, code := "NULL", "x.code"
	if p.Target == indexer.Passages {
		of := func(kinds ...indexer.PassageKind) string {
			var c conditions
			ofKinds(&c, kinds)
			return "CASE WHEN " + c.sql[0] + " THEN x.pk END"
		}
		topic, code = "c1.topic", "c2.code"
		f.joins = " LEFT JOIN passage_topics c1 ON c1.passage = " + of(indexer.SectionPassage) +
			" LEFT JOIN passage_codes c2 ON c2.passage = " + of(indexer.RowPassage, indexer.IndicatorPassage)
	}
	return f.sql(fmt.Sprintf("%s(x.pk, %s, %s, %d, %d)", tallyFunction, topic, code,
		p.CodeDigits(indexer.FunctionalDimension), p.CodeDigits(indexer.EconomicDimension)), "")
}

// buckets are the most frequent values.
func buckets(counts map[string]int) []indexer.Bucket {
	list := []indexer.Bucket{}
	for value, n := range counts {
		if value != "" {
			list = append(list, indexer.Bucket{Value: value, Count: n})
		}
	}
	slices.SortFunc(list, func(a, b indexer.Bucket) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value)) })
	return list[:min(len(list), indexer.MaxFacet)]
}

func (c *counter) add(d indexer.Dimension, value string, n int) {
	if c.counts[d] == nil {
		c.counts[d] = map[string]int{}
	}
	c.counts[d][value] += n
}

// facts counts by what the keys say.
func (c *counter) facts() {
	for f, n := range c.tally.Facts {
		for i, value := range f.values() {
			c.add(factDimensions()[i], value, n)
		}
	}
}

// codes counts by the codes of both classifications, as far as they are under those that the query is about.
func (c *counter) codes(p *indexer.Plan) {
	for _, d := range []indexer.Dimension{indexer.FunctionalDimension, indexer.EconomicDimension} {
		for code, n := range c.tally.Codes {
			if slices.ContainsFunc(p.CodePrefixes(d), func(prefix string) bool { return strings.HasPrefix(code, prefix) }) {
				c.add(d, code, *n)
			}
		}
	}
}

// origins counts by what the hits' disclosures are.
func (c *counter) origins(ctx context.Context) error {
	dimensions := indexer.OriginDimensions()
	columns := make([]string, len(dimensions))
	for i, d := range dimensions {
		columns[i] = dimensionColumns()[d]
	}
	return each(ctx, c.tx, "SELECT d.pk, "+strings.Join(columns, ", ")+" FROM json_each(?) j JOIN disclosures d ON d.pk = j.value", c.tally.Disclosures, func(n int, values []string) {
		for i, d := range dimensions {
			c.add(d, values[i], n)
		}
	}, len(dimensions))
}

// topics counts by what sections are about.
func (c *counter) topics(ctx context.Context) error {
	return each(ctx, c.tx, "SELECT s.pk, s.text FROM json_each(?) j JOIN texts s ON s.pk = j.value", c.tally.Topics, func(n int, values []string) {
		c.add(indexer.SectionDimension, values[0], n)
	}, 1)
}

// each calls fn with the count of each key and with as many texts as the query gives of it, which has the keys as JSON.
func each(ctx context.Context, tx *sql.Tx, query string, counts map[int64]int, fn func(n int, values []string), columns int) error {
	if len(counts) == 0 {
		return nil
	}
	list, err := json.Marshal(slices.Collect(maps.Keys(counts)))
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, query, string(list))
	if err != nil {
		return err
	}
	defer rows.Close()
	var key int64
	values := make([]string, columns)
	dest := []any{&key}
	for i := range values {
		dest = append(dest, &values[i])
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		fn(counts[key], values)
	}
	return rows.Err()
}
