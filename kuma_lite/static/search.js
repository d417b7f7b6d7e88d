// Suggests titles while somebody types into a search box: the combobox pattern of WAI-ARIA. Without this,
// the box is a plain form.
'use strict';

const PAUSE = 120;            // milliseconds without a key, after which the wiki is asked

function give(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

class Suggestions {
  constructor(form, number) {
    this.form = form;
    this.input = form.elements.q;
    this.list = document.createElement('ul');
    this.list.id = `suggestions-${number}`;
    this.said = document.createElement('span');
    this.prepare();
    this.input.addEventListener('input', () => this.later());
    this.input.addEventListener('keydown', (event) => this.key(event));
    this.input.addEventListener('blur', () => this.close());
    this.list.addEventListener('mousedown', (event) => this.press(event));
  }

  prepare() {
    give(this.list, {class: 'suggestions', role: 'listbox', 'aria-label': 'Pages', hidden: ''});
    give(this.said, {class: 'visually-hidden', role: 'status'});
    give(this.input, {role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': false,
                      'aria-controls': this.list.id});
    this.form.append(this.list, this.said);
  }

  later() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.timer = setTimeout(() => this.ask().catch(() => {}), PAUSE);     // aborted, or no answer: none shown
  }

  async ask() {
    const typed = this.input.value.trim();
    if (!typed) return this.close();
    this.asking = new AbortController();
    const address = `${this.form.dataset.suggest}?${new URLSearchParams({q: typed})}`;
    const answer = await fetch(address, {signal: this.asking.signal, headers: {Accept: 'application/json'}});
    if (answer.ok) this.show((await answer.json()).pages);
  }

  show(pages) {
    this.list.replaceChildren(...pages.map((page, number) => this.option(page, number)));
    this.said.textContent = pages.length === 1 ? '1 page' : `${pages.length} pages`;
    this.open(pages.length > 0 && document.activeElement === this.input);
  }

  option(page, number) {
    const option = document.createElement('li');
    give(option, {id: `${this.list.id}-${number}`, role: 'option', 'aria-selected': false,
                  'data-address': page.address});
    option.textContent = page.title;
    if (page.path.replaceAll('_', ' ') !== page.title) {
      const path = document.createElement('small');
      path.textContent = page.path.replaceAll('_', ' ').replaceAll('/', ' / ');
      option.append(' ', path);
    }
    return option;
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    give(this.input, {'aria-expanded': isOpen});
    this.select(-1);
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.open(false);
  }

  select(number) {
    const options = [...this.list.children];
    options.forEach((option, at) => give(option, {'aria-selected': at === number}));
    this.selected = options[number];
    this.selected?.scrollIntoView({block: 'nearest'});
    give(this.input, {'aria-activedescendant': this.selected?.id ?? ''});
  }

  move(step) {
    const places = this.list.children.length + 1;      // one of them is the box itself
    const at = [...this.list.children].indexOf(this.selected) + 1;
    this.select((at + step + places) % places - 1);
  }

  key(event) {
    if (this.list.hidden || event.isComposing) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step) this.move(step);
    else if (event.key === 'Escape') this.close();
    else if (event.key === 'Enter' && this.selected) location.assign(this.selected.dataset.address);
    else return;
    event.preventDefault();
  }

  press(event) {
    event.preventDefault();       // or the box loses the focus, and the list goes before it is clicked
    const option = event.target.closest('[role=option]');
    if (option && event.button === 0) location.assign(option.dataset.address);
  }
}

function focusOnSlash(event) {
  const isTyping = event.target.closest('input, textarea, select, [contenteditable]');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = document.querySelector('form[data-suggest] input');
  if (box) {
    box.focus();
    event.preventDefault();
  }
}

document.querySelectorAll('form[data-suggest]').forEach((form, number) => new Suggestions(form, number));
addEventListener('keydown', focusOnSlash);
