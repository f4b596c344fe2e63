import type { Outline, TemplateTypes } from '../../template/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import type { PolicyTemplate } from '../templates.ts';
import { dataType } from './data-type.ts';
import type { BrokenOutline, OutlineDocument } from './outline-document.ts';
import { readOutline } from './outline-document.ts';

/**
 * The types in the templates of one policy, by the schemas of its kinds. Several checks look at the same template, so
 * everything is found once, when it is first asked for.
 */
export class PolicyTypes {
  readonly #source: ResourceFacts | undefined;
  readonly #references: ReadonlyMap<string, ResourceFacts>;
  readonly #known = new Map<PolicyTemplate, TemplateTypes>();
  readonly #documents = new Map<Outline, OutlineDocument | BrokenOutline>();

  /** @param references by reference key */
  constructor(source: ResourceFacts | undefined, references: ReadonlyMap<string, ResourceFacts>) {
    this.#source = source;
    this.#references = references;
  }

  /** What the types of a template show. */
  of(own: PolicyTemplate): TemplateTypes {
    const known =
      this.#known.get(own) ?? own.template.typesFor(dataType(own, this.#source, this.#references));
    this.#known.set(own, known);
    return known;
  }

  /** The YAML document that a template prints on one of its ways. */
  documentOf(outline: Outline): OutlineDocument | BrokenOutline {
    const known = this.#documents.get(outline) ?? readOutline(outline);
    this.#documents.set(outline, known);
    return known;
  }
}
