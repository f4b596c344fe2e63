import { describe, expect, it } from 'vitest';
import {
  absent,
  anyItem,
  anyValue,
  base64,
  boolean,
  constant,
  describeType,
  float,
  int64,
  isNever,
  listOf,
  mapOf,
  never,
  nil,
  number,
  oneOf,
  only,
  optional,
  string,
  union,
  underKey,
  unknown,
  whereFalse,
  whereTrue,
  without,
} from '../../../src/template/typing/type.ts';
import type { Type } from '../../../src/template/typing/type.ts';

const phases = oneOf(['Ready', 'Failed']);
const closed = mapOf({ name: string, port: optional(int64) });
const open = mapOf({}, string);

describe('the words for a type', () => {
  it.each<[Type, string]>([
    [string, 'a string'],
    [constant('a'), 'the string "a"'],
    [phases, 'one of the strings "Ready", "Failed"'],
    [base64, 'a base64 string'],
    [int64, 'an integer'],
    [constant(3), 'the integer 3'],
    [number, 'a number'],
    [float, 'a fractional number'],
    [boolean, 'a boolean'],
    [constant(true), 'true'],
    [listOf(string), 'a list of strings'],
    [listOf(union(string, int64)), 'a list'],
    [closed, 'a map'],
    [optional(string), 'a string or nothing'],
    [union(int64, string, nil), 'a string or an integer or null'],
    [unknown, 'any value'],
    [never, 'no value'],
  ])('%#: %o', (type, words) => {
    expect(describeType(type)).toBe(words);
  });
});

describe('the values of two types together', () => {
  it.each<[string, Type, Type, string]>([
    ['constants make a choice', constant('a'), constant('b'), 'one of the strings "a", "b"'],
    ['a choice and any string are any string', phases, string, 'a string'],
    ['an unknown type hides all', unknown, string, 'any value'],
    ['no value adds nothing', never, phases, describeType(phases)],
    ['lists have items of both', listOf(string), listOf(string), 'a list of strings'],
  ])('%s', (_, one, other, words) => {
    expect(describeType(union(one, other))).toBe(words);
  });

  it('a field that only one of two maps has may be missing', () => {
    expect(describeType(underKey(union(closed, mapOf({})), 'name'))).toBe('a string or nothing');
  });
});

describe('what a condition leaves', () => {
  it.each<[string, Type, string, string]>([
    ['a string', optional(string), 'a string', 'the string "" or nothing'],
    ['an enum', optional(phases), describeType(phases), 'nothing'],
    ['a boolean', boolean, 'true', 'false'],
    ['an integer', int64, 'an integer', 'the integer 0'],
    ['zero', constant(0), 'no value', 'the integer 0'],
    ['null', nil, 'no value', 'null'],
    ['what is not known', unknown, 'any value', 'any value'],
  ])('of %s', (_, type, held, otherwise) => {
    expect(describeType(whereTrue(type))).toBe(held);
    expect(describeType(whereFalse(type))).toBe(otherwise);
  });

  it('of a list that is not empty, or is', () => {
    expect(isNever(anyItem(whereFalse(listOf(string))))).toBe(true);
    expect(anyItem(whereTrue(listOf(string)))).toEqual(string);
  });
});

describe('what a map holds', () => {
  it.each<[string, Type, string, string]>([
    ['a field', closed, 'name', 'a string'],
    ['one that may be missing', closed, 'port', 'an integer or nothing'],
    ['one that a closed map lacks', closed, 'nmae', 'nothing'],
    ['any of an open map', open, 'nmae', 'a string or nothing'],
    ['one of what is no map', string, 'name', 'no value'],
    ['one of what is not known', unknown, 'name', 'any value'],
  ])('under a key: %s', (_, type, key, words) => {
    expect(describeType(underKey(type, key))).toBe(words);
  });

  it('under any key that is there', () => {
    expect(describeType(anyValue(closed))).toBe('a string or an integer');
  });
});

it('kinds are left out or kept, of what is known', () => {
  const some = union(string, nil, absent);
  expect(without(some, 'null', 'absent')).toEqual(string);
  expect(only(some, 'null')).toEqual(nil);
  expect(without(unknown, 'null')).toEqual(unknown);
});
