#!/usr/bin/env bash
# Fetches the libraries that the web pages use from npm, each at the version and with the digest below, into web/site/assets/vendor.
# To refresh one: change its version, run this, and take over the digest that it prints. Needs npm and node.
set -euo pipefail
cd "$(dirname "$0")/.."

# name, version, integrity as npm says it
htmx=(htmx.org 2.0.11 sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==)
pdfjs=(pdfjs-dist 5.7.284 sha512-h4EdYQczmGhbOlqc3PPZwxevn7ApdWPbovAuWXOB/DjIyigSnwfy2oze7c6mRcSr9XgLp3eN3EeL4DyySTPMFw==)
echarts=(echarts 6.1.0 sha512-q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HIVpIyHZA==)
zrender=(zrender 6.1.0 sha512-oEGMDB6pOP2S6OwRR4PdVv610zrjnA3Bh+JnSG12fYJlBKjtNAoEb5fSUoCOOINlH96I2fU38/A2UpRKs67xYQ==) # the drawing library of ECharts
tslib=(tslib 2.3.0 sha512-N82ooyxVNm6h1riLCoyS9e3fuJ3AMG2zIZs2Gd1ATcSFjSA23Q0fzjjZeh0jbJvWVDZ0cJT8yaNNaaXHzueNjg==)       # both of them want it
esbuild=0.28.2                            # makes one file of the parts of ECharts that are used; nothing of it goes into that
axe=(axe-core 4.14.1 sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==)       # for the tests alone

out=$PWD/web/site/assets/vendor work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # fetch NAME VERSION INTEGRITY: unpacks into $work/NAME
  local file got
  file=$(cd "$work" && npm pack --silent "$1@$2")
  got=sha512-$(openssl dgst -sha512 -binary "$work/$file" | base64 -w0)
  [ "$got" = "$3" ] || { echo "vendor: $1@$2 has integrity $got, want $3" >&2; exit 1; }
  mkdir "$work/$1"
  tar -xzf "$work/$file" -C "$work/$1" --strip-components=1
}
for lib in htmx pdfjs echarts zrender tslib axe; do
  declare -n it=$lib
  fetch "${it[@]}"
done

rm -rf "$out"
mkdir -p "$out/htmx" "$out/pdfjs" "$out/echarts" web/site/testdata/axe
cp "$work/htmx.org/dist/htmx.min.js" "$work/htmx.org/LICENSE" "$out/htmx"

cd "$work/pdfjs-dist"
cp LICENSE legacy/build/pdf.min.mjs legacy/build/pdf.worker.min.mjs "$out/pdfjs"
cp -r cmaps standard_fonts iccs "$out/pdfjs"
mkdir "$out/pdfjs/wasm"
cp wasm/openjpeg.wasm wasm/jbig2.wasm wasm/qcms_bg.wasm wasm/LICENSE* "$out/pdfjs/wasm"
cd - >/dev/null

# Line and bar charts, drawn as SVG.
mkdir -p "$work/bundle/node_modules"
mv "$work/echarts" "$work/zrender" "$work/tslib" "$work/bundle/node_modules"
cat > "$work/bundle/echarts.js" <<'JS'
export { init, use } from 'echarts/core';
import { use } from 'echarts/core';
import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, DatasetComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
use([BarChart, LineChart, AriaComponent, DatasetComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);
JS
(cd "$work" && npm install --silent --no-save --no-package-lock --prefix "$work/tools" "esbuild@$esbuild")
(cd "$work/bundle" && "$work/tools/node_modules/.bin/esbuild" echarts.js --bundle --format=esm --minify --legal-comments=none --outfile="$out/echarts/echarts.min.js" --log-level=warning)
cp "$work/bundle/node_modules/echarts/LICENSE" "$work/bundle/node_modules/echarts/NOTICE" "$out/echarts"
cp "$work/bundle/node_modules/zrender/LICENSE" "$out/echarts/LICENSE.zrender"
cp "$work/bundle/node_modules/tslib/LICENSE.txt" "$out/echarts/LICENSE.tslib"
cp "$work/axe-core/axe.min.js" "$work/axe-core/LICENSE" web/site/testdata/axe
for lib in htmx pdfjs echarts; do
  declare -n it=$lib
  echo "${it[0]} ${it[1]}"
done > "$out/VERSIONS"
