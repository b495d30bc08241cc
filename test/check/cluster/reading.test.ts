// How the objects of a live cluster are listed, several kinds at once.
import { expect, it } from 'vitest';
import { readObjects } from '../../../src/check/cluster/reading.ts';
import { Inventory } from '../../../src/check/model/inventory.ts';
import { KIND_KEYS, KINDS } from '../../../src/check/model/kinds.ts';
import type { Listed } from '../../../src/host/kubernetes/listed.ts';
import { node } from '../home.ts';

it('a list that ends well after the API server went does not say that it is there', async () => {
  const first = Promise.withResolvers<Listed>();
  const asked: string[] = [];
  const inventory = new Inventory(false);
  const reading = readObjects(
    {
      list: async (path, onItem) => {
        asked.push(path);
        if (path !== KINDS.nodes.path) return { kind: 'failed', reason: 'connection refused', isAway: true };
        onItem(node('w1', '192.168.1.11'));
        return await first.promise;
      },
    },
    inventory,
    { atOnce: 2 },
  );
  await new Promise(setImmediate);
  first.resolve({ kind: 'listed' });
  expect(await reading).toBe('connection refused');
  expect(asked).toEqual([KINDS.nodes.path, KINDS.pods.path]);
  // What was listed is known all the same.
  expect(inventory.list('nodes').map(({ name }) => name)).toEqual(['w1']);
  expect(KIND_KEYS.filter((key) => inventory.whyUnknown(key) === null)).toEqual(['nodes']);
});
