// The list of revisions works without this. It shows in place what a revision has changed.
'use strict';

async function show(link, row) {
  const answer = await fetch(link.href);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const part = page.querySelector('[data-part=changes]');
  if (!part) throw new Error('there is nothing to show');
  row.querySelector('[data-part=changes]')?.remove();
  row.append(part);
  link.setAttribute('aria-expanded', 'true');
}

function toggle(event) {
  const link = event.target.closest('a[data-opens]');
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const row = link.closest('li');
  if (link.getAttribute('aria-expanded') === 'true') {
    row.querySelector('[data-part=changes]').remove();
    link.setAttribute('aria-expanded', 'false');
  } else {
    show(link, row).catch(() => { location.href = link.href; });
  }
}

document.querySelectorAll('a[data-opens]').forEach((link) => link.setAttribute('aria-expanded', 'false'));
addEventListener('click', toggle);
