// Charts of the tables of a page. The table is the truth: a chart has its figures from there, and what it leads to. Without this, the table is all.
const number = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const still = matchMedia('(prefers-reduced-motion: reduce)');
const drawn = new Map(); // figure -> its chart and points

// ---- What the table says ----
function textOf(node) { return node?.dataset.label ?? (node?.querySelector('[data-name]') ?? node)?.textContent.replace(/\s+/g, ' ').trim() ?? ''; }
function pointOf(cell) {
  if (!cell || cell.dataset.fen === undefined) return null;
  return { fen: Number(cell.dataset.fen), link: cell.querySelector('a')?.getAttribute('href') ?? '' };
}

// read gives categories, and series of points: by rows; for bars by the columns that have a name; across the rows, a series for each column.
function read(figure, table) {
  const rows = [...table.querySelectorAll('tbody tr[data-row]')];
  if (figure.dataset.chart === 'bars') {
    const shown = rows.slice(0, 20);
    const series = [...table.tHead.rows[0].cells].flatMap((head, i) => (head.dataset.series === undefined ? [] : [{ name: head.dataset.series, points: shown.map((row) => pointOf(row.cells[i])) }]));
    const categories = shown.map((row) => textOf(row.cells[0]));
    return { categories, series };
  }
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const categories = heads.map((head) => head.dataset.x);
  const wanted = figure.dataset.rows.trim().split(/\s+/);
  const chosen = wanted[0] === '*' ? rows : wanted.map((key) => rows.find((row) => row.dataset.row === key)).filter(Boolean);
  if (figure.dataset.chart === 'across') {
    const series = heads.map((head, i) => ({ name: head.dataset.x, points: chosen.map((row) => pointOf(row.cells[i + 1])) }));
    return { categories: chosen.map((row) => textOf(row.cells[0])), series: series.filter((one) => one.points.some(Boolean)) };
  }
  const series = chosen.map((row) => ({ name: textOf(row.cells[0]), points: heads.map((_, i) => pointOf(row.cells[i + 1])) }));
  return { categories, series: series.filter((one) => one.points.some(Boolean)) };
}

const lies = (figure) => ['bars', 'across'].includes(figure.dataset.chart); // bars from left to right

// ---- How it looks ----
function scaleOf(figure, series) {
  const most = Math.max(...series.flatMap((one) => one.points.map((p) => Math.abs(p?.fen ?? 0))));
  if (most >= 1e10) return { per: 1e10, name: figure.dataset.yi };
  if (most >= 1e6) return { per: 1e6, name: figure.dataset.wan };
  return { per: 100, name: figure.dataset.yuan };
}
function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { ink: of('--ink'), soft: of('--soft'), rule: of('--rule'), paper: of('--paper'), line: of('--line'), series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => of(`--chart-${n}`)), font: getComputedStyle(document.body).fontFamily };
}
// decals tell series apart without colours.
const patterns = (colour) => [
  { symbol: 'none' },
  { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4, color: colour },
  { symbol: 'circle', dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0], symbolSize: 0.6, color: colour },
  { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [1, 4], rotation: Math.PI / 4, color: colour },
  { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: 0, color: colour },
  { symbol: 'rect', dashArrayX: [[8, 8], [0, 8, 8, 0]], dashArrayY: [6, 0], symbolSize: 0.7, color: colour },
];

