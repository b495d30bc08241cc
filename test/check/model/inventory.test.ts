// The objects that a check holds.
import { expect, it } from 'vitest';
import { Inventory } from '../../../src/check/model/inventory.ts';
import { TIDY } from '../home.ts';

it('what is alike is held once, and let go of with the inventory', () => {
  const specs = [new Inventory(false), new Inventory(false)].map((inventory) => {
    for (const raw of TIDY) inventory.add(raw, null);
    return ['web/web-a', 'web/web-b'].map((name) => inventory.get('pods', name)!.spec);
  });
  const [[a, b] = [], [other] = []] = specs;
  expect(a).toBe(b);
  expect(other).toEqual(a);
  expect(other).not.toBe(a);
});
