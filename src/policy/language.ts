import type { TemplateEngine } from '../api/index.ts';
import { compileHandlebars } from '../handlebars/index.ts';
import { allFunctions } from '../sprig/index.ts';
import type { Template } from '../template/index.ts';
import { compile } from '../template/index.ts';

const compilers: { readonly [engine in TemplateEngine]: (text: string) => Template } = {
  GoTemplate: remembering((text) => compile(text, { functions: allFunctions })),
  Handlebars: remembering((text) => compileHandlebars(text, { functions: allFunctions })),
};

/**
 * The compiler of a policy's template language; it throws `TemplateError` for a text that does not parse. Templates that
 * were compiled lately are returned again: a review and a reconciliation each compile the same texts several times.
 */
export function compilerFor(engine: TemplateEngine): (text: string) => Template {
  return compilers[engine];
}

/** What is remembered of each language: templates whose texts have so many UTF-16 units together. */
const MAX_REMEMBERED_TEXT = 1_000_000;

function remembering(compileText: (text: string) => Template): (text: string) => Template {
  // In order of use, the least recent first.
  const templates = new Map<string, Template>();
  let length = 0;
  return (text) => {
    const known = templates.get(text);
    if (known !== undefined) {
      templates.delete(text);
      templates.set(text, known);
      return known;
    }
    const template = compileText(text);
    templates.set(text, template);
    length += text.length;
    for (const oldest of templates.keys()) {
      if (length <= MAX_REMEMBERED_TEXT) break;
      templates.delete(oldest);
      length -= oldest.length;
    }
    return template;
  };
}
