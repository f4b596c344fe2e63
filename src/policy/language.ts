import type { TemplateEngine } from '../api/index.ts';
import { compileHandlebars } from '../handlebars/index.ts';
import { allFunctions } from '../sprig/index.ts';
import type { Template } from '../template/index.ts';
import { compile } from '../template/index.ts';
import { Recent } from './recent.ts';

const compilers: { readonly [engine in TemplateEngine]: (text: string) => Template } = {
  GoTemplate: (text) => compile(text, { functions: allFunctions }),
  Handlebars: (text) => compileHandlebars(text, { functions: allFunctions }),
};

/** The compiler of a policy's template language. It throws `TemplateError` for a text that does not parse. */
export function compilerFor(engine: TemplateEngine): (text: string) => Template {
  return compilers[engine];
}

/** Maximum length of all texts whose templates are kept, and of a single one; in UTF-16 units. */
const MAX_KEPT = 32 * 1_024;
const MAX_KEPT_TEXT = 2 * 1_024;

const ofLate: { readonly [engine in TemplateEngine]: Recent<Template> } = {
  GoTemplate: new Recent(MAX_KEPT, (text) => text.length),
  Handlebars: new Recent(MAX_KEPT, (text) => text.length),
};

/**
 * {@link compilerFor} for policies under review. Many have a template in common, such as the one for the namespace of a
 * Secret, and an update changes one template of several. What is found about a template is kept with it.
 */
export function sharingCompilerFor(engine: TemplateEngine): (text: string) => Template {
  const compile = compilers[engine];
  return (text) =>
    text.length <= MAX_KEPT_TEXT ? ofLate[engine].get(text, () => compile(text)) : compile(text);
}
