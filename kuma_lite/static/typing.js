// Writing Markdown in a text field: marks around words, signs before lines, lists that go on by themselves.
// All of it goes through type(), so that the browser's own undo takes it back.

// A line: what quotes it or sets it in, its bullet or number, blanks, the box of a task, the rest.
const LINE = /^([ \t]*(?:> ?)*)(?:([-*+]|\d{1,9}[.)])( +)(\[[ xX]\] +)?)?(.*)$/;
const LIST = /^(?:[-*+]|\d{1,9}[.)]) (?:\[[ xX]\] )?/;

export const HEADING = {sign: /^#{1,6} /, put: () => '## '};
export const QUOTE = {sign: /^> ?/, put: () => '> '};
export const BULLETS = {sign: /^[-*+] (?!\[[ xX]\] )/, put: () => '- ', instead: LIST};
export const NUMBERS = {sign: /^\d{1,9}[.)] /, put: (number) => `${number}. `, instead: LIST};
export const TASKS = {sign: /^[-*+] \[[ xX]\] /, put: () => '- [ ] ', instead: LIST};
const TABLE = '| One | Two |\n| --- | --- |\n| a | b |\n';

export function type(field, start, end, text) {
  field.focus();
  field.setSelectionRange(start, end);
  if (start === end && !text) return;
  const done = text ? document.execCommand('insertText', false, text) : document.execCommand('delete');
  if (!done) {      // a browser that cannot: then without its undo
    field.setRangeText(text, start, end, 'end');
    field.dispatchEvent(new Event('input', {bubbles: true}));
  }
}

// Marks around the chosen words, such as **; they go again where they are.
export function mark(field, sign, words) {
  const [start, end] = chosen(field);
  const inside = field.value.slice(start, end), size = sign.length;
  if (isMarked(field.value, start, end, sign)) {
    type(field, start - size, end + size, inside);
    field.setSelectionRange(start - size, end - size);
  } else {
    wrap(field, sign, inside || words, sign, size);
  }
}

export function code(field) {
  const [start, end] = chosen(field);
  const inside = field.value.slice(start, end);
  if (inside.includes('\n')) wrap(field, '```\n', inside, '\n```', 4);
  else mark(field, '`', 'code');
}

export function link(field) {
  const [start, end] = chosen(field);
  const inside = field.value.slice(start, end);
  const address = /^https?:\/\/\S+$/.test(inside) ? inside : 'https://';
  const words = inside && address !== inside ? inside : 'words';
  type(field, start, end, `[${words}](${address})`);
  const at = start + words.length + 3;      // what is to be typed now: the words, or where they lead
  if (address === inside) field.setSelectionRange(start + 1, start + 1 + words.length);
  else field.setSelectionRange(at, at + address.length);
}

export function wikiLink(field) {
  const [start, end] = chosen(field);
  wrap(field, '[[', field.value.slice(start, end) || 'Page', ']]', 2);
}

export function table(field) {
  const [, end] = wholeLines(field);
  const before = field.value.slice(0, end);
  const gap = !before || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  type(field, end, end, gap + TABLE);
  field.setSelectionRange(end + gap.length + 2, end + gap.length + 5);
}

// Signs before the chosen lines, such as "- "; they go again where every line has one.
export function lines(field, {sign, put, instead = sign}) {
  const [start, end] = wholeLines(field);
  const chosenLines = field.value.slice(start, end).split('\n'), one = chosenLines.length === 1;
  const signed = chosenLines.every((line) => sign.test(line));
  const changed = chosenLines.map((line, at) => signed ? line.replace(sign, '')
    : put(at + 1) + line.replace(instead, '')).join('\n');
  type(field, start, end, changed);
  field.setSelectionRange(one ? start + changed.length : start, start + changed.length);
}

// Enter goes on with a list or a quote; on an empty item it ends the list.
export function goOn(event) {
  const field = event.target, {selectionStart: caret, selectionEnd, value} = field;
  const start = value.slice(0, caret).lastIndexOf('\n') + 1;
  const [, before, bullet, space, box, rest] = LINE.exec(value.slice(start, caret));
  if (caret !== selectionEnd || (!bullet && !before.includes('>'))) return;
  event.preventDefault();
  const [after] = value.slice(caret, caret + 1000).split('\n');
  if (rest.trim() || after.trim()) {
    type(field, caret, caret, `\n${before}${bullet ? next(bullet) + space : ''}${box ? '[ ] ' : ''}`);
  } else {
    type(field, start, caret, bullet && before.includes('>') ? before : '');
  }
}

// Tab sets an item of a list in, Shift+Tab takes that back; elsewhere both leave the field, as always.
export function setIn(event) {
  const field = event.target, {selectionStart, selectionEnd} = field;
  const [start, end] = wholeLines(field);
  const old = field.value.slice(start, end);
  const [, , bullet, space] = LINE.exec(old.split('\n')[0]);
  if (!bullet || (event.shiftKey && !/^ /.test(old))) return;
  event.preventDefault();
  const width = bullet.length + space.length;
  const changed = event.shiftKey ? old.replace(new RegExp(`^ {1,${width}}`, 'gm'), '')
    : old.replace(/^(?=.)/gm, ' '.repeat(width));
  const first = changed.split('\n')[0].length - old.split('\n')[0].length;
  type(field, start, end, changed);
  const all = changed.length - old.length;
  field.setSelectionRange(Math.max(start, selectionStart + first), selectionEnd + all);
}

function next(bullet) {
  return /\d/.test(bullet) ? `${parseInt(bullet, 10) + 1}${bullet.at(-1)}` : bullet;
}

function wrap(field, before, inside, after, offset) {
  const [start, end] = chosen(field);
  type(field, start, end, before + inside + after);
  field.setSelectionRange(start + offset, start + offset + inside.length);
}

// Three stars are both: italic and bold.
function isMarked(value, start, end, sign) {
  let count = 0;
  while (value[start - 1 - count] === sign[0]) count += 1;
  return value.startsWith(sign, end) && (sign.length === 1 ? count % 2 === 1 : count >= 2);
}

// What is chosen, without the blanks around it: no mark may stand beside one.
function chosen(field) {
  const {selectionStart: start, selectionEnd: end, value} = field;
  const text = value.slice(start, end), left = text.length - text.trimStart().length;
  return text.trim() ? [start + left, start + left + text.trim().length] : [start, end];
}

function wholeLines(field) {
  const {selectionStart, selectionEnd, value} = field;
  const end = value.indexOf('\n', selectionEnd > selectionStart && value[selectionEnd - 1] === '\n'
    ? selectionEnd - 1 : selectionEnd);
  return [value.slice(0, selectionStart).lastIndexOf('\n') + 1, end < 0 ? value.length : end];
}
