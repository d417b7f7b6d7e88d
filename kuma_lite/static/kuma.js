// The site works without this. It replaces what a task is still preparing, and asks before
// a page with unsaved text is left.
'use strict';

const FIRST_WAIT = 500;       // milliseconds; each wait is twice the one before
const LONGEST_WAIT = 16000;

async function refresh(element, wait) {
  if (wait > LONGEST_WAIT || !element.isConnected) return;
  const answer = await fetch(element.dataset.refresh, {headers: {Accept: 'text/html'}});
  if (answer.status === 200) {
    element.outerHTML = await answer.text();
  } else if (answer.status === 204) {     // not ready yet
    later(element, wait * 2);
  }
}

function later(element, wait) {
  setTimeout(() => refresh(element, wait).catch(() => {}), wait);
}

function guard(form) {
  let changed = form.dataset.guard === 'changed';    // the server sent back text that is not saved
  form.addEventListener('input', () => { changed = true; });
  form.addEventListener('submit', () => { changed = false; });
  addEventListener('beforeunload', (event) => { if (changed) event.preventDefault(); });
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (event.key === 'Escape') menu.querySelector('summary').focus();
    if (event.key === 'Escape' || (event.type === 'click' && !menu.contains(event.target))) menu.open = false;
  }
}

document.querySelectorAll('[data-refresh]').forEach((element) => later(element, FIRST_WAIT));
document.querySelectorAll('form[data-guard]').forEach(guard);
addEventListener('click', closeMenus);
addEventListener('keydown', closeMenus);
