// The site works without this. It replaces what a task is still preparing, asks before a page with
// unsaved text is left, opens branches of the tree in place, and marks in the contents what is being read.
'use strict';

const FIRST_WAIT = 500;       // milliseconds; each wait is twice the one before
const LONGEST_WAIT = 16000;

async function refresh(element, wait) {
  if (wait > LONGEST_WAIT || !element.isConnected) return;
  const answer = await fetch(element.dataset.refresh, {headers: {Accept: 'text/html'}});
  if (answer.status === 200) {
    show(element, await answer.text(), wait);
  } else if (answer.status === 204) {     // not ready yet
    later(element, wait * 2);
  }
}

// A part with an id may be sent within its whole page, and may still be unfinished.
function show(element, html, wait) {
  const part = element.id && new DOMParser().parseFromString(html, 'text/html').getElementById(element.id);
  if (!part) {
    element.outerHTML = html;
    return;
  }
  element.replaceWith(part);
  if (part.dataset.refresh) later(part, Math.min(wait * 2, 4000));
}

function later(element, wait) {
  setTimeout(() => refresh(element, wait).catch(() => {}), wait);
}

// data-guard is "changed" from the start where the server sent back text that is not saved. drafts.js
// makes it "kept".
function guard(form) {
  form.addEventListener('input', () => { form.dataset.guard = 'changed'; });
  form.addEventListener('submit', () => { form.dataset.guard = 'sent'; });
  addEventListener('beforeunload', (event) => { if (form.dataset.guard === 'changed') event.preventDefault(); });
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (event.key === 'Escape') menu.querySelector('summary').focus();
    if (event.key === 'Escape' || (event.type === 'click' && !menu.contains(event.target))) menu.open = false;
  }
}

// A branch that was too large to be sent is on a page of its own: show what that page shows.
async function fill(branch) {
  const link = branch.querySelector(':scope > p > a[data-part]');
  if (!branch.open || !link) return;
  const answer = await fetch(link.href);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const part = page.querySelector('div[data-part]');
  if (part && link.isConnected) link.parentElement.replaceWith(...part.children);
}

function markWhatIsRead(contents) {
  const links = [...contents.querySelectorAll('a')];
  const heading = (link) => document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const mark = () => {
    const read = links.findLast((link) => heading(link)?.getBoundingClientRect().top < innerHeight / 4);
    if (contents.querySelector('[aria-current]') === (read ?? null)) return;
    links.forEach((link) => link.removeAttribute('aria-current'));
    read?.setAttribute('aria-current', 'true');
    contents.scrollTop = read ? read.offsetTop - contents.clientHeight / 2 : 0;
  };
  addEventListener('scroll', () => requestAnimationFrame(mark), {passive: true});
  mark();
}

// The text is the same for everybody; whoever may edit it gets a link at each heading that stands by itself.
function offerSections(text) {
  for (const heading of text.querySelectorAll(':scope > :is(h1, h2, h3, h4, h5, h6)[id]')) {
    const link = document.createElement('a');
    link.className = 'edit-section';
    link.href = `${text.dataset.edit}?section=${encodeURIComponent(heading.id)}`;
    link.textContent = 'Edit';
    link.setAttribute('aria-label', `Edit the section “${heading.textContent.trim()}”`);
    heading.append(link);
  }
}

// What scrolls sideways can be scrolled by keyboard, too.
function reachByKeyboard(part) {
  if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
}

// On paper, addresses stand behind the words of links; not behind themselves.
function markBareAddress(link) {
  const bare = (address) => address.replace(/^https?:\/\//, '').replace(/\/$/, '');
  if (bare(link.textContent) === bare(link.getAttribute('href'))) link.dataset.bare = '';
}

// What was sent from this tab, see drafts.js, is saved: its page says so.
function forgetSaved() {
  for (const name of Object.keys(sessionStorage)) {
    if (!name.startsWith(`kuma-draft ${location.pathname} `)) continue;
    const draft = JSON.parse(localStorage.getItem(name));
    if (draft && draft.at === Number(sessionStorage.getItem(name))) localStorage.removeItem(name);
    sessionStorage.removeItem(name);
  }
}

try {
  if (document.querySelector('.flash')) forgetSaved();
} catch { /* a browser that keeps nothing */ }
document.querySelectorAll('.prose :is(pre, table)').forEach(reachByKeyboard);
document.querySelectorAll('.prose a[href^="http"]').forEach(markBareAddress);
document.querySelectorAll('[data-refresh]').forEach((element) => later(element, FIRST_WAIT));
document.querySelectorAll('form[data-guard]').forEach(guard);
document.querySelectorAll('[data-edit]:not([data-edit=""])').forEach(offerSections);
document.querySelectorAll('nav.panel.toc').forEach(markWhatIsRead);
document.addEventListener('toggle', (event) => fill(event.target).catch(() => {}), true);
addEventListener('click', closeMenus);
addEventListener('keydown', closeMenus);
