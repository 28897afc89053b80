// The page of a disclosure: a place chosen in the content is shown in the PDF, and the other way about; amounts in another unit, hits one
// after another, rows that come when they are near. Without it the page still has everything but the PDF beside it.
import { convert } from './amounts.js';

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const doc = $('#doc');
const content = $('[data-content]');
const narrow = matchMedia('(max-width: 900px)');

// ---- Places ----

// placeOf reads page,x0,y0,x1,y1.
function placeOf(text) {
  const [page, ...box] = String(text ?? '').split(',').map(Number);
  if (!(page > 0)) return null;
  return { page, box: box.length === 4 && box.every(Number.isFinite) ? box : null };
}

// whereOf is the place of an element, or of the nearest around it that has one.
function whereOf(element) { return placeOf(element.closest('[data-b]')?.dataset.b); }

let chosen = null; // the element

// choose marks an element of the content as the chosen one, and shows it in the PDF.
function choose(element, { scroll = false, pdf = true, address = true, place = null } = {}) {
  chosen?.classList.remove('chosen');
  chosen = element;
  element.classList.add('chosen');
  openAround(element);
  if (scroll) intoSight(element);
  rove(element);
  const where = place ?? whereOf(element);
  if (address) {
    const url = new URL(location.href);
    url.searchParams.delete('page');
    url.searchParams.delete('box');
    url.hash = element.id;
    history.replaceState(history.state, '', url);
  }
  say(where);
  if (pdf && where) showPlace(where);
}

function openAround(element) {
  for (let fold = element.closest('details:not([open])'); fold; fold = fold.parentElement?.closest('details:not([open])')) fold.open = true;
}

// intoSight scrolls the window and, for a cell, the table, so that the element is in the middle.
function intoSight(element) {
  const scroll = () => element.scrollIntoView({ block: element.offsetHeight > innerHeight / 2 ? 'start' : 'center', inline: 'nearest' });
  scroll();
  requestAnimationFrame(scroll); // what came into sight may have got its true height
}

// say says in the bar what is chosen.
function say(where) {
  const line = $('[data-chosen]');
  if (!line) return;
  line.hidden = !where;
  if (where) $('[data-chosen-text]').textContent = $('[data-copy-place]').dataset.word.replace('0', where.page);
}

function go(element, options) { choose(element, { scroll: true, ...options }); }

// ---- Rows that are not there yet ----

const loading = new Map(); // of a body of rows to the promise

function load(body) {
  if (!loading.has(body)) { // each with a source of its own: of those with the same, all but the last would be dropped
    const link = $('a', body);
    loading.set(body, htmx.ajax('GET', link.href.split('#')[0], { source: link, target: body, swap: 'outerHTML' }).catch(() => loading.delete(body)));
  }
  return loading.get(body);
}

// find gives the element of an anchor, and loads the rows that it is in.
async function find(anchor) {
  const there = anchor && document.getElementById(anchor);
  if (there) return there;
  const [, table, row] = /^t-(\d+)(?:-r-(\d+))?/.exec(anchor ?? '') ?? [];
  if (!table) return null;
  const section = document.getElementById(`t-${table}`);
  const body = section && row && $$('[data-load]', section).find((one) => Number(one.dataset.load) <= row && row <= Number(one.dataset.to));
  if (body) await load(body);
  return document.getElementById(anchor) ?? merged(anchor) ?? document.getElementById(`t-${table}-r-${row}`) ?? section;
}

// merged gives the cell that spans the one of the anchor.
function merged(anchor) {
  const [, table, row, column] = /^t-(\d+)-r-(\d+)-c-(\d+)$/.exec(anchor) ?? [];
  if (!column) return null;
  for (let r = Number(row); r >= 1 && r > row - 200; r--) {
    for (let c = Number(column); c >= 1; c--) {
      const cell = document.getElementById(`t-${table}-r-${r}-c-${c}`);
      if (!cell) continue;
      if (c + cell.colSpan > column && r + cell.rowSpan > row) return cell;
      if (c + cell.colSpan > column) break;
    }
  }
  return null;
}

