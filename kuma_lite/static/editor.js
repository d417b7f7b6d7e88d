// The form in which a page is written, for people with JavaScript: a toolbar, shortcuts, a preview that
// follows. Without it the same form works by its plain buttons.
import * as typing from './typing.js';
import {keepDrafts, showOthers} from './drafts.js';
import {PageLinks} from './linking.js';

const PAUSE = 400;      // milliseconds without typing after which the preview follows
const isMac = navigator.platform.startsWith('Mac');
const form = document.querySelector('#edit-form');
const field = form.querySelector('[data-editor]');
const saveButton = form.querySelector('button:not([type=button], [formaction])');
const previewButton = form.querySelector('[formaction="/preview"]');

// Name, the key that does the same with Ctrl, what it does, and its picture: strokes on a field of 20 × 20.
const TOOLS = [
  ['Bold', 'b', () => typing.mark(field, '**', 'bold'),
    'M6 4h5a3 3 0 0 1 0 6H6zM6 10h6a3 3 0 0 1 0 6H6zM6.8 4v12'],
  ['Italic', 'i', () => typing.mark(field, '*', 'italic'), 'M9 4h6M5 16h6M12 4L8 16'],
  ['Code', '', () => typing.code(field), 'M7 5l-5 5 5 5M13 5l5 5-5 5'],
  ['Link', 'k', () => typing.link(field),
    'M8 12l4-4M9 6l2-2a3 3 0 0 1 5 5l-2 2M11 14l-2 2a3 3 0 0 1-5-5l2-2'],
  ['Link to a page of this wiki', '', () => typing.wikiLink(field), 'M7 4H4v12h3M13 4h3v12h-3M8 10h4'],
  ['Heading', '', () => typing.lines(field, typing.HEADING), 'M5 4v12M15 4v12M5 10h10'],
  ['List', '', () => typing.lines(field, typing.BULLETS),
    'M8 5h9M8 10h9M8 15h9M3.5 5h.01M3.5 10h.01M3.5 15h.01'],
  ['Numbered list', '', () => typing.lines(field, typing.NUMBERS),
    'M9 5h8M9 10h8M9 15h8M3 4l1.3-.7V8M3 12.5h2.2L3 16.5h2.4'],
  ['List of tasks', '', () => typing.lines(field, typing.TASKS), 'M3 3h14v14H3zM6.5 10l2.5 2.5L14 7'],
  ['Quote', '', () => typing.lines(field, typing.QUOTE), 'M4 4v12M8 6h9M8 10h9M8 14h6'],
  ['Table', '', () => typing.table(field), 'M3 4h14v12H3zM3 8h14M3 12h14M8 4v12'],
];

function toolbar() {
  const bar = document.createElement('div');
  bar.className = 'toolbar';
  bar.setAttribute('role', 'toolbar');
  bar.setAttribute('aria-label', 'Marks for the text');
  bar.setAttribute('aria-controls', field.id);
  bar.append(...TOOLS.map(tool));
  bar.addEventListener('keydown', (event) => walk(bar, event));
  bar.children[0].tabIndex = 0;
  return bar;
}

function tool([name, key, act, picture]) {
  const button = document.createElement('button');
  button.type = 'button';
  button.tabIndex = -1;         // one stop for the Tab key; inside, the arrows walk
  button.title = key ? `${name} (${isMac ? '⌘' : 'Ctrl+'}${key.toUpperCase()})` : name;
  button.setAttribute('aria-label', name);
  if (key) button.setAttribute('aria-keyshortcuts', `${isMac ? 'Meta' : 'Control'}+${key.toUpperCase()}`);
  button.innerHTML = `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="${picture}"/></svg>`;
  button.addEventListener('click', act);
  return button;
}

function walk(bar, event) {
  const buttons = [...bar.children], at = buttons.indexOf(document.activeElement);
  const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1}[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  const next = buttons.at(to % buttons.length);
  buttons.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
  next.focus();
}

// Shortcuts, wherever in the form one is.

function shortcut(event) {
  if (!(isMac ? event.metaKey : event.ctrlKey) || event.altKey || event.isComposing) return;
  const act = event.shiftKey ? {p: togglePreview}[letter(event)] : plainShortcut(event);
  if (!act) return;
  event.preventDefault();
  act();
}

function plainShortcut(event) {
  if (event.key === 'Enter' || letter(event) === 's') return () => form.requestSubmit(saveButton);
  const found = event.target === field && TOOLS.find(([, key]) => key && key === letter(event));
  return found && found[2];
}

// The letter on the key: that of a Latin keyboard where the own one writes others.
function letter(event) {
  return /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace(/^Key/, '').toLowerCase();
}

// Lists. Who goes through the page by the Tab key leaves the text with Escape first.

let leaves = false;

function keyInText(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.key === 'Shift') return;
  if (event.key === 'Enter' && !event.shiftKey) typing.goOn(event);
  if (event.key === 'Tab' && !leaves) typing.setIn(event);
  leaves = event.key === 'Escape';
}

// The preview: what the plain button shows on a new page, beside the text.

const preview = document.querySelector('#preview');
let timer, asking;

function togglePreview() {
  const opens = previewButton.getAttribute('aria-pressed') !== 'true';
  previewButton.setAttribute('aria-pressed', opens);
  document.body.classList.toggle('with-preview', opens);
  preview.hidden = !opens;
  if (opens) showPreview().then(() => preview.scrollIntoView({block: 'nearest'}));
}

function previewLater() {
  clearTimeout(timer);
  if (!preview.hidden) timer = setTimeout(showPreview, PAUSE);
}

async function showPreview() {
  asking?.abort();
  asking = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  try {
    const headers = {Accept: 'application/json'};       // for a refusal; what can be shown comes as a page
    const answer = await fetch('/preview', {method: 'POST', body, headers, signal: asking.signal});
    if (/json/.test(answer.headers.get('Content-Type'))) say((await answer.json()).error);
    else show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch (error) {
    if (error.name !== 'AbortError') say('The preview cannot be made just now: the wiki does not answer.');
  }
}

function show(page) {
  const prose = page.querySelector('#preview .prose'), {scrollTop} = preview;
  const refusal = page.querySelector('[role=alert]');
  if (!prose) return say(refusal ? refusal.textContent.trim() : 'There is no preview of this.');
  preview.replaceChildren(prose);
  preview.scrollTop = scrollTop;
}

function say(sentence) {
  const words = document.createElement('p');
  words.className = 'error';
  words.textContent = sentence;
  preview.querySelector('.error')?.remove();
  preview.prepend(words);
}

function arrange() {
  const panes = document.createElement('div');
  panes.className = 'panes';
  field.before(toolbar(), panes);
  panes.append(field, preview);
  preview.hidden = true;
  preview.tabIndex = 0;
  preview.setAttribute('role', 'region');
  preview.setAttribute('aria-label', 'Preview');
  previewButton.setAttribute('aria-pressed', 'false');
  previewButton.title = `${isMac ? '⇧⌘' : 'Ctrl+Shift+'}P`;
  saveButton.title = `${isMac ? '⌘' : 'Ctrl+'}S`;
  const hint = document.getElementById(field.getAttribute('aria-describedby'));
  hint?.append(' In a list, Tab sets an item in; to leave the text with Tab, press Escape first.');
}

arrange();
new PageLinks(field);       // before the other keys of the text: while its list is open, some are its own
form.addEventListener('keydown', shortcut);
field.addEventListener('keydown', keyInText);
form.addEventListener('input', previewLater);
previewButton.addEventListener('click', (event) => { event.preventDefault(); togglePreview(); });
keepDrafts(form);
showOthers(form);
