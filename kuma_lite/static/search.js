// Suggests titles while somebody types into a search box: the combobox pattern of WAI-ARIA. Without this,
// the box is a plain form.
'use strict';

const PAUSE = 120;            // milliseconds without a key, after which the wiki is asked

function give(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

// The list below a field: linking.js, on the form of a page, makes another one of it. What is typed is in
// `query()`, and `take(option)` does what a chosen page is for.
class Suggestions {
  constructor(field, place, address, id) {
    Object.assign(this, {field, address, first: -1});      // which option is selected from the start
    this.list = document.createElement('ul');
    this.said = document.createElement('span');
    give(this.list, {id, class: 'suggestions', role: 'listbox', 'aria-label': 'Pages', hidden: ''});
    give(this.said, {class: 'visually-hidden', role: 'status'});
    give(field, {'aria-autocomplete': 'list', 'aria-controls': id});
    place.append(this.list, this.said);
    field.addEventListener('input', () => this.later());
    field.addEventListener('keydown', (event) => this.key(event));
    field.addEventListener('blur', () => this.close());
    this.list.addEventListener('mousedown', (event) => this.press(event));
  }

  later() {
    this.stop();
    this.timer = setTimeout(() => this.ask().catch(() => {}), PAUSE);     // aborted, or no answer: none shown
  }

  stop() {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  async ask() {
    const typed = this.query();
    if (!typed) return this.close();
    const mine = this.asking = new AbortController();
    const address = `${this.address}?${new URLSearchParams({q: typed})}`;
    const answer = await fetch(address, {signal: mine.signal, headers: {Accept: 'application/json'}});
    const pages = answer.ok ? (await answer.json()).pages : [];
    if (!mine.signal.aborted) this.show(pages);
  }

  show(pages) {
    this.list.replaceChildren(...pages.map((page, number) => this.option(page, number)));
    this.said.textContent = pages.length === 1 ? '1 page' : `${pages.length} pages`;
    this.open(pages.length > 0 && document.activeElement === this.field);
  }

  option(page, number) {
    const option = document.createElement('li');
    give(option, {id: `${this.list.id}-${number}`, role: 'option', 'aria-selected': false,
                  'data-address': page.address, 'data-path': page.path});
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
    this.select(isOpen ? this.first : -1);
  }

  close() {
    this.stop();
    this.open(false);
  }

  select(number) {
    const options = [...this.list.children];
    options.forEach((option, at) => give(option, {'aria-selected': at === number}));
    this.selected = options[number];
    this.selected?.scrollIntoView({block: 'nearest'});
    give(this.field, {'aria-activedescendant': this.selected?.id ?? ''});
  }

  move(step) {
    const places = this.list.children.length + 1;      // one of them is the field itself
    const at = [...this.list.children].indexOf(this.selected) + 1;
    this.select((at + step + places) % places - 1);
  }

  key(event) {
    if (this.list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step) this.move(step);
    else if (event.key === 'Escape') this.close();
    else if (this.takes(event) && this.selected) this.take(this.selected);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  takes(event) {
    return event.key === 'Enter';
  }

  press(event) {
    event.preventDefault();       // or the field loses the focus, and the list goes before it is clicked
    const option = event.target.closest('[role=option]');
    if (option && event.button === 0) this.take(option);
  }
}

class SearchBox extends Suggestions {
  constructor(form, number) {
    super(form.elements.q, form, form.dataset.suggest, `suggestions-${number}`);
    give(this.field, {role: 'combobox', 'aria-expanded': false});
  }

  query() {
    return this.field.value.trim();
  }

  open(isOpen) {
    super.open(isOpen);
    give(this.field, {'aria-expanded': isOpen});
  }

  take(option) {
    location.assign(option.dataset.address);
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

document.querySelectorAll('form[data-suggest]').forEach((form, number) => new SearchBox(form, number));
addEventListener('keydown', focusOnSlash);