const later = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) { later.unobserve(entry.target); load(entry.target); }
}, { rootMargin: '600px 0px', scrollMargin: '600px' });

function watchRows(root) {
  const bodies = root.matches?.('[data-load]') ? [root] : $$('[data-load]', root);
  for (const body of bodies) {
    body.rows[0].style.height = `${31 * (body.dataset.to - body.dataset.load + 1)}px`; // about what the rows will have
    later.observe(body);
  }
}

// A table that is no wider than the document scrolls with the page; the others scroll by themselves.
const fit = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const table = target.matches('table') ? target : target.firstElementChild;
    table.parentElement.classList.toggle('fits', table.offsetWidth <= table.parentElement.clientWidth + 1);
  }
});
function watchTables(root) { for (const table of $$('table[data-grid]', root)) { fit.observe(table); fit.observe(table.parentElement); } }

// ---- The PDF ----

const pane = $('[data-pdf]');
let reader = null; // a promise of one

function withReader() {
  if (!pane?.dataset.pdf) return null;
  reader ??= openReader().catch((error) => {
    console.error(error);
    const paper = $('[data-paper]', pane);
    const note = document.createElement('p');
    note.className = 'note hint';
    note.textContent = failedText;
    paper.replaceChildren(note);
    return null;
  });
  return reader;
}

const failedText = $('[data-pdf-note]')?.dataset.failed;

async function openReader() {
  const note = $('[data-pdf-note]', pane);
  note.textContent = note.dataset.loading;
  const { read } = await import(doc.dataset.viewer);
  const number = $('[data-pdf-page]', pane);
  const it = await read($('[data-paper]', pane), pane.dataset.pdf, {
    onPage: (page) => { if (document.activeElement !== number) number.value = page; },
    onPlace: fromPDF,
    onZoom: (zoom) => { $('[data-pdf-zoom]', pane).textContent = `${Math.round(zoom * 100)}%`; },
  });
  $('[data-pdfbar]', pane).hidden = false;
  $('[data-pdf-pages]', pane).textContent = it.pages;
  return it;
}

async function showPlace({ page, box }) {
  if (getComputedStyle(pane ?? doc).display === 'none') { waiting = { page, box }; return; }
  const it = await withReader();
  await it?.show(page, box, { smooth: true });
}
let waiting = null; // the place to show when the pane of the PDF comes up

const deeds = {
  previous: (it) => it.go(it.page - 1), next: (it) => it.go(it.page + 1),
  smaller: (it) => it.setZoom(it.zoom / 1.25), larger: (it) => it.setZoom(it.zoom * 1.25), fit: (it) => it.setZoom(1), rotate: (it) => it.rotate(),
};
pane?.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-pdf-do]');
  if (!button) return;
  const it = await withReader();
  if (it) deeds[button.dataset.pdfDo](it);
});
pane?.addEventListener('change', async (event) => {
  if (!event.target.matches('[data-pdf-page]')) return;
  const it = await withReader();
  const page = Number.parseInt(event.target.value, 10);
  if (it && page >= 1 && page <= it.pages) it.go(page); else if (it) event.target.value = it.page;
});
pane?.addEventListener('keydown', async (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input')) return;
  const deed = { '+': 'larger', '=': 'larger', '-': 'smaller', 0: 'fit', r: 'rotate', ArrowLeft: 'previous', ArrowRight: 'next' }[event.key];
  if (!deed || !reader) return;
  event.preventDefault();
  const it = await reader;
  if (it) deeds[deed](it);
});

// fromPDF chooses what stands at a place of the PDF: the smallest thing whose box is there, else the nearest within some points.
async function fromPDF(page, x, y) {
  let best = null;
  const near = 6;
  for (const [element, place] of await placesOn(page)) {
    if (!place.box) continue;
    const [x0, y0, x1, y1] = place.box;
    const away = Math.hypot(Math.max(x0 - x, 0, x - x1), Math.max(y0 - y, 0, y - y1));
    if (away > near) continue;
    const one = { element, place, away: away === 0 ? 0 : 1 + away, size: (x1 - x0) * (y1 - y0) };
    if (!best || one.away < best.away || one.away === best.away && one.size < best.size) best = one;
  }
  if (!best) return;
  const it = await reader;
  it.mark(page, best.place.box);
  choose(best.element, { scroll: true, pdf: false });
}

