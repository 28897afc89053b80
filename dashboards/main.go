// Dashboards makes kibana.ndjson: the data views, visualizations and dashboards that Kibana 8.19 imports.
//
//	go run ./dashboards > dashboards/kibana.ndjson
//
// They are written in Go and not exported from a Kibana, so that names of forms and measures are those of the index, every panel that
// adds amounts has the filters without which one amount would be counted twice (sums.go), and the file is the same each time. Start
// with overview.go, which is a dashboard; lens.go and search.go are what its panels are made of, views.go has the fields and how they
// are shown. Nothing here asks Elasticsearch: indexer/elastic/dashboards_test.go runs what the file says against a real one.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := write(os.Stdout, everything()); err != nil {
		fmt.Fprintln(os.Stderr, "dashboards:", err)
		os.Exit(1)
	}
}

// everything is what is imported, what is referred to first.
func everything() []savedObject {
	var all []savedObject
	for _, v := range views() {
		all = append(all, v.object())
	}
	for _, b := range []board{overview(), threePublic(), coverage(), ingestion()} {
		all = append(all, b.objects()...)
	}
	return all
}
