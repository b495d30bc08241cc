// The watcher's state in the journal: written as it changes, a little at a time, and read back at the start. What comes
// from a file is checked like any input: a row that is no row of ours is skipped and counted.
import { Compile } from 'typebox/compile';
import { HOUR, MINUTE, type Micros, SECOND } from '../base/time.ts';
import type { AddressRole } from '../intent/index.ts';
import { parseMac } from '../net/address.ts';
import type { Finding } from '../watch/finding/finding.ts';
import type { Changed } from '../watch/lan/change-log.ts';
import type { ClaimRow } from '../watch/lan/claims.ts';
import type { DhcpServerRow } from '../watch/lan/dhcp-servers.ts';
import type { LeaseRow } from '../watch/lan/lease.ts';
import type { SavedState } from '../watch/restore.ts';
import type { Takeover } from '../watch/takeover/takeover.ts';
import { type FindingAsWritten, type LeaseAsWritten, movedBack, parse, ROWS, type RowKind } from './rows.ts';
import { type RowStore, Saving, WrittenRows } from './written-rows.ts';

/** What is to be saved of a watcher. Rows of addresses are told once for each change. */
export interface Saveable {
  findings(): readonly Finding[];
  takeovers(): readonly Takeover[];
  dhcpServers(): readonly DhcpServerRow[];
  takeChangedLeases(): Iterable<Changed<LeaseRow>>;
  takeChangedClaims(role: AddressRole['kind']): Iterable<Changed<ClaimRow>>;
  /** Whatever was taken is to be told again. */
  changeAgain(): void;
}

/** A host heard every second need not be written every second; one more minute of age says nothing new. */
const CLAIM_REFRESH = MINUTE;
const FINDING_REFRESH = 10 * SECOND;
/** A row from further ahead than this was written by a clock that was wrong. */
const MAX_AHEAD = HOUR;
/** By less than this nothing ends noticeably later. */
const LITTLE_AHEAD = MINUTE;
/** A step of the wall clock by less than this leaves the rows as they are. */
const SMALLEST_STEP = SECOND;

/** The kinds that make room for all others: what they say, the next frames say again. */
export const EXPENDABLE_ROWS: readonly RowKind[] = ['claim'];
/** How many claims are kept, by what the intent says of the address: a flood fills neither the journal nor a start. */
const MAX_CLAIMS = { vip: 10_000, node: 10_000, pool: 10_000, other: 5_000 } as const;
/** How many of them one saving writes. Apart, so that a flood of others does not delay a VIP's. */
const CLAIMS_AT_ONCE = { vip: 64, node: 16, pool: 24, other: 24 } as const;
const ROLES = ['vip', 'node', 'pool', 'other'] as const satisfies readonly AddressRole['kind'][];
/** How many of each other kind one saving writes. */
const ROWS_AT_ONCE = 24;

export interface Loaded {
  readonly state: SavedState;
  /** Rows that were none of ours, or from the future. */
  readonly skipped: number;
}

export class StateKeeper {
  readonly #store: RowStore;
  readonly #findings: WrittenRows<Finding>;
  readonly #takeovers: WrittenRows<Takeover>;
  readonly #dhcpServers: WrittenRows<DhcpServerRow>;
  readonly #leases: WrittenRows<LeaseRow>;
  readonly #claims: Readonly<Record<AddressRole['kind'], WrittenRows<ClaimRow>>>;
  /** How much the wall clock was ahead of the watcher's times when the rows were written; Infinity: they are to be written anew. */
  #ahead: Micros = 0;
  #generation: number;

