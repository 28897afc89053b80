// Ingest and ledger: files are sent one after the other with their progress, what becomes of each is shown as it happens. Without it the forms
// still work.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// ---- Ledger: all at once, and a question before anything is dropped ----
const all = $('[data-all]');
if (all) {
  all.hidden = false;
  $('[data-all-word]').hidden = false;
  all.addEventListener('change', () => $$('[data-letters] tbody input[type=checkbox]').forEach((box) => { box.checked = all.checked; }));
}
document.addEventListener('submit', (event) => {
  const sure = event.submitter?.dataset.sure;
  if (sure && !confirm(sure)) event.preventDefault();
});

// ---- What comes in ----
const table = $('[data-words]');
const rows = $('[data-rows]');
const words = table ? JSON.parse(table.dataset.words) : {};
const word = (group, key) => words[`${group}.${key}`] ?? key;
const maxRows = 500; // that are shown
const following = new Map(); // files handed in here: their state by id
const again = new Set(); // those of them that were there already: the ledger says what became of them

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function stateCell(state, note) {
  const cell = element('td', 'nowrap');
  cell.append(element('span', `filestate ${state}`, state === 'sending' ? word('live', 'sending') : word('filestate', state)));
  if (note) cell.append(element('span', 'sub', note));
  return cell;
}

// showJob puts a job into its row, or into a new one on top.
function showJob(job) {
  const state = job.state;
  let row = rows.querySelector(`[data-job="${CSS.escape(job.id)}"]`);
  if (!row) {
    row = element('tr', 'new');
    row.dataset.job = job.id;
    rows.prepend(row);
    $('[data-none]')?.remove();
    while (rows.children.length > maxRows) rows.lastElementChild.remove();
  }
  row.dataset.state = state;
  const file = element('td', 'file');
  const link = element('a', '', job.file_name || job.url || job.id);
  link.href = `/ledger/${encodeURIComponent(job.id)}`;
  file.append(link);
  if (job.disclosure_id && state !== 'queued' && state !== 'working') {
    const open = element('a', 'sub', word('live', 'open'));
    open.href = `/disclosures/${encodeURIComponent(job.disclosure_id)}`;
    file.append(' ', open);
  }
  const why = element('td', 'why');
  const code = job.code || (state === 'failed' ? 'failed' : '');
  if (code) {
    why.append(element('strong', '', word('code', code)));
    if (job.page) why.append(' ', element('span', 'nowrap', table.dataset.pageWord.replace('0', job.page)));
    if (words[`todo.${code}`]) why.append(element('span', 'sub', words[`todo.${code}`]));
  } else why.textContent = words[`todo.${state}`] ?? job.message ?? '';
  const deeds = element('td');
  if (['rejected', 'needs-ocr', 'failed'].includes(state) && !job.dropped) {
    const button = element('button', 'plain', word('live', 'retry'));
    button.type = 'button';
    button.dataset.retry = job.id;
    deeds.append(button);
  }
  row.replaceChildren(stateCell(state, again.has(job.id) ? word('live', 'again') : ''), file, why, element('td', 'num', job.pages ? String(job.pages) : ''), deeds);
  if (following.has(job.id)) { following.set(job.id, state); showSum(); }
}

// ---- Changes as they happen ----
let wanted = new Map(); // the last of each job since the last frame
function hear(job) {
  if (wanted.size === 0) requestAnimationFrame(() => { const list = wanted; wanted = new Map(); list.forEach(showJob); });
  wanted.set(job.id, job);
}

async function resync() { // some changes were lost: ask for the files that are not done
  for (const [id, state] of following) {
    if (['queued', 'working'].includes(state)) ask(id);
  }
  try {
    const answer = await fetch('/api/v1/jobs?order=newest&limit=30', { headers: { Accept: 'application/json' } });
    if (answer.ok) (await answer.json()).jobs.reverse().forEach(hear);
  } catch { /* the next sign of life tries again */ }
}
async function ask(id) {
  try {
    const answer = await fetch(`/api/v1/jobs/${encodeURIComponent(id)}`, { headers: { Accept: 'application/json' } });
    if (answer.ok) hear(await answer.json());
  } catch { /* as above */ }
}

// Files that are not done are asked for now and then as well: an event may have come before this page listened.
const askAtOnce = 20;
setInterval(() => {
  if (document.hidden || !rows) return;
  $$('[data-state="queued"], [data-state="working"]', rows).slice(-askAtOnce).forEach((row) => ask(row.dataset.job));
}, 3000);

const live = $('[data-live]');
if (live && rows) {
  const events = new EventSource(live.dataset.events);
  const say = (on) => { live.classList.toggle('on', on); live.textContent = on ? live.dataset.yes : live.dataset.no; };
  events.addEventListener('open', () => { say(true); resync(); });
  events.addEventListener('error', () => say(false));
  events.addEventListener('job', (event) => hear(JSON.parse(event.data)));
  events.addEventListener('resync', resync);
  addEventListener('pagehide', () => events.close());
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest?.('[data-retry]');
  if (!button || !rows) return;
  event.preventDefault();
  button.disabled = true;
  const answer = await fetch(`/api/v1/jobs/${encodeURIComponent(button.dataset.retry)}/retry`, { method: 'POST', headers: { Accept: 'application/json' } });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) { following.set(said.id, said.state); hear(said); } else { button.disabled = false; button.after(element('span', 'sub wrong', said.detail ?? String(answer.status))); }
});