// axisNumber is as short as it can be said: 12, 1.5, 1,200.
const axisNumber = (value) => new Intl.NumberFormat('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 }).format(value);
// cut shortens a text to a width in Latin letters; a Han character is two of them.
function cut(text, most) {
  let width = 0;
  let out = '';
  for (const char of text) {
    width += char.charCodeAt(0) > 255 ? 2 : 1;
    if (width > most) return `${out}…`;
    out += char;
  }
  return text;
}

function option(figure, data, narrow, moves) {
  const c = colours();
  const scale = scaleOf(figure, data.series);
  const kind = figure.dataset.chart;
  const sideways = lies(figure);
  const decals = patterns(c.paper);
  const longest = narrow ? 15 : 26;
  const room = Math.max(200, figure.querySelector('.canvas').clientWidth);
  const words = data.series.reduce((sum, one) => sum + 40 + [...one.name].reduce((w, char) => w + (char.charCodeAt(0) > 255 ? 12 : 7), 0), 0);
  const legend = data.series.length > 1 ? 22 * Math.ceil(words / (room * 0.92)) : 0;
  const label = { color: c.soft, fontFamily: c.font, fontSize: 12, lineHeight: 15 };
  const category = { type: 'category', data: data.categories, inverse: sideways, axisTick: { show: false }, axisLine: { lineStyle: { color: c.line } }, axisLabel: { ...label, formatter: (text) => text.split('\n').map((line) => cut(line, longest)).join('\n'), ...(sideways ? {} : { interval: 0, hideOverlap: true }) } };
  const value = { type: 'value', axisLabel: { ...label, formatter: axisNumber, hideOverlap: true }, splitLine: { lineStyle: { color: c.rule } }, splitNumber: narrow ? 3 : 4 };
  return {
    animation: moves && !still.matches,
    animationDuration: 240,
    color: c.series,
    textStyle: { color: c.ink, fontFamily: c.font },
    grid: { left: 8, right: sideways ? 28 : 12, top: legend + 12, bottom: 6, containLabel: true },
    legend: data.series.length > 1 ? { top: 0, left: 0, itemWidth: 18, itemHeight: 11, type: 'plain', textStyle: { ...label, color: c.ink }, inactiveColor: c.soft } : { show: false },
    tooltip: {
      renderMode: 'richText', trigger: 'item', confine: true, backgroundColor: c.paper, borderColor: c.line, textStyle: { color: c.ink, fontFamily: c.font, fontSize: 13 },
      formatter: (p) => `${p.name}\n${p.seriesName}  ${number.format(p.value)} ${scale.name}`,
    },
    xAxis: sideways ? value : category,
    yAxis: sideways ? category : value,
    series: data.series.map((one, i) => ({
      name: one.name,
      type: kind === 'line' ? 'line' : 'bar',
      stack: kind === 'stack' ? 'all' : undefined,
      barMaxWidth: sideways ? 16 : 44,
      barMinHeight: 1,
      barGap: '12%',
      connectNulls: false,
      symbol: ['circle', 'rect', 'triangle', 'diamond'][i % 4],
      symbolSize: 9,
      lineStyle: { width: 2, type: ['solid', 'dashed', 'dotted'][i % 3] },
      cursor: 'pointer',
      emphasis: { focus: 'series' },
      itemStyle: kind === 'line' ? {} : { decal: decals[i % decals.length], borderColor: c.paper, borderWidth: 1 },
      data: one.points.map((p) => (p ? { value: p.fen / scale.per } : { value: null })),
    })),
  };
}

// ---- Points by mouse and keyboard ----
function follow(figure, series, point) {
  const link = drawn.get(figure)?.data.series[series]?.points[point]?.link;
  if (link) location.assign(link);
}
function step(figure, by, across) {
  const it = drawn.get(figure);
  const places = it.data.series.flatMap((one, s) => one.points.flatMap((p, i) => (p ? [[s, i]] : [])));
  if (places.length === 0) return;
  places.sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  let at = it.at ? places.findIndex(([s, i]) => s === it.at[0] && i === it.at[1]) : -1;
  if (across && at >= 0) { // along the same series
    const same = places.filter(([s]) => s === it.at[0]);
    const next = same[same.findIndex(([, i]) => i === it.at[1]) + by];
    if (!next) return;
    at = places.indexOf(next);
  } else at = Math.min(Math.max(at + by, 0), places.length - 1);
  if (it.at) it.chart.dispatchAction({ type: 'downplay', seriesIndex: it.at[0], dataIndex: it.at[1] });
  it.at = places[at];
  const [s, i] = it.at;
  it.chart.dispatchAction({ type: 'highlight', seriesIndex: s, dataIndex: i });
  it.chart.dispatchAction({ type: 'showTip', seriesIndex: s, dataIndex: i });
  const scale = scaleOf(figure, it.data.series);
  figure.querySelector('[aria-live]').textContent = `${it.data.categories[i].replace('\n', ' ')} ${it.data.series[s].name} ${number.format(it.data.series[s].points[i].fen / scale.per)} ${scale.name}`;
}
document.addEventListener('keydown', (event) => {
  const figure = event.target.closest?.('figure[data-chart] .canvas')?.parentElement;
  const it = figure && drawn.get(figure);
  if (!it || event.ctrlKey || event.metaKey || event.altKey) return;
  const along = lies(figure) ? ['ArrowDown', 'ArrowUp'] : ['ArrowRight', 'ArrowLeft'];
  const between = lies(figure) ? ['ArrowRight', 'ArrowLeft'] : ['ArrowDown', 'ArrowUp'];
  if (event.key === along[0]) step(figure, 1, true);
  else if (event.key === along[1]) step(figure, -1, true);
  else if (event.key === between[0]) step(figure, 1, false);
  else if (event.key === between[1]) step(figure, -1, false);
  else if (event.key === 'Enter' && it.at) follow(figure, ...it.at);
  else if (event.key === 'Escape') { it.chart.dispatchAction({ type: 'hideTip' }); it.at = null; } else return;
  event.preventDefault();
});

// ---- Drawing ----
let library = null;
async function draw(figure) {
  const table = document.getElementById(figure.dataset.table);
  if (!table || drawn.has(figure)) return;
  const data = read(figure, table);
  if (data.series.length === 0 || data.categories.length === 0) return;
  const told = data.categories.filter((_, i) => data.series.some((one) => one.points[i]));
  if (told.length < 2 && ['line', 'stack'].includes(figure.dataset.chart)) return; // one year is no course
  figure.hidden = false;
  const canvas = figure.querySelector('.canvas');
  if (lies(figure)) canvas.style.height = `${Math.max(140, 60 + data.categories.length * Math.max(14 + 14 * data.series.length, data.categories[0].includes('\n') ? 40 : 0))}px`;
  library ??= import('./vendor/echarts/echarts.min.js');
  const { init } = await library;
  if (drawn.has(figure) || !figure.isConnected) return;
  const chart = init(canvas, null, { renderer: 'svg' });
  const it = { chart, data, at: null };
  drawn.set(figure, it);
  chart.on('click', (p) => follow(figure, p.seriesIndex, p.dataIndex));
  paint(figure, true);
  let width = canvas.clientWidth;
  new ResizeObserver(() => {
    if (canvas.clientWidth === width) return;
    width = canvas.clientWidth;
    chart.resize({ animation: { duration: 0 } });
    paint(figure);
  }).observe(canvas);
}
function paint(figure, moves = false) {
  const it = drawn.get(figure);
  const canvas = figure.querySelector('.canvas');
  figure.querySelector('[data-unit]').textContent = scaleOf(figure, it.data.series).name;
  it.chart.setOption(option(figure, it.data, canvas.clientWidth < 420, moves), { notMerge: true });
  figure.dataset.drawn = String(it.data.series.length);
}
function paintAll() {
  for (const [figure, it] of drawn) {
    if (figure.isConnected) paint(figure);
    else { it.chart.dispose(); drawn.delete(figure); }
  }
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paintAll);
still.addEventListener('change', paintAll);
new MutationObserver(paintAll).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });

function begin() {
  document.querySelectorAll('figure[data-chart]').forEach((figure) => draw(figure).catch((error) => { figure.hidden = true; console.error(error); }));
}
begin();
document.addEventListener('htmx:load', begin);

// ---- Suggestions in fields of forms: names that the index has ----
let timer = 0;
document.addEventListener('input', (event) => {
  const field = event.target.closest?.('[data-suggest-for]');
  if (!field || event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const text = field.value.trim();
    const list = field.list;
    if (!list || text === '') return;
    const answer = await fetch(`/suggest?q=${encodeURIComponent(text)}&for=${encodeURIComponent(field.dataset.suggestFor)}`, { headers: { Accept: 'application/json' } });
    if (!answer.ok) return;
    const found = await answer.json();
    list.replaceChildren(...found.filter((one) => one.for === field.dataset.suggestFor).map((one) => {
      const option = document.createElement('option');
      option.value = one.value ?? one.text;
      option.textContent = one.text;
      return option;
    }));
  }, 150);
});
