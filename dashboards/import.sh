#!/bin/sh
# Puts data views and dashboards into Kibana, in the place of those that it put there before:
#
#   dashboards/import.sh [URL [PREFIX]]
#
# URL is http://127.0.0.1:5601 if not given; with a space, http://host:5601/s/SPACE. PREFIX is that of the indices (--prefix), yusuan if not
# given. A user and password are taken from ~/.netrc. It needs curl.
set -eu
url=${1:-http://127.0.0.1:5601} prefix=${2:-yusuan}
case $prefix in
*[!a-z0-9_.-]*) echo "import.sh: prefix $prefix: want a-z, 0-9, _, . and -" >&2 && exit 2 ;;
esac
answer=$(sed "s/yusuan-/$prefix-/g" "$(dirname "$0")/kibana.ndjson" |
  curl -sS --netrc-optional -m 120 --retry 5 --retry-connrefused -H 'kbn-xsrf: true' -F 'file=@-;filename=kibana.ndjson;type=application/ndjson' \
    "${url%/}/api/saved_objects/_import?overwrite=true")
case $answer in # Kibana answers 200 also where it took only some of them
*'"success":true'*) echo "import.sh: the dashboards are at ${url%/}/app/dashboards" ;;
*) echo "import.sh: Kibana says: $answer" >&2 && exit 1 ;;
esac
