// Whose findings are open on one address of a segment. Asked for each frame of a flood, and so without a text for each question.

import type { IpAddress } from '../../net/address.ts';
import type { Subject } from './entry.ts';
import { FINDING_KINDS, type FindingKind } from './kinds.ts';

const NOBODY: ReadonlySet<string> = new Set();

export class Culprits {
  /** The keys of findings, by kind, address and the segment's name; the one that began first is first. */
  readonly #keys: ReadonlyMap<FindingKind, Map<IpAddress, Map<string, Set<string>>>> = new Map(
    FINDING_KINDS.map((kind) => [kind, new Map()]),
  );

  of(subject: Subject): ReadonlySet<string> {
    return this.#keys.get(subject.kind)!.get(subject.ip)?.get(nameOf(subject)) ?? NOBODY;
  }

  add(subject: Subject, key: string): void {
    const byAddress = this.#keys.get(subject.kind)!;
    const bySegment = byAddress.get(subject.ip) ?? new Map<string, Set<string>>();
    const keys = bySegment.get(nameOf(subject)) ?? new Set();
    byAddress.set(subject.ip, bySegment.set(nameOf(subject), keys.add(key)));
  }

  delete(subject: Subject, key: string): void {
    const byAddress = this.#keys.get(subject.kind)!;
    const bySegment = byAddress.get(subject.ip);
    const keys = bySegment?.get(nameOf(subject));
    keys?.delete(key);
    if (keys?.size === 0) bySegment?.delete(nameOf(subject));
    if (bySegment?.size === 0) byAddress.delete(subject.ip);
  }
}

function nameOf({ segment }: Subject): string {
  return segment?.name ?? '';
}
