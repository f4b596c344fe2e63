// Paints YAML with templates in it: one class for each character, then one element for each run of the same class.

const KEY = /^(\s*(?:- +)*)("[^"]*"|'[^']*'|[^\s#'"{[:][^:#{]*?)(?=:(?:\s|$))/;

/** Class names of the characters of one line. */
function classesOf(line) {
  const classes = new Array(line.length).fill('');
  const fill = (from, to, name) => classes.fill(name, from, to);
  const key = KEY.exec(line);
  let from = 0;
  if (key) {
    from = key[1].length + key[2].length;
    fill(key[1].length, from, 'key');
  }
  for (const { index, 0: text } of line.slice(from).matchAll(/"(?:\\.|[^"\\])*"?|'[^']*'?/g)) {
    if (/[\s:[{,(-]/.test(line.charAt(from + index - 1)))
      fill(from + index, from + index + text.length, 'string');
  }
  for (const { index, 0: text } of line.matchAll(/\{\{.*?(?:\}\}|$)/g))
    fill(index, index + text.length, 'action');
  const comment = /(?:^|\s)#.*$/.exec(line);
  if (comment && classes[comment.index] !== 'action' && classes[comment.index] !== 'string')
    fill(comment.index, line.length, 'comment');
  return classes;
}

/** Where an underline that begins at a column ends: with the word there, or behind the one character. */
export function endOfWord(line, start) {
  const word = /^(?:[\w.$-]+|\s*$)/.exec(line.slice(start));
  return start + Math.max(1, word?.[0].length ?? 1);
}

/** Index in a line's text of a column that counts characters from 1. */
export const indexOfColumn = (line, column) => [...line].slice(0, column - 1).join('').length;

/**
 * Elements for a text.
 * @param marks {line, column, severity, message}, lines and columns from 1
 * @param types {line, column, text, type} of expressions, which pieces carry as data
 */
export function paint(text, marks = [], types = []) {
  const fragment = document.createDocumentFragment();
  text.split('\n').forEach((line, number) => {
    const classes = classesOf(line);
    // A mark at the end of a line needs something to stand under.
    const shown = marks.some(
      (mark) => mark.line === number + 1 && indexOfColumn(line, mark.column) >= line.length,
    )
      ? `${line} `
      : line;
    const marked = new Array(shown.length).fill(undefined);
    for (const mark of marks.filter((each) => each.line === number + 1)) {
      const start = Math.min(indexOfColumn(line, mark.column), shown.length - 1);
      const end = endOfWord(shown, start);
      for (let at = start; at < end; at++) if (marked[at]?.severity !== 'error') marked[at] = mark;
    }
    const typed = typesIn(
      line,
      types.filter((each) => each.line === number + 1),
    );
    let at = 0;
    while (at < shown.length) {
      let end = at + 1;
      const isSame = (other) => [classes, marked, typed].every((each) => each[other] === each[at]);
      while (end < shown.length && isSame(end)) end++;
      fragment.append(piece(shown.slice(at, end), classes[at], marked[at], typed[at]));
      at = end;
    }
    fragment.append('\n');
  });
  return fragment;
}

/** For each character of a line, the type of the expression that it belongs to. Where the text was changed since, none. */
function typesIn(line, types) {
  const typed = new Array(line.length).fill(undefined);
  for (const { column, text, type } of types) {
    const start = indexOfColumn(line, column);
    if (line.startsWith(text, start)) typed.fill(`${text}: ${type}`, start, start + text.length);
  }
  return typed;
}

function piece(text, name, mark, type) {
  if (!name && !mark && !type) return document.createTextNode(text);
  const element = document.createElement('span');
  element.className = [name, mark && `mark ${mark.severity}`].filter(Boolean).join(' ');
  element.textContent = text;
  if (type) element.dataset.type = type;
  return element;
}
