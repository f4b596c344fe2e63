import type { Schema } from '../../api/index.ts';
import { closest } from '../../template/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import { objectSchema, partSchema } from '../trial/object-schema.ts';
import type { ResourceFacts } from './facts.ts';
import { placeOfRead } from '../place.ts';
import type { Check } from './check.ts';

/**
 * Compares the fields that templates read with the schema of the source and of each reference. If a closed part of the
 * schema does not have a field, the field is always missing, so it is a typo. Where unknown fields are kept, it may be
 * one.
 */
export function checkPaths(
  templates: readonly PolicyTemplate[],
  source: ResourceFacts | undefined,
  references: ReadonlyMap<string, ResourceFacts>,
): readonly Finding[] {
  const findings = new Map<string, Finding>();
  for (const { field, template } of templates) {
    for (const read of template.readPaths) {
      if (!read.exactField) continue;
      const [root, ...rest] = read.path;
      const key = rest[0];
      const facts = root === 'source' ? source : key === undefined ? undefined : references.get(key);
      if (facts?.schema === undefined || (root !== 'source' && root !== 'references')) continue;
      const fields = root === 'source' ? rest : rest.slice(1);
      const prefix = root === 'source' ? '.source' : `.references.${key ?? ''}`;
      const isNamespace = fields.join('.') === 'metadata.namespace';
      if (isNamespace && facts.namespaced === false) {
        // A template for several kinds may ask for it, so this is no error by itself.
        const message = `${prefix}.metadata.namespace is never there: ${describe(facts)} has no namespaces`;
        findings.set(`${field} ${prefix}.metadata.namespace`, {
          severity: 'warning',
          code: 'unknown-field',
          field,
          ...placeOfRead(template, read),
          message,
        });
        continue;
      }
      const missing = missingField(objectSchema(facts.schema), fields);
      if (missing === undefined) continue;
      const text = `${prefix}.${fields.slice(0, missing.depth + 1).join('.')}`;
      const place = `${field} ${text}`;
      if (findings.has(place)) continue;
      // The dot is something else in a loop or `with`.
      const own = fields[missing.depth];
      const { suggestion = '' } = missing;
      const isOfData = suggestion === '' && (own === 'source' || own === 'references');
      const parent = [prefix, ...fields.slice(0, missing.depth)].join('.');
      findings.set(place, {
        severity: missing.closed ? 'error' : 'warning',
        code: 'unknown-field',
        field,
        ...placeOfRead(template, read),
        message: `${text} is not a field of ${describe(facts)}`,
        ...(isOfData
          ? { suggestion: `${template.program.language.root}.${own}` }
          : missing.suggestion !== undefined && { suggestion: `${parent}.${missing.suggestion}` }),
      });
    }
  }
  return [...findings.values()];
}

const describe = ({ kind, resource, group, version }: ResourceFacts) =>
  `${kind ?? resource} ${[group, version].filter(Boolean).join('/')}`;

interface MissingField {
  readonly depth: number;
  readonly closed: boolean;
  readonly suggestion?: string;
}

/**
 * The first field of a path that the schema does not have. An index or `*` means the items of a list or the values of a
 * map.
 */
function missingField(schema: Schema, path: readonly string[]): MissingField | undefined {
  let at: Schema = schema;
  for (const [depth, field] of path.entries()) {
    if (at.items !== undefined || at.type === 'array') {
      at = at.items ?? {};
      continue;
    }
    at = partSchema(at);
    const { properties } = at;
    const next = field === '*' ? firstOf(properties) : properties?.[field];
    if (next !== undefined) {
      at = next;
    } else if (at.additionalProperties !== undefined) {
      at = at.additionalProperties;
    } else if (properties === undefined || field === '*') {
      // A scalar, or an object about which the schema says nothing.
      return undefined;
    } else {
      const suggestion = closest(field, Object.keys(properties));
      const open = at['x-kubernetes-preserve-unknown-fields'] === true;
      if (open && suggestion === undefined) return undefined;
      return { depth, closed: !open, ...(suggestion === undefined ? {} : { suggestion }) };
    }
  }
  return undefined;
}

/** Any key: all values of such an object are examined in the same way, so one declared key stands for all. */
function firstOf(properties: Schema['properties']): Schema | undefined {
  const [only, ...others] = Object.values(properties ?? {});
  return others.length === 0 ? only : undefined;
}

export const paths: Check = {
  of: 'text',
  run: ({ templates, resources: { source, references } }) => checkPaths(templates, source, references),
};
