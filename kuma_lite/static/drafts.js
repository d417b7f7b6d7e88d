// What is typed and not saved yet is kept: on the server for people with an account, in the browser for
// others; and who else is editing is asked for again and again.

const PAUSE = 2000;         // milliseconds without typing after which a draft is kept
const LONGEST = 5000;       // and after which it is, however steadily somebody types
const AGAIN = 10000;        // until the next try when that failed
const BEAT = 30000;         // between two signs that the form is still open
const SMALL = 60000;        // bytes that a browser sends while the page goes
const HOLD = 14 * 24 * 3600 * 1000;     // for which a draft stays in the browser

export function keepDrafts(form) {
  const button = form.querySelector('[data-keep]');
  const status = document.createElement('span');
  status.className = 'hint';
  status.setAttribute('role', 'status');
  (button || form.querySelector('button:not([type=button])')).parentElement.append(status);
  const {page, section, person} = form.dataset, name = `kuma-draft ${page} ${section} ${person}`;
  keepWhatIsSent(form, name);
  if (button) keepOnServer(form, button, status);
  else keepInBrowser(form, name, status);
}

// Calls `keep` in a while, or when nothing has been typed for a while.
function timerOf(keep) {
  let timer, first = 0;

  const stop = () => { clearTimeout(timer); first = 0; };
  const later = (wait) => { clearTimeout(timer); timer = setTimeout(() => { stop(); keep(); }, wait); };
  const typed = () => { first ||= Date.now(); later(Math.min(PAUSE, first + LONGEST - Date.now())); };

  return {stop, later, typed};
}

function keepOnServer(form, button, status) {
  const timer = timerOf(keep);
  let sending;

  async function keep() {
    if (sending || form.dataset.guard === 'sent') return;
    const body = fields(form), mine = sending = new AbortController();
    try {
      await report(await send(button.formAction, body, mine.signal), body);
    } catch (error) {
      if (error.name === 'AbortError') return;
      status.textContent = 'Not kept as a draft: the wiki does not answer. It is tried again.';
      timer.later(AGAIN);
    } finally {
      if (sending === mine) sending = null;
    }
  }

  async function report(answer, body) {
    if (!answer.ok) {
      status.textContent = `Not kept as a draft. ${await reason(answer)}`;
      if (answer.status >= 429) timer.later(AGAIN);
    } else if (body === fields(form)) {
      form.dataset.guard = 'kept';
      status.textContent = (await answer.json()).kept ? `Draft kept at ${clock()}.` : '';
    } else {
      timer.later(PAUSE);     // something has been typed meanwhile
    }
  }

  // Nothing older may arrive after what is sent now, and bring a draft back that has gone with its edit.
  function stop() {
    timer.stop();
    sending?.abort();
    sending = null;
  }

  // The page goes out of sight, perhaps for good.
  function keepNow() {
    if (form.dataset.guard !== 'changed') return;
    stop();
    keep();
  }

  form.addEventListener('input', timer.typed);
  form.addEventListener('submit', stop);
  button.addEventListener('click', (event) => {
    event.preventDefault();
    form.dataset.guard = 'changed';
    keepNow();
  });
  document.addEventListener('visibilitychange', () => { if (document.hidden) keepNow(); });
  addEventListener('pagehide', keepNow);
  if (form.dataset.guard === 'changed') timer.later(PAUSE);
}

function fields(form) {
  return new URLSearchParams(new FormData(form)).toString();
}

function send(address, body, signal) {
  const headers = {Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded'};
  return fetch(address, {method: 'POST', body, headers, signal, keepalive: body.length < SMALL});
}

async function reason(answer) {
  try {
    return (await answer.json()).error;
  } catch {
    return '';
  }
}

function clock() {
  return new Date().toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'});
}

// What stays in this browser is offered when the same person opens the form again. It keeps its base, so that
// it is brought together with what others have saved since. What is sent stays, for the wiki may be down; it
// is marked, in this tab: kuma.js takes it away when the page says that it is saved.

const TYPED = ['title', 'content', 'tags', 'comment', 'minor'];
const BASED = ['base', 'seen', 'section'];

function keepWhatIsSent(form, name) {
  mark(name, 0);
  offerOrForget(form, name, stored(name));
  form.addEventListener('submit', () => mark(name, store(name, typedInto(form))));
}

// People without an account: all that they type.
function keepInBrowser(form, name, status) {
  const timer = timerOf(keep);

  function keep() {
    if (form.dataset.guard !== 'changed') return;
    status.textContent = store(name, typedInto(form)) ? 'Kept in this browser until you save it.' : '';
  }

  keep();       // it may have come back unsaved
  form.addEventListener('input', timer.typed);
  form.addEventListener('submit', timer.stop);
  addEventListener('pagehide', keep);
}

function typedInto(form) {
  return Object.fromEntries([...TYPED, ...BASED].map((name) => [name, valueOf(form.elements[name])]));
}

function valueOf(field) {
  return field.type === 'checkbox' ? field.checked : field.value;
}

function typeAgain(form, fields) {
  for (const name of [...TYPED, ...BASED]) {
    const field = form.elements[name];
    if (field.type === 'checkbox') field.checked = fields[name];
    else field.value = fields[name];
  }
  form.querySelector('[data-editor]').dispatchEvent(new Event('input', {bubbles: true}));
}

function offerOrForget(form, name, left) {
  const now = typedInto(form);
  const differs = left?.fields && TYPED.some((field) => left.fields[field] !== now[field]);
  if (!differs || left.at < Date.now() - HOLD) forget(name);
  else if (form.dataset.guard !== 'changed') offer(form, name, left);
}

function offer(form, name, left) {
  const box = document.createElement('div'), words = document.createElement('p');
  box.className = 'notice cluster drafts';
  words.textContent = `You typed something here on ${new Date(left.at).toLocaleString()} and did not save it.`;
  const take = () => typeAgain(form, left.fields);
  box.append(words, choice(box, 'Continue with it', take), choice(box, 'Throw it away', () => forget(name)));
  form.before(box);
}

function choice(box, words, act) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet';
  button.textContent = words;
  button.addEventListener('click', () => { act(); box.remove(); });
  return button;
}

// A browser may refuse all of these.

function stored(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

// When that was, or 0.
function store(name, fields) {
  const at = Date.now();
  try {
    localStorage.setItem(name, JSON.stringify({fields, at}));
    return at;
  } catch {
    return 0;
  }
}

function mark(name, at) {
  try {
    sessionStorage.setItem(name, at);
  } catch { /* it is offered once more, then */ }
}

function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch { /* then nothing is kept either */ }
}

// Who else has the form open.

export function showOthers(form) {
  const others = document.querySelector('#others');
  if (!others) return;
  const beat = () => { if (!document.hidden) ask(form, others).catch(() => {}); };
  setInterval(beat, BEAT);
  document.addEventListener('visibilitychange', beat);
  beat();
}

async function ask(form, others) {
  const body = new URLSearchParams({csrf: form.elements.csrf.value});
  const answer = await fetch(others.dataset.url, {method: 'POST', body});
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const now = page.querySelector('#others');
  if (now && now.textContent !== others.textContent) others.replaceChildren(...now.children);
}
