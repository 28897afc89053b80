# What is done often. The tests want an Elasticsearch: scripts/test.sh brings one where YUSUAN_TEST_ELASTICSEARCH names none.

.PHONY: build test faults load bench

build:
	go build -o yusuan ./cmd/yusuan

test:
	scripts/test.sh

# Breaks things often, and nodes of an Elasticsearch cluster too (root, 4 GB of memory, half an hour).
faults:
	scripts/test.sh -count=1 -timeout 60m -v -tags faults ./cmd/yusuan/faults

# Measures thousands of files: YUSUAN_LOAD_FILES of them (default 10000), made from the PDFs in YUSUAN_LOAD_FROM (default: the demo's).
load:
	scripts/test.sh -count=1 -timeout 6h -v -tags load -run Load ./cmd/yusuan/faults

bench:
	go test -run '^$$' -bench . ./extractor/... ./indexer/sqlite ./worker
