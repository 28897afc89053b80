// What every page does: it says that there is script, and leads back to where the visitor is.
document.documentElement.classList.add('script');

// The links of the settings lead back to the page as it is now: its address may have changed without a new page.
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href^="/settings?"]');
  if (!link) return;
  const url = new URL(link.href);
  url.searchParams.set('back', location.pathname + location.search);
  link.href = url.pathname + url.search;
});

// Fields that were left empty are not asked for.
document.addEventListener('htmx:configRequest', (event) => {
  const fields = event.detail.parameters;
  for (const name of Object.keys(fields)) {
    const values = [].concat(fields[name]).filter((value) => value !== '');
    if (values.length === 0) delete fields[name];
    else fields[name] = values.length === 1 ? values[0] : values;
  }
});
document.addEventListener('formdata', (event) => {
  for (const name of [...event.formData.keys()]) {
    const values = event.formData.getAll(name).filter((value) => value !== '');
    event.formData.delete(name);
    values.forEach((value) => event.formData.append(name, value));
  }
});

document.addEventListener('change', (event) => {
  if (event.target.matches?.('[data-submit]')) event.target.form.requestSubmit();
});

// Lists that show their first values have a button for the rest.
function unfold(root) {
  root.querySelectorAll('[data-more]').forEach((button) => { button.hidden = false; });
}
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-more]');
  if (!button) return;
  button.parentElement.classList.add('all');
  button.hidden = true;
});
unfold(document);
document.addEventListener('htmx:load', (event) => unfold(event.detail.elt));
