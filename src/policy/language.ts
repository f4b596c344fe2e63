import type { TemplateEngine } from '../api/index.ts';
import { compileHandlebars } from '../handlebars/index.ts';
import { allFunctions } from '../sprig/index.ts';
import type { Template } from '../template/index.ts';
import { compile } from '../template/index.ts';

const compilers: { readonly [engine in TemplateEngine]: (text: string) => Template } = {
  GoTemplate: (text) => compile(text, { functions: allFunctions }),
  Handlebars: (text) => compileHandlebars(text, { functions: allFunctions }),
};

/** The compiler of a policy's template language. It throws `TemplateError` for a text that does not parse. */
export function compilerFor(engine: TemplateEngine): (text: string) => Template {
  return compilers[engine];
}