// ---- Sending ----
const form = $('#files');
const waiting = [];
let sending = 0;
const sum = { refused: 0, other: 0 };

function showSum() {
  const part = $('[data-progress]');
  const states = [...following.values()];
  const open = states.filter((s) => s === 'queued' || s === 'working').length;
  const unread = states.filter((s) => ['rejected', 'needs-ocr', 'failed'].includes(s)).length + sum.refused;
  const total = states.length + waiting.length + sending + sum.refused;
  if (total + sum.other === 0) return;
  const done = states.length - open + sum.refused;
  const other = $('[data-other]', part);
  other.hidden = sum.other === 0;
  other.textContent = other.dataset.other.replace('0', sum.other);
  part.hidden = false;
  $('[data-bar]', part).max = total;
  $('[data-bar]', part).value = done;
  const numbers = [total, done - unread, unread];
  const label = $('[data-sum]', part);
  label.textContent = label.dataset.word.replace(/0/g, () => String(numbers.shift()));
}

function take(files) {
  for (const file of files) if (/\.pdf$/i.test(file.name) || file.type === 'application/pdf') waiting.push(file); else sum.other++;
  showSum();
  next();
}

function next() {
  while (sending < 2 && waiting.length > 0) send(waiting.shift());
}

function claims() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string' && value !== '') query.set(name, value);
  return query;
}

function send(file) {
  sending++;
  const row = element('tr', 'new');
  const name = element('td', 'file', file.webkitRelativePath || file.name);
  const why = element('td', 'why');
  row.append(stateCell('sending', '0 %'), name, why, element('td', 'num'), element('td'));
  rows.prepend(row);
  $('[data-none]')?.remove();
  const query = claims();
  query.set('file_name', file.name);
  const request = new XMLHttpRequest(); // fetch does not tell how far it is
  request.open('POST', `${form.dataset.upload}?${query}`);
  request.setRequestHeader('Content-Type', 'application/pdf');
  request.setRequestHeader('Accept', 'application/json');
  request.responseType = 'json';
  request.upload.addEventListener('progress', (event) => {
    if (event.lengthComputable) row.firstElementChild.replaceWith(stateCell('sending', `${Math.round((100 * event.loaded) / event.total)} %`));
  });
  request.addEventListener('loadend', () => {
    sending--;
    const job = request.response?.jobs?.[0];
    if (request.status === 202 && job) {
      row.remove();
      const there = job.state === 'unchanged';
      if (!following.has(job.id)) following.set(job.id, there ? 'queued' : job.state);
      if (there) again.add(job.id);
      else if (!['queued', 'working'].includes(following.get(job.id))) job.state = following.get(job.id); // it was read before this answer came
      if (there) ask(job.id);
      else if (rows.querySelector(`[data-job="${CSS.escape(job.id)}"]`) && job.state === 'queued') ask(job.id); else hear(job);
    } else if (request.status === 503 && request.getResponseHeader('Retry-After')) {
      row.remove();
      waiting.unshift(file);
      setTimeout(next, 1000 * Number(request.getResponseHeader('Retry-After')));
      showSum();
      return;
    } else {
      sum.refused++;
      row.firstElementChild.replaceWith(stateCell('failed', word('live', 'refused')));
      why.textContent = request.response?.detail ?? String(request.status || '…');
    }
    showSum();
    next();
  });
  request.send(file);
}

async function filesOf(entry) { // of a folder that was dropped, and of those in it
  if (entry.isFile) return [await new Promise((done, fail) => { entry.file(done, fail); })];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const part = await new Promise((done, fail) => { reader.readEntries(done, fail); });
    if (part.length === 0) return found;
    for (const one of part) found.push(...await filesOf(one));
  }
}

if (form) {
  const zone = $('[data-drop]', form);
  $('[data-folder]', form).hidden = false;
  ['dragenter', 'dragover'].forEach((kind) => zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add('over'); }));
  ['dragleave', 'drop'].forEach((kind) => zone.addEventListener(kind, () => zone.classList.remove('over')));
  zone.addEventListener('drop', async (event) => {
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [...event.dataTransfer.files];
    const lists = files.filter((file) => /\.(txt|csv)$/i.test(file.name));
    if (lists.length > 0) $('#list').value = (await Promise.all(lists.map((file) => file.text()))).join('\n');
    const found = entries.length > 0 ? (await Promise.all(entries.map(filesOf))).flat() : files;
    take(found.filter((file) => !lists.some((list) => list.name === file.name && list.size === file.size)));
  });
  $$('input[type=file]', form).forEach((input) => input.addEventListener('change', () => { take([...input.files]); input.value = ''; }));
}
