// One page of a PDF with places boxed on it, by pdf.js. Boxes are x0,y0,x1,y1 in points of the page as shown, origin at the top left; they are
// drawn in per cent of the page, so that they stay right however large it is shown.
import * as pdfjs from './vendor/pdfjs/pdf.min.mjs';

const own = new URL('./vendor/pdfjs/', import.meta.url).href;
pdfjs.GlobalWorkerOptions.workerSrc = `${own}pdf.worker.min.mjs`;

let last = { url: '', loading: null }; // the document that was asked for last stays open

// open gives the PDF at this address.
export function open(url) {
  if (last.url === url) return last.loading;
  last.loading?.then((pdf) => pdf.loadingTask.destroy(), () => {});
  const loading = pdfjs.getDocument({
    url, cMapUrl: `${own}cmaps/`, cMapPacked: true, standardFontDataUrl: `${own}standard_fonts/`, wasmUrl: `${own}wasm/`, iccUrl: `${own}iccs/`, isEvalSupported: false, enableXfa: false, stopAtErrors: false,
  }).promise;
  last = { url, loading };
  loading.catch(() => { if (last.loading === loading) last = { url: '', loading: null }; });
  return loading;
}

// boxOf reads x0,y0,x1,y1; null for anything else.
export function boxOf(text) {
  const box = String(text ?? '').split(',').map(Number);
  return box.length === 4 && box.every(Number.isFinite) ? box : null;
}

// mark draws a box over a page that is width by height points.
export function mark(sheet, [x0, y0, x1, y1], width, height) {
  const element = document.createElement('div');
  element.className = 'mark';
  const pad = 1.5; // points around, so that the rule does not stand on the text
  const percent = (value, all) => `${(100 * value) / all}%`;
  element.style.left = percent(x0 - pad, width);
  element.style.top = percent(y0 - pad, height);
  element.style.width = percent(x1 - x0 + 2 * pad, width);
  element.style.height = percent(y1 - y0 + 2 * pad, height);
  sheet.append(element);
  return element;
}

let turn = 0; // of showPage: only the last one is shown

// showPage shows one page in the pane, with one place boxed and in sight.
export async function showPage(pane, { url, page, box }) {
  const mine = ++turn;
  const pdf = await open(url);
  const sheetPage = await pdf.getPage(Math.min(Math.max(page, 1), pdf.numPages));
  const size = sheetPage.getViewport({ scale: 1 });
  const scale = (pane.clientWidth / size.width) * Math.min(devicePixelRatio || 1, 2);
  const viewport = sheetPage.getViewport({ scale });
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(viewport.width);
  canvas.height = Math.round(viewport.height);
  await sheetPage.render({ canvas, viewport }).promise;
  if (mine !== turn) return;
  const sheet = document.createElement('div');
  sheet.className = 'sheet';
  sheet.dataset.sheet = sheetPage.pageNumber;
  sheet.style.aspectRatio = `${size.width} / ${size.height}`;
  sheet.append(canvas);
  pane.replaceChildren(sheet);
  const place = boxOf(box);
  if (place) mark(sheet, place, size.width, size.height).scrollIntoView({ block: 'center' });
}

// ---- All pages in a pane ----

const maxPixels = 12e6; // of one canvas
const calm = 2; // pixels a millisecond: pages that pass faster are not drawn

// turned gives a box of a page that is width by height as it stands when the page is turned clockwise by this many degrees.
export function turned([x0, y0, x1, y1], width, height, degrees) {
  switch (degrees) {
    case 90: return [height - y1, x0, height - y0, x1];
    case 180: return [width - x1, height - y1, width - x0, height - y0];
    case 270: return [y0, width - x1, y1, width - x0];
  }
  return [x0, y0, x1, y1];
}

// A Reader shows all pages of a PDF in a pane that scrolls. Pages in sight and near it are drawn, those far away are dropped. It calls
// onPage(number) when another page comes into sight, onPlace(page, x, y) with points of the page when somebody chooses a place, and onZoom.
export class Reader {
  constructor(pane, { onPage = () => {}, onPlace = () => {}, onZoom = () => {} } = {}) {
    Object.assign(this, { pane, onPage, onPlace, onZoom });
    this.zoom = 1;
    this.turn = 0;
    this.page = 1;
    this.sheets = []; // one for each page: { element, number, width, height in points, known, canvas, text, drawn }
    this.near = new Set();
    this.marked = null;
    this.speed = 0;
    this.moves = 0; // how often the pane was scrolled
    this.pinned = false; // the page was chosen, and nobody has scrolled since
    this.leaves = document.createElement('div');
    this.leaves.className = 'leaves';
  }