  constructor(store: RowStore) {
    this.#store = store;
    this.#generation = store.generation;
    this.#findings = new WrittenRows('finding', {
      key: (row) => row.id,
      at: (row) => row.refreshedAt,
      version: (row) =>
        `${row.state} ${row.suppressed?.by} ${row.severity} ${row.confirmed} ${Math.floor(row.refreshedAt / FINDING_REFRESH)}`,
    });
    this.#takeovers = new WrittenRows('takeover', {
      key: (row) => `${row.at} ${row.segment.name} ${row.ip}`,
      at: (row) => row.at,
      version: (row) => `${row.class} ${row.gapMs} ${row.overlapMs} ${row.serviceGap !== undefined}`,
    });
    this.#dhcpServers = new WrittenRows('dhcp-server', {
      key: (row) => `${row.segment.name} ${row.ip} ${row.mac}`,
      at: (row) => row.lastSeen,
      version: (row) => String(Math.floor(row.lastSeen / CLAIM_REFRESH)),
    });
    this.#leases = new WrittenRows<LeaseRow>('lease', {
      key: (row) => `${addressOf(row)} ${row.mac} ${row.clientId}`,
      group: addressOf,
      at: (row) => row.lastSeen,
      version: (row) => `${row.state} ${row.mac} ${row.lastSeen} ${row.expiresAt}`,
    });
    const claims = (role: AddressRole['kind'], version: (row: ClaimRow) => string) =>
      new WrittenRows<ClaimRow>(
        'claim',
        {
          key: (row) => `${addressOf(row)} ${row.mac}`,
          group: addressOf,
          at: (row) => row.lastSeen,
          version,
        },
        MAX_CLAIMS[role],
      );
    const byTheMinute = (row: ClaimRow) => String(Math.floor(row.lastSeen / CLAIM_REFRESH));
    this.#claims = {
      // The last frame of an announcer times a takeover that happens during a restart.
      vip: claims('vip', (row) => String(row.lastSeen)),
      node: claims('node', byTheMinute),
      pool: claims('pool', byTheMinute),
      other: claims('other', byTheMinute),
    };
  }

  load(now: Micros): Loaded {
    let skipped = 0;
    let last = now;
    const read = <Kept, Row extends object>(
      kind: RowKind,
      written: WrittenRows<Row>,
      latest: (row: Row) => Micros,
      restored: (row: Kept) => Row,
    ): Row[] => {
      const kept = this.#store.rows(kind);
      if (kept.length === 0) return []; // to compile a check takes longer than to use it
      const check = Compile(ROWS[kind]);
      const rows: Row[] = [];
      for (const { key, json } of kept) {
        const value = parse(json);
        const row = check.Check(value) ? restored(value as Kept) : undefined;
        if (row && latest(row) <= now + MAX_AHEAD) {
          rows.push(row);
          last = Math.max(last, latest(row));
          written.loaded(key, row);
        } else skipped += 1;
      }
      return rows;
    };
    const asIs = <Row>(row: Row) => row;
    const state: SavedState = {
      // Which of them are watched is known once the intent is.
      claims: read('claim', this.#claims.other, ({ lastSeen }) => lastSeen, asIs<ClaimRow>),
      leases: read('lease', this.#leases, ({ lastSeen }) => lastSeen, restoredLease),
      dhcpServers: read('dhcp-server', this.#dhcpServers, ({ lastSeen }) => lastSeen, asIs<DhcpServerRow>),
      findings: read('finding', this.#findings, ({ refreshedAt }) => refreshedAt, restoredFinding),
      takeovers: read('takeover', this.#takeovers, ({ at }) => at, asIs<Takeover>),
    };
    if (last - now < LITTLE_AHEAD) return { state, skipped };
    // The clock is behind, as on a machine without a battery before NTP answers: what was last seen is not to last until then.
    // All is written anew, so that the next start does not move what was right by then.
    this.#ahead = Number.POSITIVE_INFINITY;
    return { state: movedBack(state, last - now), skipped };
  }

  /**
   * Writes findings, takeovers, leases and servers that changed, and removes those that are gone; so many at once that it
   * takes a few milliseconds. True where something is left for the next time.
   * @param ahead how much the wall clock is ahead of the watcher's times: the journal keeps wall time.
   */
  saveEvents(of: Saveable, now: Micros, ahead: Micros): boolean {
    const saving = this.#begin(of, ahead);
    saving.allow(ROWS_AT_ONCE);
    this.#findings.updateAll(of.findings(), saving);
    saving.allow(ROWS_AT_ONCE);
    this.#takeovers.updateAll(of.takeovers(), saving);
    saving.allow(ROWS_AT_ONCE);
    this.#dhcpServers.updateAll(of.dhcpServers(), saving);
    saving.allow(ROWS_AT_ONCE);
    saveChanged(of.takeChangedLeases(), () => this.#leases, saving);
    saving.writeTo(this.#store, now);
    return saving.unfinished;
  }

  /** Writes new claims, and of known ones those of VIPs, whose last frame times a takeover; others once a minute. */
  saveClaims(of: Saveable, now: Micros, ahead: Micros): boolean {
    const saving = this.#begin(of, ahead);
    for (const role of ROLES) {
      saving.allow(CLAIMS_AT_ONCE[role]);
      saveChanged(of.takeChangedClaims(role), (group) => this.#claimsWith(group, role), saving);
    }
    saving.writeTo(this.#store, now);
    return saving.unfinished;
  }

  /** Where the rows of an address belong; they move there from the role it had before. */
  #claimsWith(group: string, role: AddressRole['kind']): WrittenRows<ClaimRow> {
    const rows = this.#claims[role];
    if (!rows.has(group)) ROLES.some((other) => this.#claims[other].moveTo(rows, group));
    return rows;
  }

  /** After a step of the wall clock, and in a new journal, all rows are to be written anew. */
  #begin(of: Saveable, ahead: Micros): Saving {
    const stepped = Math.abs(ahead - this.#ahead) >= SMALLEST_STEP;
    const lost = this.#store.generation !== this.#generation;
    if (stepped || lost) {
      this.#ahead = ahead;
      this.#generation = this.#store.generation;
      const all = [this.#findings, this.#takeovers, this.#dhcpServers, this.#leases];
      for (const rows of [...all, ...Object.values(this.#claims)]) rows.outdate();
      of.changeAgain();
    }
    return new Saving(ahead);
  }
}

function saveChanged<Row extends object>(
  changes: Iterable<Changed<Row>>,
  rowsWith: (group: string) => WrittenRows<Row>,
  saving: Saving,
): void {
  for (const change of changes) {
    const group = addressOf(change);
    rowsWith(group).update(group, change.rows, saving);
    if (!saving.full) continue;
    saving.unfinished = true;
    return;
  }
}

function addressOf({
  segment,
  ip,
  prefixLength,
}: Pick<ClaimRow, 'segment' | 'ip'> & Pick<LeaseRow, 'prefixLength'>): string {
  return `${segment.name} ${ip}${prefixLength === undefined ? '' : `/${prefixLength}`}`;
}

function restoredLease(lease: LeaseAsWritten): LeaseRow {
  return { ...lease, seconds: lease.seconds === 'forever' ? Number.POSITIVE_INFINITY : lease.seconds };
}

/** In earlier versions every finding was certain, and the culprit stood at the end of its id only. */
function restoredFinding({ confirmed = true, culprit, ...finding }: FindingAsWritten): Finding {
  if (culprit !== undefined) return { ...finding, confirmed, culprit };
  const mac = parseMac(finding.id.slice(finding.id.lastIndexOf('/') + 1));
  return { ...finding, confirmed, culprit: mac ? { mac } : null };
}
