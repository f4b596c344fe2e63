import { describe, expect, it } from 'vitest';
import { page } from './pages.ts';
import { sourcesOf } from './sources.ts';

/*
 * Reasons, conditions and events are words in the code of the reconciler. Each is either explained in docs/conditions.md or
 * known here to be something else.
 */

const OTHER_WORDS = new Set([
  // condition types and statuses
  ...['Validated', 'Reconciling', 'Ready', 'Updating', 'True', 'False', 'Unknown'],
  // actions and types of events
  ...['Compile', 'HoldDeletion', 'Import', 'Warning'],
  // settings of a policy
  ...['All', 'Credentials', 'Delete', 'Orphan'],
  // the API server's words, and HTTP's
  ...['Background', 'CustomResourceDefinition', 'GET', 'HEAD'],
  // discovery's answers
  'VersionNotServed',
]);

const code = sourcesOf('src/reconcile', 'controller').join('\n');
const matches = (pattern: RegExp) => [...code.matchAll(pattern)].map(([, word = '']) => word);
const { text } = page('docs/conditions.md');

/** The rows of the table below a heading, each as its cells. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const section = text.slice(text.indexOf(`\n## ${heading}\n`) + 1).split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, ...cells]) => cells);
}

const words = (cell: string | undefined) =>
  [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
const explained = new Set(
  rowsBelow('Reasons').flatMap(([reasons, , meaning]) => [...words(reasons), ...words(meaning)]),
);
const events = rowsBelow('Events');

describe('docs/conditions.md', () => {
  const reasons = [...new Set(matches(/'([A-Z][A-Za-z]+)'/g))]
    .filter((word) => !OTHER_WORDS.has(word))
    .sort();

  it.each(reasons)('explains the reason %s', (reason) => {
    expect(explained).toContain(reason);
  });

  it('explains no reason that there is not', () => {
    const ofTheServer = ['Forbidden', 'Invalid'];
    const known = new Set([...reasons, ...ofTheServer]);
    const listed = [...rowsBelow('Reasons'), ...events].flatMap(([reason]) => words(reason));
    expect(listed.filter((word) => !known.has(word))).toEqual([]);
  });

  it.each([
    ['ClusterImportPolicy', ['Validated', 'Reconciling', 'Ready']],
    ['PediaClusterLifecycle', ['Created', 'Updating', 'Ready']],
  ])('explains the conditions of a %s', (kind, types) => {
    expect(rowsBelow(kind).map(([type]) => words(type)[0])).toEqual(types);
  });

  it('has the condition types of the code', () => {
    const types = new Set(
      [...matches(/\btype(?::| =) '([A-Z][A-Za-z]+)'/g)].filter((type) => type !== 'Warning'),
    );
    expect([...types].sort()).toEqual(['Created', 'Ready', 'Reconciling', 'Updating', 'Validated']);
  });

  it('lists an event for each reason that the code calls a failure', () => {
    const listed = new Set(events.flatMap(([reason]) => words(reason)));
    const failures = [
      // a problem written out, and one made by the function of that name
      ...matches(/reason: '([A-Z][A-Za-z]+)',\s+message:[^{}]*(?:\{[^{}]*\}[^{}]*)*failed: (?:true|exists)/g),
      ...matches(/\bfailed\(\s*'([A-Z][A-Za-z]+)'/g),
      ...matches(/'([A-Z][A-Za-z]+)' : '[A-Z][A-Za-z]+';\s+return \{ reason/g),
    ];
    expect(failures).toEqual(expect.arrayContaining(['Conflict', 'NameCollision', 'ReferenceForbidden']));
    // What may not be listed at all is a condition of the policy alone.
    const conditionsOnly = ['SourcesForbidden', 'PediaClustersForbidden'];
    expect(failures.filter((reason) => !listed.has(reason) && !conditionsOnly.includes(reason))).toEqual([]);
  });

  it('lists the actions of events, and that all are warnings', () => {
    const actions = new Set(events.map(([, , action]) => words(action)[0]));
    expect(actions).toEqual(new Set(matches(/action: '([A-Za-z]+)'/g)));
    expect(code).not.toContain("'Normal'");
    expect(text).toContain('All are of\ntype `Warning`');
  });

  it('names who reports them', () => {
    expect(matches(/COMPONENT = '([^']+)'/g)).toEqual(['clusterpedia.io/import-controller']);
    expect(text).toContain('`clusterpedia.io/import-controller`');
  });
});
