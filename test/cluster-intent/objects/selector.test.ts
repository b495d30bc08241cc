import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySelects, parseSelector, selects } from '../../../src/cluster/objects/selector.ts';

const EDGE = { zone: 'a', role: 'edge', empty: '' };

function expression(operator: string, key: string, ...values: string[]) {
  return { matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }] };
}

describe('a label selector', () => {
  it.each([
    ['of nothing selects everything', {}, true],
    ['of empty parts selects everything', { matchLabels: {}, matchExpressions: [] }, true],
    ['that is absent selects nothing', undefined, false],
    ['that is null selects nothing', null, false],
    ['by label', { matchLabels: { zone: 'a' } }, true],
    ['by another value', { matchLabels: { zone: 'b' } }, false],
    ['by an absent label', { matchLabels: { rack: 'a' } }, false],
    ['by an empty value', { matchLabels: { empty: '' } }, true],
    ['wants every label', { matchLabels: { zone: 'a', role: 'core' } }, false],
    ['In', expression('In', 'zone', 'b', 'a'), true],
    ['In, another value', expression('In', 'zone', 'b', 'c'), false],
    ['In, no such label', expression('In', 'rack', 'a'), false],
    ['NotIn', expression('NotIn', 'zone', 'a', 'b'), false],
    ['NotIn, another value', expression('NotIn', 'zone', 'b'), true],
    ['NotIn, no such label', expression('NotIn', 'rack', 'a'), true],
    ['Exists', expression('Exists', 'empty'), true],
    ['Exists, no such label', expression('Exists', 'rack'), false],
    ['DoesNotExist', expression('DoesNotExist', 'zone'), false],
    ['DoesNotExist, no such label', expression('DoesNotExist', 'rack'), true],
    ['no label that only a prototype has', expression('Exists', 'constructor'), false],
    [
      'wants labels and expressions',
      { matchLabels: { zone: 'a' }, ...expression('NotIn', 'role', 'edge') },
      false,
    ],
  ])('%s', (_, raw, selected) => {
    const selector = parseSelector(raw);
    expect(selector).not.toBeUndefined();
    expect(selects(selector ?? null, EDGE)).toBe(selected);
  });

  it.each([
    ['an unknown operator', expression('Gt', 'zone', '1')],
    ['In without values', expression('In', 'zone')],
    ['NotIn without values', expression('NotIn', 'zone')],
    ['Exists with values', expression('Exists', 'zone', 'a')],
    ['DoesNotExist with values', expression('DoesNotExist', 'zone', 'a')],
    ['an expression without key', { matchExpressions: [{ operator: 'Exists' }] }],
    ['an expression that is none', { matchExpressions: ['zone'] }],
    ['a label that is no text', { matchLabels: { zone: 1 } }],
    ['labels that are none', { matchLabels: 'zone=a' }],
    ['a text', 'zone=a'],
  ])('with %s is refused, as Kubernetes does', (_, raw) => {
    expect(parseSelector(raw)).toBeUndefined();
  });

  it('in a list: one match is enough, no selector is no match', () => {
    const [a, b] = [{ zone: 'a' }, { zone: 'b' }].map((matchLabels) => parseSelector({ matchLabels })!);
    expect(anySelects([b!, a!], EDGE)).toBe(true);
    expect(anySelects([b!], EDGE)).toBe(false);
    expect(anySelects([], EDGE)).toBe(false);
  });
});

describe('of any labels', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const labels = fc.dictionary(word, word);
  const values = fc.uniqueArray(word, { minLength: 1 });
  const pick = (raw: unknown, on: Record<string, string>) => selects(parseSelector(raw) ?? null, on);

  it('In and NotIn are opposites', () => {
    fc.assert(
      fc.property(labels, word, values, (on, key, list) => {
        expect(pick(expression('In', key, ...list), on)).toBe(!pick(expression('NotIn', key, ...list), on));
      }),
    );
  });

  it('Exists and DoesNotExist are opposites', () => {
    fc.assert(
      fc.property(labels, word, (on, key) => {
        expect(pick(expression('Exists', key), on)).toBe(!pick(expression('DoesNotExist', key), on));
      }),
    );
  });

  it('a label is an In of one value', () => {
    fc.assert(
      fc.property(labels, word, word, (on, key, value) => {
        expect(pick({ matchLabels: { [key]: value } }, on)).toBe(pick(expression('In', key, value), on));
      }),
    );
  });

  it('requirements all have to hold', () => {
    const requirement = fc.oneof(
      fc.record({ key: word, operator: fc.constantFrom('In', 'NotIn'), values }),
      fc.record({ key: word, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
    );
    fc.assert(
      fc.property(labels, fc.array(requirement), (on, matchExpressions) => {
        const each = matchExpressions.every((one) => pick({ matchExpressions: [one] }, on));
        expect(pick({ matchExpressions }, on)).toBe(each);
      }),
    );
  });

  it('whatever is read never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), labels, (raw, on) => {
        const selector = parseSelector(raw);
        if (selector !== undefined) selects(selector, on);
      }),
    );
  });
});
