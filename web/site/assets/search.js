// The search page: suggestions, choosing hits by keyboard, the page of the PDF beside them, saved searches. Without it the page still searches.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// ---- Suggestions: a combobox with a list (WAI-ARIA) ----
let asked = null; // AbortController of the question under way
let timer = 0;

function box() { return $('#q'); }
function listbox() { return $('#suggestions'); }

function close() {
  const list = listbox();
  if (!list) return;
  list.hidden = true;
  list.replaceChildren();
  box().setAttribute('aria-expanded', 'false');
  box().removeAttribute('aria-activedescendant');
}

function show(found) {
  const list = listbox();
  if (found.length === 0) { close(); return; }
  let group = '';
  list.replaceChildren(...found.flatMap((one, i) => {
    const parts = [];
    if (one.group !== group) {
      group = one.group;
      const head = document.createElement('div');
      head.className = 'group';
      head.textContent = group;
      head.setAttribute('role', 'presentation');
      parts.push(head);
    }
    const option = document.createElement('div');
    option.id = `suggestion-${i}`;
    option.setAttribute('role', 'option');
    option.setAttribute('aria-selected', 'false');
    option.dataset.link = one.link;
    const text = document.createElement('span');
    text.textContent = one.text;
    const note = document.createElement('span');
    note.className = 'n';
    note.textContent = one.note || '';
    option.append(text, note);
    return [...parts, option];
  }));
  list.hidden = false;
  box().setAttribute('aria-expanded', 'true');
}

async function suggest() {
  const input = box();
  const text = input.value.trim();
  asked?.abort();
  const own = savedLike(text);
  if (text === '') { show(own); return; }
  asked = new AbortController();
  try {
    const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal: asked.signal, headers: { Accept: 'application/json' } });
    if (answer.ok && document.activeElement === input) show([...own, ...await answer.json()]);
  } catch (error) {
    if (error.name !== 'AbortError') close();
  }
}

function move(by) {
  const options = $$('[role=option]', listbox());
  if (options.length === 0) return;
  const at = options.findIndex((o) => o.getAttribute('aria-selected') === 'true');
  if (at >= 0) options[at].setAttribute('aria-selected', 'false');
  const next = at + by;
  if (next < 0 || next >= options.length) { box().removeAttribute('aria-activedescendant'); return; }
  options[next].setAttribute('aria-selected', 'true');
  options[next].scrollIntoView({ block: 'nearest' });
  box().setAttribute('aria-activedescendant', options[next].id);
}