  // load opens the PDF and lays its pages out.
  async load(url) {
    this.pdf = await open(url);
    const first = await this.pdf.getPage(1);
    const size = this.#size(first);
    for (let number = 1; number <= this.pdf.numPages; number++) {
      const element = document.createElement('div');
      element.className = 'sheet';
      element.dataset.sheet = number;
      this.sheets.push({ element, number, ...size, known: number === 1, drawn: 0 });
      this.#shape(this.sheets.at(-1));
    }
    this.leaves.append(...this.sheets.map((sheet) => sheet.element));
    this.pane.replaceChildren(this.leaves);
    this.#watch();
    this.sized = this.#measure();
    this.sized.catch((error) => console.error(error));
    return this;
  }

  get pages() { return this.sheets.length; }

  // show brings a page into sight, with a place on it boxed if there is a box.
  async show(number, box, { smooth = false } = {}) {
    const sheet = this.sheets[Math.min(Math.max(number, 1), this.pages) - 1];
    if (!sheet) return;
    const mine = this.wanted = {};
    await this.#know(sheet);
    if (this.wanted !== mine) return;
    this.mark(sheet.number, box);
    const scroll = (behavior) => {
      const pane = this.pane.getBoundingClientRect();
      const target = (this.marked?.element ?? sheet.element).getBoundingClientRect();
      const boxed = Boolean(this.marked?.element);
      if (boxed && target.top >= pane.top + 8 && target.bottom <= pane.bottom - 8 && target.left >= pane.left && target.right <= pane.right) return;
      const top = boxed ? target.top - pane.top - Math.max(8, (pane.height - target.height) / 2) : target.top - pane.top - 4;
      const left = boxed && this.zoom > 1 ? target.left - pane.left - Math.max(8, (pane.width - target.width) / 2) : 0;
      this.pane.scrollBy({ top, left, behavior });
    };
    const near = Math.abs(sheet.number - this.page) <= 1;
    this.#here(sheet.number);
    scroll(smooth && near && !matchMedia('(prefers-reduced-motion: reduce)').matches ? 'smooth' : 'instant');
    const moved = this.moves;
    await this.sized; // pages before it may have got another height
    if (this.wanted === mine && this.moves - moved <= 2) scroll('instant');
  }

