import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyError, decodeJson } from '../../webhook/body.ts';

const decode = (text: string, depth = 256): unknown => decodeJson(Buffer.from(text), depth);

describe('a body', () => {
  test('is decoded as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(decode(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ['empty', '', 'the body is empty; send an AdmissionReview as JSON'],
    ['no JSON', '{"a": s3cr3t}', 'the body is not JSON'],
    ['cut off', '{"a": "s3cr3t', 'the body is not JSON'],
    ['cut off behind a backslash', '"\\', 'the body is not JSON'],
    ['two documents', '{}{}', 'the body is not JSON'],
  ])('that is %s is refused without being quoted', (_case, text, message) => {
    expect(() => decode(text)).toThrow(new BodyError(message));
  });

  test('of bytes that are no UTF-8 is refused or read, never fatal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeJson(Buffer.from(bytes), 8);
        } catch (error) {
          expect(error).toBeInstanceOf(BodyError);
        }
      }),
    );
  });
});

describe('nesting', () => {
  test('is taken up to the limit and refused beyond', () => {
    expect(decode('[[[]]]', 3)).toEqual([[[]]]);
    expect(decode('{"a":[{}]}', 3)).toEqual({ a: [{}] });
    expect(() => decode('[[[[]]]]', 3)).toThrow('the body nests objects and lists deeper than 3 levels');
  });

  test('is not deeper for being wide', () => {
    expect(decode(`[${Array(100).fill('[]').join(',')}]`, 2)).toHaveLength(100);
  });

  test('is not counted inside of strings', () => {
    expect(decode(JSON.stringify(['[[[[{{{{', '\\"[[[[', 'a\\\\']), 1)).toEqual([
      '[[[[{{{{',
      '\\"[[[[',
      'a\\\\',
    ]);
  });

  test('of seven million brackets is refused before anything is built', () => {
    expect(() => decode('['.repeat(7 * 1024 * 1024))).toThrow(BodyError);
    expect(() => decode('{"a":'.repeat(1024 * 1024))).toThrow(BodyError);
  });
});
