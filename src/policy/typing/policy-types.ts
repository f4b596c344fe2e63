import type { Outline, TemplateTypes, Type } from '../../template/index.ts';
import { types } from '../../template/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import type { PolicyTemplate } from '../templates.ts';
import type { BrokenOutline, OutlineDocument } from './outline-document.ts';
import { readOutline } from './outline-document.ts';
import { typeOfObjects } from './schema-type.ts';

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
    const known = this.#known.get(own) ?? own.template.typesFor(this.#dataOf(own));
    this.#known.set(own, known);
    return known;
  }

  /** The YAML document that a template prints on one of its ways. */
  documentOf(outline: Outline): OutlineDocument | BrokenOutline {
    const known = this.#documents.get(outline) ?? readOutline(outline);
    this.#documents.set(outline, known);
    return known;
  }

  /** The type of the data that a template sees. Names that its context lacks are left to another check. */
  #dataOf({ visibleReferences }: PolicyTemplate): Type {
    const keys = visibleReferences.map(
      (key) => [key, types.optional(typeOfFacts(this.#references.get(key)))] as const,
    );
    return types.mapOf(
      {
        source: typeOfFacts(this.#source),
        references: types.mapOf(Object.fromEntries(keys), types.unknown),
      },
      types.unknown,
    );
  }
}

const typeOfFacts = (facts: ResourceFacts | undefined): Type =>
  facts?.schema === undefined ? types.unknown : typeOfObjects(facts.schema);
