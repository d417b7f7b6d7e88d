// Suggests pages after [[ in the text, by the same list as the search box: `Suggestions` of search.js, which
// runs on every page before this. The text stays a plain text field, and nobody has to choose anything.
/* global Suggestions */
import {type} from './typing.js';

const OPENED = /\[\[(?! )([^[\]|#\n]{1,100})$/;     // up to the caret; "[[ " begins code rather than a link
const REST = /^[^[\]|#\n]*(?=\]\]|[|#])/;           // of a name, behind the caret
const NEAR = 200;           // characters before the caret that are looked at
const MEASURED = 100000;    // and those whose height is worth the time
const LOOKS = ['font', 'letterSpacing', 'lineHeight', 'tabSize', 'padding', 'borderWidth', 'boxSizing',
               'overflowWrap', 'wordBreak'];

export class PageLinks extends Suggestions {
  constructor(field) {
    super(field, field.parentElement, '/search/suggest', 'page-links');
    this.first = 0;
    this.list.classList.add('floating');
    for (const moved of ['keyup', 'click']) field.addEventListener(moved, () => this.follow());
    for (const part of [field, window]) part.addEventListener('scroll', () => this.place(), {passive: true});
  }

  // The name that is being typed, and where it begins; null where no link is.
  opened() {
    const {selectionStart: caret, selectionEnd, value} = this.field;
    const found = caret === selectionEnd && OPENED.exec(value.slice(Math.max(0, caret - NEAR), caret));
    return found ? {name: found[1], start: caret - found[1].length, caret} : null;
  }

  query() {
    const link = this.opened();
    if (link?.start !== this.dismissed) this.dismissed = null;
    return link && this.dismissed === null ? link.name.trim() : '';
  }

  follow() {
    if (!this.list.hidden && this.opened()?.start !== this.start) this.close();
  }

  show(pages) {
    const link = this.opened();
    this.start = link?.start;
    this.top = link && this.lineBelow(link.start);
    super.show(link ? pages : []);
    if (!this.list.hidden) {
      this.said.textContent += ': arrow keys choose, Enter takes one, Escape leaves the text as it is';
    }
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.place();       // first, since an option that is selected is scrolled into view
    super.open(isOpen);
  }

  key(event) {
    const wasOpen = !this.list.hidden;
    super.key(event);
    if (wasOpen && event.key === 'Escape') this.dismissed = this.start;
  }

  takes(event) {
    return !event.shiftKey && (event.key === 'Enter' || event.key === 'Tab');
  }

  take(option) {
    const link = this.opened(), {field} = this;
    this.close();
    if (!link) return;
    this.dismissed = link.start;
    const [rest] = REST.exec(field.value.slice(link.caret, link.caret + NEAR)) ?? [];
    const path = option.dataset.path.replaceAll('_', ' ');
    const end = link.caret + (rest ?? '').length;
    type(field, link.start, end, rest === undefined ? `${path}]]` : path);
    if (rest !== undefined && field.value.startsWith(']]', field.selectionEnd)) {
      field.setSelectionRange(field.selectionEnd + 2, field.selectionEnd + 2);
    }
  }

  // How far below the beginning of the text the line ends in which a character stands: a copy of what is
  // before it is measured, since no browser tells.
  lineBelow(at) {
    if (at > MEASURED) return null;
    const copy = document.createElement('div'), looks = getComputedStyle(this.field);
    for (const name of LOOKS) copy.style[name] = looks[name];
    Object.assign(copy.style, {position: 'absolute', visibility: 'hidden', whiteSpace: 'pre-wrap', top: 0,
                               width: `${this.field.clientWidth}px`});
    copy.textContent = `${this.field.value.slice(0, at)}|`;
    this.field.parentElement.append(copy);
    const height = copy.offsetHeight - parseFloat(looks.paddingBottom);
    copy.remove();
    return height;
  }

  // Below that line, or above it where more room is; never outside of the field's own height.
  place() {
    if (this.list.hidden) return;
    const {field, list} = this, height = field.clientHeight;
    const line = this.top === null ? height : Math.min(Math.max(this.top - field.scrollTop, 0), height);
    const below = innerHeight - field.getBoundingClientRect().top - line;
    const rises = below < list.offsetHeight && field.getBoundingClientRect().top + line > innerHeight / 2;
    const top = rises ? line - list.offsetHeight - 2 * parseFloat(getComputedStyle(field).lineHeight) : line;
    list.style.top = `${field.offsetTop + top}px`;
  }
}
