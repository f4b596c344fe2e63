/*
 * Makes texts that match a regular expression, for the patterns that people write: literals, classes, groups,
 * alternatives and counts. For a pattern that it cannot read it returns nothing. The caller checks whether a text
 * matches.
 */

/** Longest text that is made. */
const MAX_LENGTH = 256;
const MAX_NESTING = 20;

/** A few texts that match a pattern: one as short as possible, one longer. */
export function textsMatching(pattern: string): readonly string[] {
  if (pattern.length > 1_000) return [];
  const texts = [0, 1].flatMap((more) => {
    try {
      return [new Reader(pattern, more).text()];
    } catch (error) {
      if (error instanceof Unreadable) return [];
      throw error;
    }
  });
  return [...new Set(texts)];
}

class Unreadable extends Error {}

/** Reads a pattern and writes a text at the same time. */
class Reader {
  readonly #pattern: string;
  /** Added to the minimum count of each repetition, as far as allowed. */
  readonly #more: number;
  #at = 0;
  #nesting = 0;

  constructor(pattern: string, more: number) {
    this.#pattern = pattern;
    this.#more = more;
  }

  text(): string {
    const text = this.#alternatives();
    if (this.#at < this.#pattern.length) throw new Unreadable();
    return text;
  }

  /** The first alternative, or a later one if more is wanted. */
  #alternatives(): string {
    if (++this.#nesting > MAX_NESTING) throw new Unreadable();
    const texts = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      texts.push(this.#sequence());
    }
    this.#nesting--;
    return texts[Math.min(this.#more, texts.length - 1)] ?? '';
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const part = this.#atom();
      text += part.repeat(this.#count());
      if (text.length > MAX_LENGTH) throw new Unreadable();
    }
    return text;
  }

  #atom(): string {
    const character = this.#next();
    switch (character) {
      case '^':
      case '$':
        return '';
      case '.':
        return 'x';
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new Unreadable();
      default:
        return character;
    }
  }

  #group(): string {
    const flags = /^\?(?:P?<\w+>|[a-zA-Z]*(?:-[a-zA-Z]+)?:)/.exec(this.#pattern.slice(this.#at));
    if (flags) this.#at += flags[0].length;
    else if (this.#peek() === '?') {
      const whole = /^\?[a-zA-Z]+\)/.exec(this.#pattern.slice(this.#at));
      if (!whole) throw new Unreadable();
      this.#at += whole[0].length;
      return '';
    }
    const text = this.#alternatives();
    if (this.#next() !== ')') throw new Unreadable();
    return text;
  }

  #class(): string {
    const negated = this.#peek() === '^';
    if (negated) this.#at++;
    const members: string[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const posix = /^\[:(\w+):\]/.exec(this.#pattern.slice(this.#at));
      if (posix) {
        this.#at += posix[0].length;
        members.push(posixMembers[posix[1] ?? ''] ?? 'x');
        continue;
      }
      const from = this.#next();
      const member = from === '\\' ? this.#escape() : from;
      members.push(member);
      if (this.#peek() === '-' && this.#pattern[this.#at + 1] !== ']') {
        this.#at++;
        const to = this.#next();
        if (negated) members.push(...between(member, to === '\\' ? this.#escape() : to));
      }
    }
    this.#at++;
    if (!negated) return members[0] ?? '';
    const other = [...'xX1 -_.:/'].find((candidate) => !members.includes(candidate));
    if (other === undefined) throw new Unreadable();
    return other;
  }

  #escape(): string {
    const character = this.#next();
    return escapes[character] ?? (/[A-Za-z0-9]/.test(character) ? unreadable() : character);
  }

  /** How often the last part is repeated. */
  #count(): number {
    const rest = this.#pattern.slice(this.#at);
    const [whole, kind = '', least, comma, most] = /^(?:([*+?])|\{(\d+)(,)?(\d+)?\})\??/.exec(rest) ?? [''];
    this.#at += whole.length;
    if (whole === '') return 1;
    if (kind !== '') return kind === '+' ? 1 + this.#more : this.#more;
    const low = Number(least);
    const high = comma === undefined ? low : most === undefined ? Infinity : Number(most);
    const count = Math.min(low + this.#more, high);
    if (count > MAX_LENGTH) throw new Unreadable();
    return count;
  }

  #peek(): string | undefined {
    return this.#pattern[this.#at];
  }

  #next(): string {
    const character = this.#pattern[this.#at++];
    if (character === undefined) throw new Unreadable();
    return character;
  }
}

function unreadable(): never {
  throw new Unreadable();
}

function between(from: string, to: string): readonly string[] {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
  return Array.from({ length: Math.max(0, Math.min(last - first + 1, 128)) }, (_, i) =>
    String.fromCharCode(first + i),
  );
}

const posixMembers: Readonly<Record<string, string>> = {
  digit: '0',
  alpha: 'a',
  alnum: 'a',
  lower: 'a',
  upper: 'A',
  space: ' ',
  punct: '.',
  xdigit: '0',
  word: 'a',
};

const escapes: Readonly<Record<string, string>> = {
  d: '0',
  D: 'x',
  w: 'a',
  W: '.',
  s: ' ',
  S: 'x',
  b: '',
  B: '',
  A: '',
  z: '',
  n: '\n',
  t: '\t',
  r: '\r',
};
