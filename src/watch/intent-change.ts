// What another intent changes: who each address is by now, and which findings are over.

import type { Micros } from '../base/time.ts';
import { type AddressRole, IntentIndex } from '../intent/index.ts';
import type { Intent } from '../intent/intent.ts';
import type { DetectContext } from './detect/context.ts';
import type { Finding } from './finding/finding.ts';
import { KINDS } from './finding/kinds.ts';
import type { Parts } from './parts.ts';

export function indexIntent(context: DetectContext, intent: Intent, now: Micros): void {
  context.index = new IntentIndex(intent, context.index, context.own, now);
  context.claims.setIndex(context.index);
}

export function changeIntent(parts: Parts, intent: Intent, now: Micros): void {
  const { context, detectors, imports, leaseNews, vips } = parts;
  indexIntent(context, intent, now);
  // After a restart, the leases that ended in between are still there.
  leaseNews.expire(now);
  imports.intentChanged();
  const { index, book, ledger } = context;
  ledger.forgetUnless((ip) => index.roleOf(ip).kind !== 'other');
  vips.intentChanged(now);
  // Where its trouble goes on, it is told as that of the Service that has the address now.
  book.endWhere(({ ip, vip }) => isOfAnother(vip, index.roleOf(ip)), now);
  for (const detector of detectors) detector.intentChanged?.(now);
  book.endWhere(({ kind, ip }) => isOfOtherRole(KINDS[kind].role, index.roleOf(ip)), now);
}

/** The address was given from one Service to another. */
function isOfAnother(was: Finding['vip'], role: AddressRole): boolean {
  if (role.kind !== 'vip' || !was?.service || role.vip.service === null) return false;
  return ![role.vip.service, ...(role.vip.sharedWith ?? [])].includes(was.service);
}

/** What can be found on a VIP, a node's or a pool's address is not on this one. */
function isOfOtherRole(of: AddressRole['kind'] | null, role: AddressRole): boolean {
  return of !== null && role.kind !== of;
}
