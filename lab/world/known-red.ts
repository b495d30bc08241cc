// What today's rules get wrong in worlds, by class: a seed that shows nothing else is not red. A class that no seed shows any more
// leaves this list: `make simulate` fails until it has.
import type { ActionName } from './catalogue.ts';
import { type Complaint, sortOf } from './oracle/complaint.ts';

export interface KnownRed {
  /** Cases of the same class: below test/data/cases, and `world/` below test/data. */
  readonly cases: readonly string[];
  /** Where one of these happens, */
  readonly kinds: readonly ActionName[];
  /** this is said against the agents: what is wrong, and with what. */
  readonly says: RegExp;
}

export const KNOWN_RED: Readonly<Record<string, KnownRed>> = {
  'a takeover is dated by when a MAC became known': {
    cases: ['metallb/node-rebuilt.quick'],
    kinds: ['rebuild-node'],
    says: /^gap takeover gap$/,
  },
  'announced and never answered counts as up': {
    cases: ['metallb/announced-but-mute.resync'],
    kinds: ['mute-speaker-announces', 'mute-speaker', 'deaf-node'],
    says: /^((missed|gone) silent-vip|up a VIP that nobody answers for)$/,
  },
  'away again and again is never told of': {
    cases: ['metallb/speaker-crash-loop'],
    kinds: ['crash-loop-alone'],
    says: /^missed vip-flapping or vip-unstable$/,
  },
  'two nodes are each the only witness of the other': {
    cases: ['world/two-nodes-own-one-vip'],
    kinds: [
      'silence-speaker',
      'left-on-old-node',
      'stale-speaker',
      'partition',
      'pull-cable',
      'ipvs-without-strict-arp',
    ],
    says: /^(missed|gone) split-brain without a bystander$/,
  },
  'an agent on an owner takes what it cannot hear for silence': {
    cases: ['world/last-owner-cannot-hear-the-next'],
    kinds: [
      'left-on-old-node',
      'pull-cable',
      'partition',
      'silence-speaker',
      'stale-speaker',
      'ipvs-without-strict-arp',
      'stop-speaker',
    ],
    says: /^(gap takeover (gap|uncertainty)|false takeover)$/,
  },
  "an agent that was cut off takes its own silence for the VIP's": {
    cases: ['world/back-on-the-lan'],
    kinds: ['cut-off', 'pull-cable'],
    says: /^false silent-vip$/,
  },
};

/** The class that a complaint belongs to; null: nobody knew of it. */
export function knownAs(complaint: Complaint, kinds: readonly ActionName[]): string | null {
  const sort = sortOf(complaint);
  const classes = Object.entries(KNOWN_RED);
  return (
    classes.find(([, red]) => red.says.test(sort) && red.kinds.some((kind) => kinds.includes(kind)))?.[0] ??
    null
  );
}