async function placesOn(page) {
  const tables = $$('[data-table]').filter((table) => table.dataset.pages.split(' ').includes(String(page)));
  for (const body of tables.flatMap((table) => $$('[data-load]', table))) await load(body);
  const start = `${page},`;
  return $$('[data-b]', content).filter((element) => element.dataset.b.startsWith(start)).map((element) => [element, placeOf(element.dataset.b)]);
}

// ---- Choosing, and moving by keyboard ----

const choosable = 'td[id], th[id], tr[id], [data-content] :is(p, h2, h3, h4, h5, h6)[id]';

doc?.addEventListener('click', (event) => {
  if (event.defaultPrevented) return;
  const toPage = event.target.closest('[data-to-page]');
  if (toPage && pane?.dataset.pdf) {
    event.preventDefault();
    const around = toPage.closest('[data-b]');
    tab('pdf');
    showPlace(around ? placeOf(around.dataset.b) : { page: Number(toPage.dataset.toPage), box: null });
    return;
  }
  if (event.target.closest('a, button, input, summary') || String(getSelection()) !== '') return;
  const element = event.target.closest('[data-content]') && event.target.closest(choosable);
  if (element) choose(element);
});

// rove lets the Tab key come to the element, alone of its table or of the text.
function rove(element) {
  const group = element.closest('table[data-grid]') ?? content;
  if (!group) return;
  for (const old of $$('[tabindex="0"]', group)) if (old.matches(choosable) && old.closest('table[data-grid]') === element.closest('table[data-grid]')) old.tabIndex = -1;
  element.tabIndex = 0;
}

function firstStops(root) {
  for (const table of $$('table[data-grid]', root)) {
    const cell = $('tbody :is(td, th)[id]', table);
    if (cell && !$('[tabindex="0"]', table)) cell.tabIndex = 0;
  }
  const text = content && $(':is(p, h2, h3, h4, h5, h6)[data-b]', content);
  if (text && !$$(':is(p, h2, h3, h4, h5, h6)[tabindex="0"]', content).length) text.tabIndex = 0;
}

// beside gives the cell or the text next to an element in the direction of a key.
function beside(element, key) {
  const [, table, row, column] = /^t-(\d+)-r-(\d+)-c-(\d+)$/.exec(element.id) ?? [];
  if (!column) {
    const list = $$(':is(p, h2, h3, h4, h5, h6)[data-b]', content);
    const at = list.indexOf(element);
    return { ArrowDown: list[at + 1], ArrowUp: list[at - 1], Home: list[0], End: list.at(-1) }[key];
  }
  const cells = $$(':scope > [id]', element.parentElement);
  const at = cells.indexOf(element);
  switch (key) {
    case 'ArrowRight': return cells[at + 1];
    case 'ArrowLeft': return cells[at - 1] ?? (Number(column) > 1 ? merged(`t-${table}-r-${row}-c-${column - 1}`) : null);
    case 'Home': return cells[0];
    case 'End': return cells.at(-1);
    case 'ArrowDown': return merged(`t-${table}-r-${Number(row) + element.rowSpan}-c-${column}`);
    case 'ArrowUp': return Number(row) > 1 ? merged(`t-${table}-r-${row - 1}-c-${column}`) : null;
  }
  return null;
}

content?.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !event.target.matches(choosable)) return;
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    choose(event.target);
    return;
  }
  const next = beside(event.target, event.key);
  if (!next) return;
  event.preventDefault();
  rove(next);
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
});

// ---- Hits ----

const hits = $$('.hitlist a');
let hit = Number($('.hitlist')?.dataset.at ?? 0); // from 1

// setHit says which hit it is, and leads to those beside it; 0 is none.
function setHit(n) {
  hit = n;
  if (hit === 0) return;
  const count = $('[data-hit-count]');
  count.textContent = count.dataset.hitCount.replace('0', hit);
  $('[data-hit-prev]').href = hits[(hit - 2 + hits.length) % hits.length].href;
  $('[data-hit-next]').href = hits[hit % hits.length].href;
}

