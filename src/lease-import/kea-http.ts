// What the answers of Kea over HTTP hold.
import { at, items, textAt } from '../base/json.ts';
import { type Draft, FOREVER, MAX_LEASES } from './draft.ts';
import { type Reading, read, unreadable } from './imported.ts';

/** Of a page of leases. */
export const KEA_PAGE = 1_000;

/** Of `state`. */
const STATE = { default: 0, declined: 1 };

export interface KeaAnswer {
  readonly result: number;
  readonly text: string;
  readonly arguments: unknown;
}

/** A list of one answer for each service, or the answer by itself. */
export function keaAnswer(document: unknown): Reading<KeaAnswer> {
  const answer = Array.isArray(document) ? document[0] : document;
  const result = at(answer, 'result');
  if (typeof result !== 'number') return unreadable("the answer is not Kea's");
  return read({ result, text: textAt(answer, 'text') ?? '', arguments: at(answer, 'arguments') });
}

/** Takes in one page. Returns where the next one begins; null: that was the last. */
export function addKeaLeases(draft: Draft, args: unknown): string | null {
  const leases = items(at(args, 'leases'));
  let last: string | undefined;
  for (const lease of leases) {
    const ip = textAt(lease, 'ip-address') ?? '';
    const [lifetime, cltt] = [at(lease, 'valid-lft'), at(lease, 'cltt')];
    last = ip;
    if (typeof lifetime !== 'number' || typeof cltt !== 'number') {
      draft.notUnderstood();
      continue;
    }
    const state = at(lease, 'state') ?? STATE.default;
    const expiresAt = lifetime >= FOREVER ? Number.POSITIVE_INFINITY : cltt + lifetime;
    if (state === STATE.declined) draft.declined(ip, expiresAt);
    else if (state === STATE.default && lifetime > 0)
      draft.lease({
        ip,
        mac: textAt(lease, 'hw-address') ?? '',
        clientId: textAt(lease, 'client-id') ?? null,
        hostname: textAt(lease, 'hostname') ?? null,
        expiresAt,
      });
  }
  return leases.length < KEA_PAGE || last === undefined ? null : last;
}

/** So many pages hold all leases that are kept. */
export const KEA_PAGES = Math.ceil(MAX_LEASES / KEA_PAGE) + 1;
