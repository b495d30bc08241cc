import { describe, expect, it } from 'vitest';
import { at, items, textAt, textsAt } from '../../src/base/json.ts';

const VALUE = JSON.parse(
  '{"a":{"b":["x",1,"",null,"y"],"none":null,"empty":"","name":"n"},"__proto__":{"c":1}}',
);

describe('a value under a path', () => {
  it.each([
    ['is found', ['a', 'name'], 'n'],
    ['is absent where there is no such key', ['a', 'c'], undefined],
    ['is absent where it is null', ['a', 'none'], undefined],
    ['is absent below a null', ['a', 'none', 'more'], undefined],
    ['is absent below a text', ['a', 'name', 'length'], undefined],
    ['is absent where only the prototype has it', ['a', 'toString'], undefined],
    ['is the value itself without a path', [], VALUE],
  ])('%s', (_, path, expected) => {
    expect(at(VALUE, ...path)).toBe(expected);
  });
});

it('is a text only where it says something', () => {
  expect(textAt(VALUE, 'a', 'name')).toBe('n');
  expect(textAt(VALUE, 'a', 'empty')).toBeUndefined();
  expect(textAt(VALUE, 'a', 'b')).toBeUndefined();
});

it('is a list, or none', () => {
  expect(items(at(VALUE, 'a', 'b'))).toHaveLength(5);
  expect(items(at(VALUE, 'a'))).toEqual([]);
  expect(textsAt(VALUE, 'a', 'b')).toEqual(['x', '', 'y']);
  expect(textsAt(VALUE, 'a', 'name')).toEqual([]);
});
