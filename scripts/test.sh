#!/usr/bin/env bash
# Runs all tests. Needs Go; brings the browser that the tests of the pages want ($YUSUAN_TEST_CHROMIUM, else Chromium from the path, installed if
# this is Debian and root) and the Elasticsearch:
#   $YUSUAN_TEST_ELASTICSEARCH if it is set (a URL), else docker compose if an engine runs, else scripts/elasticsearch.sh,
#   which fetches Elasticsearch from Maven Central (0.9 GB once; Java, Maven and unzip, installed if this is Debian and root).
# Arguments go to go test: scripts/test.sh -run Search ./indexer/...
set -euo pipefail
cd "$(dirname "$0")/.."

started=
finish() { [ -z "$started" ] || $started >/dev/null 2>&1 || true; }
trap finish EXIT

if [ -z "${YUSUAN_TEST_CHROMIUM:-}" ] && ! command -v chromium chromium-browser google-chrome >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "test.sh: installing chromium" >&2
  apt-get install -y -qq chromium fonts-noto-cjk >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk; } >/dev/null 2>&1 ||
    echo "test.sh: chromium cannot be installed; the tests of the pages will say so" >&2
fi

if [ -z "${YUSUAN_TEST_ELASTICSEARCH:-}" ]; then
  if docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
    docker compose up -d --wait elasticsearch
    started="docker compose stop elasticsearch"
    export YUSUAN_TEST_ELASTICSEARCH=http://127.0.0.1:9200
  else
    dir=${YUSUAN_TEST_DIR:-${TMPDIR:-/tmp}/yusuan-test-elasticsearch} port=${YUSUAN_TEST_PORT:-9271}
    bash scripts/elasticsearch.sh start "$dir" "$port"
    started="bash scripts/elasticsearch.sh stop $dir $port"
    export YUSUAN_TEST_ELASTICSEARCH=http://127.0.0.1:$port
  fi
fi
go vet ./...
if [ $# -gt 0 ]; then go test "$@"; else go test -timeout 20m ./...; fi