document.addEventListener('input', (event) => {
  if (event.target.id !== 'q' || event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(suggest, 120);
});
document.addEventListener('compositionend', (event) => { if (event.target.id === 'q') { clearTimeout(timer); timer = setTimeout(suggest, 120); } });
document.addEventListener('focusout', (event) => { if (event.target.id === 'q') setTimeout(close, 150); });
document.addEventListener('mousedown', (event) => {
  const option = event.target.closest?.('#suggestions [role=option]');
  if (option) { event.preventDefault(); location.assign(option.dataset.link); }
});
document.addEventListener('submit', () => { clearTimeout(timer); asked?.abort(); close(); });

// ---- Hits by keyboard ----
function hits() { return $$('[data-hit]'); }
function chosen() { return $('[data-hit].chosen'); }

function choose(hit) {
  chosen()?.classList.remove('chosen');
  hit.classList.add('chosen');
  hit.scrollIntoView({ block: 'nearest' });
  preview(hit);
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const inBox = event.target.id === 'q';
  if (inBox && !listbox().hidden) {
    const option = $('[aria-selected=true]', listbox());
    if (event.key === 'ArrowDown') { move(1); event.preventDefault(); return; }
    if (event.key === 'ArrowUp') { move(-1); event.preventDefault(); return; }
    if (event.key === 'Escape') { close(); event.preventDefault(); return; }
    if (event.key === 'Enter' && option) { event.preventDefault(); location.assign(option.dataset.link); return; }
  }
  const typing = event.target.matches?.('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !typing) { box()?.focus(); box()?.select(); event.preventDefault(); return; }
  if (event.key === 'Escape' && inBox) { box().blur(); return; }
  if (typing && !(inBox && event.key === 'ArrowDown')) return;
  const list = hits();
  if (list.length === 0) return;
  const at = list.indexOf(chosen());
  if (event.key === 'ArrowDown' || event.key === 'j') {
    if (inBox) box().blur();
    choose(list[Math.min(at + 1, list.length - 1)]);
    event.preventDefault();
  } else if ((event.key === 'ArrowUp' || event.key === 'k') && at >= 0) {
    if (at === 0) { chosen().classList.remove('chosen'); box()?.focus(); } else choose(list[at - 1]);
    event.preventDefault();
  } else if (event.key === 'Enter' && at >= 0 && !event.target.closest?.('a, button, summary')) {
    $('a.open', list[at])?.click();
    event.preventDefault();
  }
});

document.addEventListener('click', (event) => {
  const hit = event.target.closest?.('[data-hit]');
  if (hit && !event.target.closest('a, button') && String(getSelection()) === '') choose(hit);
});

// A hit that the pointer rests on shows its page as well.
let resting = 0;
document.addEventListener('pointerover', (event) => {
  clearTimeout(resting);
  const hit = event.pointerType === 'mouse' && event.target.closest?.('[data-hit]');
  if (!hit || hit === chosen()) return;
  resting = setTimeout(() => {
    chosen()?.classList.remove('chosen');
    hit.classList.add('chosen');
    preview(hit);
  }, 250);
});

// ---- The page of the PDF ----
let viewer = null; // the module, once it is wanted

async function preview(hit) {
  const pane = $('[data-preview]');
  if (!pane || getComputedStyle(pane).display === 'none') return;
  const say = (text) => { const p = document.createElement('p'); p.className = 'note hint'; p.textContent = text; pane.replaceChildren(p); };
  if (!hit.dataset.pdf) { say(pane.dataset.noRight); return; }
  if (!pane.querySelector('[data-sheet]')) say(pane.dataset.loading);
  try {
    viewer ??= await import($('#find').dataset.viewer);
    if (chosen() !== hit) return;
    await viewer.showPage(pane, { url: hit.dataset.pdf, page: Number(hit.dataset.page) || 1, box: hit.dataset.box });
  } catch (error) {
    console.error(error);
    if (chosen() === hit) say(pane.dataset.failed);
  }
}

// ---- Saved searches, in this browser ----
const shelf = 'yusuan-saved';

function saved() {
  try {
    const list = JSON.parse(localStorage.getItem(shelf) ?? '[]');
    return Array.isArray(list) ? list.filter((one) => typeof one?.name === 'string' && /^\/(figures)?\?/.test(one.link)) : [];
  } catch { return []; }
}
function keep(list) { try { localStorage.setItem(shelf, JSON.stringify(list.slice(0, 100))); } catch { /* no room, or not allowed */ } }
function savedLike(text) {
  const group = $('[data-saved] h2')?.textContent ?? '★';
  return saved().filter((one) => one.name.includes(text)).slice(0, 5).map((one) => ({ group, text: one.name, link: one.link }));
}

function showSaved() {
  $$('[data-save]').forEach((button) => { button.hidden = false; });
  const part = $('[data-saved]');
  if (!part) return;
  const list = saved();
  part.hidden = list.length === 0;
  $('ul', part).replaceChildren(...list.map((one) => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = one.link;
    link.textContent = one.name;
    const drop = document.createElement('button');
    drop.type = 'button';
    drop.className = 'plain';
    drop.textContent = '×';
    drop.setAttribute('aria-label', `× ${one.name}`);
    drop.addEventListener('click', () => { keep(saved().filter((other) => other.link !== one.link)); showSaved(); });
    item.append(link, ' ', drop);
    return item;
  }));
}
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-save]');
  if (!button) return;
  const link = location.pathname + location.search;
  const name = prompt(button.dataset.save, box()?.value || document.title);
  if (!name) return;
  keep([{ name: name.slice(0, 200), link }, ...saved().filter((one) => one.link !== link)]);
  button.textContent = '✓';
});

function begin() {
  showSaved();
  const narrow = $('[data-narrow]');
  if (narrow && matchMedia('(max-width: 760px)').matches) narrow.open = false;
}
begin();
document.addEventListener('htmx:load', begin);
