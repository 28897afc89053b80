package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
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

// countFound counts what the plan finds, all in all and, if asked to, by each facet.
func countFound(ctx context.Context, tx *sql.Tx, p *indexer.Plan) (total int, facets []indexer.Facet, err error) {
	f := find(p)
	if !p.Facets {
		err := tx.QueryRowContext(ctx, f.sql("count(*)", ""), f.args...).Scan(&total)
		return total, nil, err
	}
	dimensions := indexer.FacetDimensions()
	rows, err := tx.QueryContext(ctx, facetSQL(f, p), f.args...)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	byFacts := map[facts]int{}
	buckets := make([][]indexer.Bucket, len(dimensions))
	for rows.Next() {
		var i, n int
		var value string
		if err := rows.Scan(&i, &value, &n); err != nil {
			return 0, nil, err
		}
		if i >= 0 {
			buckets[i] = append(buckets[i], indexer.Bucket{Value: value, Count: n})
			continue
		}
		key, err := strconv.Atoi(value)
		if err != nil {
			return 0, nil, err
		}
		byFacts[facts(key)] += n
		total += n
	}
	for at, d := range factDimensions() {
		if i := slices.Index(dimensions, d); i >= 0 {
			buckets[i] = factBuckets(byFacts, at)
		}
	}
	for i, d := range dimensions {
		if buckets[i] == nil {
			buckets[i] = []indexer.Bucket{}
		}
		facets = append(facets, indexer.Facet{Dimension: d, Buckets: buckets[i]})
	}
	return total, facets, rows.Err()
}

// factBuckets adds up what has the same value of one of the facts, the most frequent first.
func factBuckets(byFacts map[facts]int, at int) []indexer.Bucket {
	counts := map[string]int{}
	for f, n := range byFacts {
		if value := f.values()[at]; value != "" {
			counts[value] += n
		}
	}
	var list []indexer.Bucket
	for value, n := range counts {
		list = append(list, indexer.Bucket{Value: value, Count: n})
	}
	slices.SortFunc(list, func(a, b indexer.Bucket) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value)) })
	return list[:min(len(list), indexer.MaxFacet)]
}

// facetSQL counts what is found. Its rows are the facet's number (-1 for the facts), the value and the count. It goes through what is found
// once (k), and through the disclosures of it (m), of which there are few.
func facetSQL(f *selection, p *indexer.Plan) string {
	columns := "x.pk AS pk"
	if p.Target == indexer.Items {
		columns += ", x.code AS code"
	}
	query := fmt.Sprintf("WITH k AS MATERIALIZED (%s), m AS MATERIALIZED (SELECT pk >> %d AS disclosure, count(*) AS n FROM k GROUP BY 1)"+
		" SELECT -1, CAST(pk & %d AS TEXT), count(*) FROM k GROUP BY 2", f.sql(columns, ""), ownBits, maxFacts)
	for i, d := range indexer.FacetDimensions() {
		var counted string // a SELECT of the values and their counts, v and n
		switch {
		case slices.Contains(indexer.OriginDimensions(), d):
			counted = "SELECT " + dimensionColumns()[d] + " AS v, sum(n) AS n FROM m JOIN disclosures d ON d.pk = m.disclosure GROUP BY v"
		case d == indexer.FunctionalDimension || d == indexer.EconomicDimension:
			counted = codeFacet(p, d)
		case d == indexer.SectionDimension && p.Target == indexer.Passages:
			counted = fmt.Sprintf("SELECT s.text AS v, c.n AS n FROM (SELECT x.topic, count(*) AS n FROM k JOIN passages x ON x.pk = k.pk"+
				" WHERE k.pk & %d = %d GROUP BY x.topic) c JOIN texts s ON s.pk = c.topic", kindMask, makeFacts(indexer.SectionPassage, "", "", ""))
		default:
			continue
		}
		query += fmt.Sprintf(" UNION ALL SELECT * FROM (SELECT %d, v, n FROM (%s) WHERE v <> '' ORDER BY n DESC, v LIMIT %d)", i, counted, indexer.MaxFacet)
	}
	return query
}

// codeFacet counts the codes of a classification, one level below those that the query is about.
func codeFacet(p *indexer.Plan, d indexer.Dimension) string {
	digits := p.CodeDigits(d)
	from, pk := "k c", "c.pk"
	if p.Target == indexer.Passages {
		from, pk = "k JOIN passage_codes c ON c.passage = k.pk", "k.pk"
	}
	var within conditions
	for _, prefix := range p.CodePrefixes(d) {
		within.add(fmt.Sprintf("c.code >= '%s' AND c.code < '%s:'", prefix, prefix)) // digits only
	}
	var c conditions
	c.any(within)
	c.add(fmt.Sprintf("length(c.code) >= %d", digits))
	return fmt.Sprintf("SELECT substr(c.code, 1, %d) AS v, count(DISTINCT %s) AS n FROM %s%s GROUP BY v", digits, pk, from, c.where())
}