async function toHit(n) {
  setHit((n - 1 + hits.length) % hits.length + 1);
  const link = hits[hit - 1];
  const url = new URL(location.href);
  url.searchParams.set('hit', hit);
  url.searchParams.delete('page');
  url.searchParams.delete('box');
  url.hash = link.dataset.anchor;
  history.replaceState(history.state, '', url);
  const element = await find(link.dataset.anchor);
  const place = placeOf(link.dataset.place);
  if (element) go(element, { address: false, place }); else if (place) showPlace(place);
}
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('[data-hit-prev], [data-hit-next]');
  if (!link || hits.length === 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  toHit(hit === 0 && link.matches('[data-hit-prev]') ? hits.length : hit + (link.matches('[data-hit-next]') ? 1 : -1));
});
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.matches?.('input, textarea, select') || hits.length === 0) return;
  if (event.key === 'n') toHit(hit + 1);
  else if (event.key === 'p' || event.key === 'N') toHit(hit === 0 ? hits.length : hit - 1);
});
if (hit === 0 && location.hash) setHit(hits.findIndex((link) => `#${link.dataset.anchor}` === location.hash) + 1); // from the search
for (const link of hits) document.getElementById(link.dataset.anchor)?.classList.add('found');

// ---- Panes: their width, and one at a time on small screens ----

const split = $('[data-split]');
const shelf = 'yusuan-split';

function setSplit(percent) {
  const share = Math.min(Math.max(Math.round(percent), 20), 80);
  $('[data-panes]').style.setProperty('--content', `${share}fr`);
  $('[data-panes]').style.setProperty('--pdf', `${100 - share}fr`);
  split.setAttribute('aria-valuenow', share);
  return share;
}
function keepSplit(share) { try { localStorage.setItem(shelf, share); } catch { /* not allowed */ } }
function shareAt(x) {
  const left = content.getBoundingClientRect().left;
  return 100 * (x - left) / (pane.getBoundingClientRect().right - left);
}
split?.addEventListener('pointerdown', (event) => { split.setPointerCapture(event.pointerId); event.preventDefault(); split.focus(); });
split?.addEventListener('pointermove', (event) => { if (split.hasPointerCapture(event.pointerId)) setSplit(shareAt(event.clientX)); });
split?.addEventListener('lostpointercapture', () => keepSplit(split.getAttribute('aria-valuenow')));
split?.addEventListener('keydown', (event) => {
  const now = Number(split.getAttribute('aria-valuenow'));
  const to = { ArrowLeft: now - 2, ArrowRight: now + 2, Home: 20, End: 80 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  keepSplit(setSplit(to));
});

// tab shows one of the panes where there is room for one only.
function tab(name) {
  if (!$('[data-tab]')) return;
  doc.classList.toggle('show-pdf', name === 'pdf');
  for (const button of $$('[data-tab]')) button.setAttribute('aria-pressed', String(button.dataset.tab === name));
  if (name === 'pdf' && narrow.matches) {
    const place = waiting ?? (chosen && whereOf(chosen)) ?? { page: Number(pane.dataset.page) || 1, box: null };
    waiting = null;
    withReader()?.then((it) => it && requestAnimationFrame(() => it.show(place.page, place.box)));
  }
}
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-tab]');
  if (!button) return;
  tab(button.dataset.tab);
  if (button.dataset.tab === 'content') chosen?.scrollIntoView({ block: 'center' });
});

// ---- The list of contents follows ----

function followOutline() {
  const links = new Map($$('[data-outline] a[href^="#"]').map((link) => [link.hash.slice(1), link]));
  const places = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean)
    .sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  const passed = new Set();
  let current = null;
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.boundingClientRect.top < 160) passed.add(entry.target); else passed.delete(entry.target);
    }
    const last = places.filter((place) => passed.has(place)).at(-1);
    const link = last && links.get(last.id);
    if (link === current) return;
    current?.removeAttribute('aria-current');
    current = link;
    link?.setAttribute('aria-current', 'location');
    const list = $('[data-outline]');
    if (!link || list.scrollHeight <= list.clientHeight) return;
    const at = link.getBoundingClientRect();
    const frame = list.getBoundingClientRect();
    if (at.top < frame.top || at.bottom > frame.bottom) list.scrollBy({ top: at.top - frame.top - frame.height / 3 });
  }, { rootMargin: '-150px 0px 0px 0px', threshold: [0, 1] });
  for (const place of places) watch.observe(place);
}

