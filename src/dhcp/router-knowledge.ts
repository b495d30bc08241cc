// What is known of what DHCP servers would hand out, beside what they were heard to lease: as the operator says, as their own
// tables say (import), and as they show when they are asked (audit). Who says so and when stays with it.
import type { Micros } from '../base/time.ts';
import type { Ipv4, Mac } from '../net/address.ts';
import { type IpRange, rangeText } from '../net/range.ts';

export const KNOWLEDGE_SOURCES = ['configuration', 'import', 'audit'] as const;
export type KnowledgeSource = (typeof KNOWLEDGE_SOURCES)[number];

/** Addresses that a server hands out. */
export interface RouterRange extends IpRange {
  /** The server hands out these, and perhaps more beside them. */
  readonly atLeast: boolean;
}

/** An address that a server keeps for one machine: what it means to lease, and no protection of the address. */
export interface Reservation {
  readonly ip: Ipv4;
  readonly mac: Mac;
  /** Safe to show; null: the server has none for it. */
  readonly name: string | null;
}

/** An address that a server does not lease for now, because a client declined it or somebody answered there. */
export interface DeclinedAddress {
  readonly ip: Ipv4;
  /** Of the client that declined it, where the server says so. */
  readonly mac: Mac | null;
}

/** Who says so, and when. */
export interface Provenance {
  readonly source: KnowledgeSource;
  /** The option of the configuration, the import's name, or the address of the server that was asked. */
  readonly name: string;
  /** Null: it holds as long as the configuration does. */
  readonly readAt: Micros | null;
}

/** All that one of them says. */
export interface RouterAccount extends Provenance {
  readonly ranges: readonly RouterRange[];
  readonly reservations: readonly Reservation[];
  readonly declined: readonly DeclinedAddress[];
}

export type KnownRange = RouterRange & Provenance;
export type KnownReservation = Reservation & Provenance;
export type KnownDeclined = DeclinedAddress & Provenance;

/** The name of an audited server is what a frame says: no more of them are kept, and those read last. */
const MAX_AUDITS = 16;

export class RouterKnowledge {
  readonly #accounts = new Map<string, RouterAccount>();

  /** @param configured as `dhcp.ranges` says. */
  constructor(configured: readonly IpRange[]) {
    this.configure(configured);
  }

  configure(ranges: readonly IpRange[]): void {
    this.set({
      source: 'configuration',
      name: 'dhcp.ranges',
      readAt: null,
      ranges: ranges.map((range) => ({ ...range, atLeast: false })),
      reservations: [],
      declined: [],
    });
  }

  /** In place of all that the same source said under this name. Returns whether the ranges are other ones. */
  set(account: RouterAccount): boolean {
    const key = keyOf(account);
    const before = this.#accounts.get(key)?.ranges ?? [];
    this.#accounts.delete(key);
    this.#accounts.set(key, account);
    if (account.source === 'audit') this.#forgetOldAudits();
    return textOf(before) !== textOf(account.ranges);
  }

  /** It is read no more. Returns whether that takes ranges away. */
  forget(account: Pick<RouterAccount, 'source' | 'name'>): boolean {
    const before = this.#accounts.get(keyOf(account))?.ranges ?? [];
    this.#accounts.delete(keyOf(account));
    return before.length > 0;
  }

  /** In the order of the sources: what the operator says comes first. */
  ranges(): KnownRange[] {
    return this.#flat(({ ranges }) => ranges);
  }

  reservations(): KnownReservation[] {
    return this.#flat(({ reservations }) => reservations);
  }

  declined(): KnownDeclined[] {
    return this.#flat(({ declined }) => declined);
  }

  #forgetOldAudits(): void {
    const audits = this.#accounts.values().filter(({ source }) => source === 'audit');
    for (const oldest of [...audits].slice(0, -MAX_AUDITS)) this.forget(oldest);
  }

  #flat<Item extends object>(of: (account: RouterAccount) => readonly Item[]): (Item & Provenance)[] {
    return KNOWLEDGE_SOURCES.flatMap((wanted) =>
      [...this.#accounts.values()].flatMap((account) => {
        const { source, name, readAt } = account;
        return source === wanted ? of(account).map((item) => ({ ...item, source, name, readAt })) : [];
      }),
    );
  }
}

function textOf(ranges: readonly RouterRange[]): string {
  return ranges.map((range) => `${rangeText(range)}${range.atLeast ? '+' : ''}`).join();
}

function keyOf({ source, name }: Pick<RouterAccount, 'source' | 'name'>): string {
  return `${source}/${name}`;
}
