// Lists the objects of a live cluster into an inventory. What cannot be listed is not known, with the reason; the rest is.
import type { Inventory } from '../check/model/inventory.ts';
import { KIND_KEYS, KINDS, type KindKey } from '../check/model/kinds.ts';
import type { Listed } from '../host/kubernetes/user-client.ts';
import type { Terminal } from './terminal.ts';

interface Lists {
  list(path: string, onItem: (raw: unknown) => void): Promise<Listed>;
}

/** Lists under way at once. */
const AT_ONCE = 2;

/** Whether the API server answered at all. */
export async function readCluster(
  client: Lists,
  inventory: Inventory,
  terminal: Terminal,
  show: (text: string) => void,
): Promise<boolean> {
  const waiting = [...KIND_KEYS];
  let awayFor: string | null = null;
  const listNext = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      if (awayFor === null) awayFor = await listKind(client, key, inventory, show);
      if (awayFor !== null) inventory.setUnknown(key, `cannot list ${key}: ${awayFor}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, listNext));
  show('');
  if (awayFor !== null) terminal.complain(`Cannot ask the API server: ${awayFor}`);
  return awayFor === null;
}

/** Why nobody answers; null: somebody does, whatever the answer is. */
async function listKind(
  client: Lists,
  key: KindKey,
  inventory: Inventory,
  show: (text: string) => void,
): Promise<string | null> {
  const row: { readonly path: string; readonly query?: string; readonly kind: string } = KINDS[key];
  const path = row.query === undefined ? row.path : `${row.path}?${row.query}`;
  let count = 0;
  const listed = await client.list(path, (raw) => {
    inventory.add(raw, null, key);
    count += 1;
  });
  show(`${count} ${key}`);
  switch (listed.kind) {
    case 'listed':
      return null;
    case 'not-served':
      inventory.setUnknown(key, `the cluster does not serve ${row.kind}`);
      return null;
    case 'failed':
      inventory.setUnknown(key, `cannot list ${key}: ${listed.reason}`);
      return listed.isAway ? listed.reason : null;
    default:
      return listed satisfies never;
  }
}