// ---- Copying ----

async function copy(text, button) {
  const done = $('[data-copy]')?.dataset.done ?? '✓';
  try {
    await navigator.clipboard.writeText(text);
    const before = button.textContent;
    button.textContent = done;
    setTimeout(() => { button.textContent = before; }, 1500);
  } catch {
    $('[data-cite]').open = true; // not allowed: there it can be selected
    getSelection().selectAllChildren($('[data-cite-text]'));
  }
}
document.addEventListener('click', (event) => {
  const whole = event.target.closest?.('[data-copy]');
  if (whole) copy($(whole.dataset.copy).textContent, whole);
  const place = event.target.closest?.('[data-copy-place]');
  if (place && chosen) {
    const where = whereOf(chosen);
    const link = new URL(location.pathname, location.origin);
    link.hash = chosen.id;
    const page = where ? `, ${place.dataset.word.replace('0', where.page)}` : '';
    copy(`${$('[data-cite-text]').textContent.replace(/\.$/, '')}${page}. ${link}`, place);
  }
});
document.addEventListener('click', (event) => { // one of the lists over the page at a time, and none when somebody turns to something else
  for (const fold of $$('details.pop[open]')) if (!fold.contains(event.target)) fold.open = false;
});
document.addEventListener('keydown', (event) => {
  const fold = event.key === 'Escape' && $('details.pop[open]');
  if (fold) { fold.open = false; $('summary', fold).focus(); }
});

// ---- Beginning ----

async function toAddress({ first = false } = {}) {
  const anchor = decodeURIComponent(location.hash.slice(1));
  const element = await find(anchor);
  const named = first && pane?.dataset.page > 0 ? { page: Number(pane.dataset.page), box: pane.dataset.box ? pane.dataset.box.split(',').map(Number) : null } : null;
  const inner = named?.box && !element?.matches('td, th') ? await innermost(named) : null;
  if (inner) { go(inner, { address: false, place: named }); return; }
  if (element?.matches('[data-b]')) { go(element, { address: false, place: named?.box ? named : null }); return; }
  if (element?.matches(choosable)) { go(element, { address: false, place: named }); return; }
  if (named) await showPlace(named);
  else if (first && !narrow.matches) showPlace({ page: 1, box: null });
}

// innermost is what stands where a box of a page is: the smallest place that has its middle.
async function innermost({ page, box: [x0, y0, x1, y1] }) {
  const x = (x0 + x1) / 2;
  const y = (y0 + y1) / 2;
  let best = null;
  for (const [element, { box }] of await placesOn(page)) {
    if (!box || x < box[0] || x > box[2] || y < box[1] || y > box[3]) continue;
    const size = (box[2] - box[0]) * (box[3] - box[1]);
    if (!best || size < best.size) best = { element, size };
  }
  return best?.element ?? null;
}

function begin() {
  if (!doc || !content) return;
  if (split) {
    try { const kept = Number(localStorage.getItem(shelf)); if (kept >= 20 && kept <= 80) setSplit(kept); } catch { /* not allowed */ }
  }
  const fold = $('[data-outline-fold]');
  if (fold && matchMedia('(max-width: 1280px)').matches) fold.open = false;
  watchRows(document);
  watchTables(document);
  firstStops(document);
  if (!doc.classList.contains('alone')) followOutline();
  if (hit > 0 && hits.length >= hit && !location.hash) toHit(hit); else toAddress({ first: true });
}
document.addEventListener('htmx:load', (event) => {
  if (!event.detail.elt.matches?.('tbody')) return;
  firstStops(event.detail.elt.closest('section') ?? document);
  convert(event.detail.elt); // the amounts came as they were shown when the page was made
});
window.addEventListener('hashchange', () => toAddress());
begin();
