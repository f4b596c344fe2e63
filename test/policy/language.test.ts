import { describe, expect, test } from 'vitest';
import { compilerFor } from '../../src/policy/language.ts';

describe.each(['GoTemplate', 'Handlebars'] as const)('a template in %s', (engine) => {
  const compile = compilerFor(engine);

  test('that was compiled lately is not compiled again', () => {
    const text = 'lately {{ source.metadata.name }}'.replace(
      'source',
      engine === 'GoTemplate' ? '.source' : 'source',
    );
    expect(compile(text)).toBe(compile(text));
  });

  test('that does not parse fails each time', () => {
    expect(() => compile('{{')).toThrow();
    expect(() => compile('{{')).toThrow();
  });

  test('is forgotten where many others have been compiled since, so that memory is bounded', () => {
    const first = compile('a text');
    const padding = 'x'.repeat(60_000);
    for (let index = 0; index < 20; index++) compile(`${index}${padding}`);
    expect(compile('a text')).not.toBe(first);
  });
});
