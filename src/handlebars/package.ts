import { createRequire } from 'node:module';
import type Handlebars from 'handlebars';

/** Parts of the package's parser that its types do not declare. */
interface ParserInternals {
  readonly Parser: {
    readonly terminals_: Readonly<Record<number, string>>;
    readonly lexer: Lexer;
  };
}

export interface Lexer {
  readonly EOF: number;
  readonly yylloc?: { readonly first_line: number; readonly first_column: number };
  yy: object;
  setInput(text: string): void;
  lex(): number;
}

export type HandlebarsPackage = typeof Handlebars & ParserInternals;

const require = createRequire(import.meta.url);
let loaded: HandlebarsPackage | undefined;

/** The package `handlebars`. Loading it takes 6 MiB, so it is loaded only once a policy has a Handlebars template. */
export function handlebars(): HandlebarsPackage {
  return (loaded ??= require('handlebars') as HandlebarsPackage);
}