  // #here tells which page it is. It stays so until somebody scrolls, whatever else is in sight.
  #here(number) {
    this.pinned = true;
    if (this.page !== number) { this.page = number; this.onPage(number); }
  }

  // mark boxes a place; no box takes the mark away.
  mark(number, box) {
    this.marked?.element?.remove();
    this.marked = box ? { number, box } : null;
    this.#drawMark();
  }

  setZoom(zoom) {
    const { pane } = this;
    const before = Math.min(Math.max(zoom, 0.4), 6);
    const x = (pane.scrollLeft + pane.clientWidth / 2) / pane.scrollWidth;
    const y = (pane.scrollTop + pane.clientHeight / 3) / pane.scrollHeight;
    this.zoom = before;
    this.leaves.style.setProperty('--zoom', before);
    pane.scrollTo({ left: x * pane.scrollWidth - pane.clientWidth / 2, top: y * pane.scrollHeight - pane.clientHeight / 3, behavior: 'instant' });
    this.onZoom(before);
    this.#later();
  }

  rotate() {
    this.turn = (this.turn + 90) % 360;
    const here = this.sheets[this.page - 1];
    for (const sheet of this.sheets) { this.#shape(sheet); this.#drop(sheet); }
    this.#drawMark();
    here?.element.scrollIntoView({ block: 'start' });
    this.#later();
  }

  // go shows another page from its top.
  go(number) {
    const sheet = this.sheets[Math.min(Math.max(number, 1), this.pages) - 1];
    if (!sheet) return;
    this.wanted = null;
    this.#here(sheet.number);
    this.pane.scrollBy({ top: sheet.element.getBoundingClientRect().top - this.pane.getBoundingClientRect().top - 4, behavior: 'instant' });
  }

  // #size is a page's in points as shown. Boxes do not know of UserUnit, which says how large a point is.
  #size(page) {
    const { width, height } = page.getViewport({ scale: 1 });
    const unit = page.userUnit || 1;
    return { width: width / unit, height: height / unit };
  }

  #shape(sheet) {
    const across = this.turn % 180 !== 0;
    sheet.element.style.aspectRatio = across ? `${sheet.height} / ${sheet.width}` : `${sheet.width} / ${sheet.height}`;
  }

  async #know(sheet) {
    if (sheet.known) return;
    const page = await this.pdf.getPage(sheet.number);
    if (sheet.known) return;
    Object.assign(sheet, this.#size(page), { known: true });
    this.#shape(sheet);
  }

  async #measure() {
    for (let i = 0; i < this.sheets.length; i += 25) {
      await Promise.all(this.sheets.slice(i, i + 25).map((sheet) => this.#know(sheet).catch(() => { sheet.known = true; })));
      await new Promise((done) => setTimeout(done, 4));
    }
  }

  #watch() {
    const root = this.pane;
    const at = (element) => this.sheets[Number(element.dataset.sheet) - 1];
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const sheet = at(entry.target);
        if (entry.isIntersecting) this.near.add(sheet); else this.near.delete(sheet);
      }
      this.#pump();
    }, { root, rootMargin: '60% 0px' });
    const far = new IntersectionObserver((entries) => {
      for (const entry of entries) if (!entry.isIntersecting) this.#drop(at(entry.target));
    }, { root, rootMargin: '250% 0px' });
    for (const sheet of this.sheets) { near.observe(sheet.element); far.observe(sheet.element); }
    new ResizeObserver(() => { this.#scaleTexts(); this.#later(); }).observe(this.leaves);
    let last = { top: root.scrollTop, time: performance.now() };
    let frame = 0;
    root.addEventListener('scroll', () => {
      this.moves++;
      const now = performance.now();
      this.speed = Math.abs(root.scrollTop - last.top) / Math.max(1, now - last.time);
      last = { top: root.scrollTop, time: now };
      frame ||= requestAnimationFrame(() => { frame = 0; this.#follow(); });
      this.#later(80);
    }, { passive: true });
    for (const kind of ['wheel', 'touchmove', 'keydown', 'pointerdown']) root.addEventListener(kind, () => { this.pinned = false; }, { passive: true });
    this.leaves.addEventListener('click', (event) => this.#choose(event, at));
  }

  // #follow finds the page in sight.
  #follow() {
    if (this.pinned) return;
    const line = this.pane.scrollTop + this.pane.clientHeight / 3;
    let low = 0;
    let high = this.sheets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.sheets[middle].element.offsetTop <= line) low = middle; else high = middle - 1;
    }
    if (this.page !== low + 1) { this.page = low + 1; this.onPage(this.page); }
  }

  #choose(event, at) {
    const element = event.target.closest('.sheet');
    if (!element || String(getSelection()) !== '') return;
    const sheet = at(element);
    const frame = element.getBoundingClientRect();
    const [x, y] = [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
    const across = this.turn % 180 !== 0;
    const [width, height] = across ? [sheet.height, sheet.width] : [sheet.width, sheet.height];
    const point = turned([x * width, y * height, x * width, y * height], width, height, (360 - this.turn) % 360);
    this.onPlace(sheet.number, point[0], point[1]);
  }

  #drawMark() {
    if (!this.marked) return;
    this.marked.element?.remove();
    const sheet = this.sheets[this.marked.number - 1];
    const across = this.turn % 180 !== 0;
    const box = turned(this.marked.box, sheet.width, sheet.height, this.turn);
    this.marked.element = mark(sheet.element, box, across ? sheet.height : sheet.width, across ? sheet.width : sheet.height);
  }

  // #later draws when the pane has come to rest for a moment.
  #later(after = 120) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.speed = 0; this.#pump(); }, after);
  }

  #pixels(sheet) {
    const css = sheet.element.clientWidth;
    const across = this.turn % 180 !== 0;
    const ratio = (across ? sheet.width / sheet.height : sheet.height / sheet.width) || 1;
    return Math.max(1, Math.min(css * Math.min(devicePixelRatio || 1, 2), Math.sqrt(maxPixels / ratio)));
  }

  #stale(sheet) {
    const want = this.#pixels(sheet);
    return !sheet.drawn || Math.abs(sheet.drawn - want) > want * 0.02;
  }

  // #pump draws one page after another, the nearest first.
  async #pump() {
    if (this.task && !this.near.has(this.task.sheet)) this.task.render.cancel();
    if (this.drawing || this.speed > calm) return;
    const middle = this.pane.scrollTop + this.pane.clientHeight / 2;
    const distance = (sheet) => Math.abs(sheet.element.offsetTop + sheet.element.offsetHeight / 2 - middle);
    const next = [...this.near].filter((sheet) => !sheet.failed && this.#stale(sheet)).sort((a, b) => distance(a) - distance(b))[0];
    if (!next) { this.#texts(); return; }
    this.drawing = true;
    try {
      await this.#draw(next);
    } catch (error) {
      if (error?.name !== 'RenderingCancelledException') { next.failed = true; console.error(error); }
    } finally {
      this.drawing = false;
      this.task = null;
    }
    this.#pump();
  }

  async #draw(sheet) {
    await this.#know(sheet);
    const page = await this.pdf.getPage(sheet.number);
    const rotation = (page.rotate + this.turn) % 360;
    const pixels = this.#pixels(sheet);
    const viewport = page.getViewport({ scale: pixels / page.getViewport({ scale: 1, rotation }).width, rotation });
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(viewport.width);
    canvas.height = Math.max(1, Math.round(viewport.height));
    const turn = this.turn;
    this.task = { sheet, render: page.render({ canvas, viewport }) };
    await this.task.render.promise;
    if (turn !== this.turn) return;
    this.#free(sheet);
    sheet.canvas = canvas;
    sheet.drawn = pixels;
    sheet.source = page;
    sheet.element.prepend(canvas);
  }

  // #texts lays the text over pages that are in sight, for selecting, when there is nothing else to do.
  #texts() {
    const bare = [...this.near].filter((sheet) => sheet.canvas && !sheet.text);
    if (bare.length === 0 || this.writing) return;
    this.writing = true;
    (window.requestIdleCallback ?? setTimeout)(async () => {
      try {
        if (this.speed === 0) await this.#write(bare[0]);
      } catch (error) {
        bare[0].text ??= document.createElement('div'); // not again
        console.error(error);
      } finally {
        this.writing = false;
      }
      if (this.speed === 0) this.#pump();
    });
  }

  async #write(sheet) {
    if (!sheet.canvas || !sheet.source) return;
    const container = document.createElement('div');
    container.className = 'textLayer';
    sheet.text = container;
    sheet.element.append(container);
    this.#scaleText(sheet);
    const viewport = sheet.source.getViewport({ scale: 1, rotation: (sheet.source.rotate + this.turn) % 360 });
    const layer = new pdfjs.TextLayer({ textContentSource: sheet.source.streamTextContent(), container, viewport });
    await layer.render();
  }

  #scaleText(sheet) {
    const across = this.turn % 180 !== 0;
    sheet.element.style.setProperty('--total-scale-factor', sheet.element.clientWidth / (across ? sheet.height : sheet.width));
  }

  #scaleTexts() { for (const sheet of this.sheets) if (sheet.text) this.#scaleText(sheet); }

  #free(sheet) {
    if (!sheet.canvas) return;
    sheet.canvas.width = 0; // browsers keep the memory of a canvas for a while otherwise
    sheet.canvas.height = 0;
    sheet.canvas.remove();
    sheet.canvas = null;
    sheet.drawn = 0;
  }

  #drop(sheet) {
    if (this.task?.sheet === sheet) this.task.render.cancel();
    this.#free(sheet);
    sheet.text?.remove();
    sheet.text = null;
    sheet.source?.cleanup();
    sheet.source = null;
  }
}

// read opens a PDF in a pane that scrolls, see Reader.
export function read(pane, url, told) { return new Reader(pane, told).load(url); }
