// Amounts in another unit: cells with data-f hold amounts of so many 分, whatever they show. Links with data-mode choose how they are shown.
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// inUnit gives 分 in a unit of so many, with at least two decimals, exactly.
function inUnit(fen, unit) {
  const value = BigInt(fen);
  const size = value < 0n ? -value : value;
  const decimals = (size % unit + unit).toString().slice(1).replace(/0+$/, '').padEnd(2, '0');
  return `${value < 0n ? '-' : ''}${(size / unit).toString().replace(/\B(?=(\d{3})+$)/g, ',')}.${decimals}`;
}

const units = { yuan: 100n, wan: 1_000_000n };
const printed = new WeakMap(); // of a cell to what it has as printed, marks and all
let mode = document.querySelector('[data-mode][aria-current]')?.dataset.mode ?? 'printed';

// convert shows the amounts of a part of the page as is chosen.
export function convert(root) {
  for (const cell of $$('[data-f]', root)) {
    if (mode === 'printed') {
      if (printed.has(cell)) cell.replaceChildren(...printed.get(cell));
      else if (cell.dataset.p !== undefined) cell.textContent = cell.dataset.p;
      cell.removeAttribute('title');
      delete cell.dataset.p;
    } else {
      if (cell.dataset.p === undefined) {
        printed.set(cell, [...cell.childNodes]);
        cell.dataset.p = cell.textContent;
      }
      cell.title = cell.dataset.p;
      cell.textContent = inUnit(cell.dataset.f, units[mode]);
    }
  }
  for (const tag of $$('[data-converted]')) tag.hidden = mode === 'printed';
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('[data-mode]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  mode = link.dataset.mode;
  for (const one of $$('[data-mode]')) {
    one.classList.toggle('on', one === link);
    if (one === link) one.setAttribute('aria-current', 'true'); else one.removeAttribute('aria-current');
  }
  const url = new URL(location.href);
  if (mode === 'printed') url.searchParams.delete('amounts'); else url.searchParams.set('amounts', mode);
  history.replaceState(history.state, '', url);
  convert(document);
});
