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
    url, cMapUrl: `${own}cmaps/`, cMapPacked: true, standardFontDataUrl: `${own}standard_fonts/`, wasmUrl: `${own}wasm/`, isEvalSupported: false, enableXfa: false, stopAtErrors: false,
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
