// Lists the objects of a live cluster into an inventory. What cannot be listed is not known, with the reason; the rest is.
import type { Lists } from '../../host/kubernetes/listed.ts';
import type { Inventory } from '../model/inventory.ts';
import { KIND_KEYS, KINDS, type KindKey } from '../model/kinds.ts';

interface ReadingOptions {
  /** Lists under way at once. */
  readonly atOnce: number;
  /** Objects that there is room for, of all kinds together; of a kind that goes beyond, nothing is known. @default any number */
  readonly most?: number;
  /** A kind was listed, as far as it could be. */
  readonly onKind?: (key: KindKey, count: number) => void;
}

/** Why the API server does not answer; null: it does, whatever the answers are. */
export async function readObjects(
  lists: Lists,
  inventory: Inventory,
  { atOnce, most = Number.POSITIVE_INFINITY, onKind }: ReadingOptions,
): Promise<string | null> {
  const waiting = [...KIND_KEYS];
  let awayFor: string | null = null;
  const listNext = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      if (awayFor !== null) inventory.setUnknown(key, `cannot list ${key}: ${awayFor}`);
      else {
        const reason = await listKind(lists, key, inventory, most, onKind);
        // Another list may have found meanwhile that nobody answers any more.
        awayFor ??= reason;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, listNext));
  return awayFor;
}

async function listKind(
  lists: Lists,
  key: KindKey,
  inventory: Inventory,
  most: number,
  onKind: ReadingOptions['onKind'],
): Promise<string | null> {
  const row: { readonly path: string; readonly query?: string; readonly kind: string } = KINDS[key];
  const path = row.query === undefined ? row.path : `${row.path}?${row.query}`;
  let count = 0;
  let hasRoom = true;
  const listed = await lists.list(path, (raw) => {
    inventory.add(raw, null, key);
    count += 1;
    hasRoom = inventory.size <= most;
    return hasRoom;
  });
  onKind?.(key, count);
  if (!hasRoom) {
    inventory.setUnknown(key, `too many ${key}: there is room for ${most} objects in all`);
    return null;
  }
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
