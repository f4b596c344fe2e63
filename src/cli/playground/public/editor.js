import { indexOfColumn, paint } from './highlight.js';

/** A text area for YAML, with line numbers, colours and underlined findings. */
export class Editor {
  #area = document.createElement('textarea');
  #painted = document.createElement('pre');
  #gutter = document.createElement('div');
  #host;
  #marks = [];
  #types = [];

  /** @param onInput called with each change of the text */
  constructor(host, { label, onInput }) {
    this.#host = host;
    Object.assign(this.#area, { className: 'typed', spellcheck: false, autocomplete: 'off', wrap: 'off' });
    this.#area.setAttribute('autocapitalize', 'off');
    this.#area.setAttribute('aria-label', label);
    this.#area.setAttribute('aria-describedby', 'findings');
    this.#painted.className = 'painted';
    this.#painted.setAttribute('aria-hidden', 'true');
    this.#gutter.className = 'gutter';
    this.#gutter.setAttribute('aria-hidden', 'true');
    this.#area.addEventListener('mousemove', (event) => this.#tellTypeUnder(event));
    const paper = document.createElement('div');
    paper.className = 'paper';
    paper.append(this.#painted, this.#area);
    const sheet = document.createElement('div');
    sheet.className = 'sheet';
    sheet.append(this.#gutter, paper);
    host.append(sheet);
    this.#area.addEventListener('input', () => {
      this.#draw();
      onInput();
    });
    this.#area.addEventListener('keydown', (event) => this.#keepIndentation(event));
    this.#draw();
  }

  get text() {
    return this.#area.value;
  }

  set text(text) {
    this.#area.value = text;
    this.#area.setSelectionRange(0, 0);
    this.#marks = [];
    this.#types = [];
    this.#draw();
    this.#host.scrollTo(0, 0);
  }

  /** Underlines findings, {line, column, severity, message}, and tells the types of expressions, {line, column, text, type}, on hover. */
  mark(marks, types) {
    this.#marks = marks;
    this.#types = types;
    this.#area.setAttribute('aria-invalid', String(marks.some(({ severity }) => severity === 'error')));
    this.#draw();
  }

  /** Puts the caret at a place, and shows it. */
  goTo(line, column) {
    const lines = this.text.split('\n');
    const before = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    const at = before + indexOfColumn(lines[line - 1] ?? '', column);
    this.#area.focus({ preventScroll: true });
    this.#area.setSelectionRange(at, at);
    this.#gutter.children[line - 1]?.scrollIntoView({ block: 'center' });
  }

  #draw() {
    this.#painted.replaceChildren(paint(this.text, this.#marks, this.#types));
    const severities = new Map();
    for (const { line, severity } of this.#marks) {
      if (severities.get(line) !== 'error') severities.set(line, severity);
    }
    this.#gutter.replaceChildren(
      ...this.text.split('\n').map((_, index) => {
        const number = document.createElement('span');
        number.textContent = String(index + 1);
        number.className = severities.get(index + 1) ?? '';
        return number;
      }),
    );
  }

  /** The text area lies over the painted text, whose pieces know their types. */
  #tellTypeUnder({ clientX, clientY }) {
    const piece = document.elementsFromPoint(clientX, clientY).find(({ dataset }) => dataset.type);
    this.#area.title = piece?.dataset.type ?? '';
  }

  /** A new line begins where the one before it does; the insertion can be undone. */
  #keepIndentation(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    const before = this.text.slice(0, this.#area.selectionStart);
    const indentation = /^ */.exec(before.slice(before.lastIndexOf('\n') + 1))[0];
    if (indentation === '') return;
    event.preventDefault();
    document.execCommand('insertText', false, `\n${indentation}`);
  }
}
