// Rows of the watcher as the journal keeps them. What comes back from a file is checked like any input: a row that is no
// row of ours is skipped and counted.
import { Compile } from 'typebox/compile';
import * as Type from 'typebox/type';
import { parseIp, parseMac } from '../net/address.ts';
import { HOUR, MINUTE, type Micros, SECOND } from '../net/time.ts';
import { FINDING_KINDS, type Finding, MAX_EVIDENCE } from '../watch/finding.ts';
import type { Takeover } from '../watch/takeover.ts';
import type { ClaimRow, DhcpServerRow, LeaseRow, WatchView } from '../watch/view.ts';
import type { SavedState } from '../watch/watcher.ts';
import { LEASE_STATES, SEVERITIES, TAKEOVER_CLASSES } from './schemas.ts';

/** The journal, as far as it is needed here. */
export interface RowStore {
  rows(kind: string): readonly { readonly key: string; readonly json: string }[];
  put(rows: readonly { kind: string; key: string; at: Micros; json: string }[], now: Micros): boolean;
  remove(kind: string, keys: readonly string[], now: Micros): boolean;
}

/** A host heard every second need not be written every second; one more minute of age says nothing new. */
const CLAIM_REFRESH = MINUTE;
const FINDING_REFRESH = 10 * SECOND;
/** A row from further ahead than this was written by a clock that was wrong. */
const MAX_AHEAD = HOUR;

const closed = { additionalProperties: false };
const nullable = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const text = Type.String({ maxLength: 2_000 });
const ip = Type.Refine(Type.String(), (value) => parseIp(value) === value);
const mac = Type.Refine(Type.String(), (value) => parseMac(value) === value);
const time = Type.Number({ minimum: 0 });
const count = Type.Integer({ minimum: 0 });
const segment = Type.Object(
  { interface: text, vlan: nullable(Type.Integer({ minimum: 0, maximum: 4095 })), name: text },
  closed,
);
const owner = Type.Object({ mac, node: text }, closed);

const KINDS = {
  claim: Type.Object(
    {
      segment,
      ip,
      mac,
      node: nullable(text),
      firstSeen: time,
      lastSeen: time,
      counts: Type.Object({ announcement: count, reply: count, request: count }, closed),
    },
    closed,
  ),
  lease: Type.Object(
    {
      segment,
      ip,
      mac,
      clientId: text,
      state: Type.Enum([...LEASE_STATES]),
      server: nullable(ip),
      hostname: nullable(text),
      // JSON knows no Infinity.
      seconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null(), Type.Literal('forever')]),
      firstSeen: time,
      lastSeen: time,
      expiresAt: nullable(time),
    },
    closed,
  ),
  'dhcp-server': Type.Object(
    {
      segment,
      ip,
      mac: nullable(mac),
      expected: Type.Boolean(),
      firstSeen: time,
      lastSeen: time,
      messages: count,
    },
    closed,
  ),
  finding: Type.Object(
    {
      id: text,
      kind: Type.Enum(FINDING_KINDS),
      severity: Type.Enum([...SEVERITIES]),
      ip,
      macs: Type.Array(mac),
      segment: nullable(segment),
      vip: nullable(Type.Object({ service: nullable(text), pool: nullable(text) }, closed)),
      message: text,
      remedy: text,
      evidence: Type.Array(Type.Object({ at: time, interface: text, summary: text }, closed), {
        maxItems: MAX_EVIDENCE,
      }),
      state: Type.Enum(['active', 'resolved']),
      raisedAt: time,
      refreshedAt: time,
      resolvedAt: nullable(time),
      occurrences: count,
    },
    closed,
  ),
  takeover: Type.Object(
    {
      at: time,
      class: Type.Enum([...TAKEOVER_CLASSES]),
      ip,
      service: nullable(text),
      segment,
      from: owner,
      to: owner,
      lastOld: time,
      gapMs: Type.Number({ minimum: 0 }),
      overlapMs: Type.Number({ minimum: 0 }),
    },
    closed,
  ),
} as const;
type Kind = keyof typeof KINDS;
type LeaseAsWritten = Omit<LeaseRow, 'seconds'> & { readonly seconds: number | null | 'forever' };

/** The fields that hold a time, at any depth. */
const TIME_FIELDS = new Set([
  'at',
  'firstSeen',
  'lastSeen',
  'expiresAt',
  'raisedAt',
  'refreshedAt',
  'resolvedAt',
  'lastOld',
]);

export interface Loaded {
  readonly state: SavedState;
  /** Rows that were none of ours, or from the future. */
  readonly skipped: number;
}

export class StateKeeper {
  readonly #store: RowStore;
  /** What is written of each row: the time, or the state and time, it had. By kind and key. */
  readonly #written: Readonly<Record<Kind, Map<string, string>>>;

  constructor(store: RowStore) {
    this.#store = store;
    const none = () => new Map<string, string>();
    this.#written = {
      claim: none(),
      lease: none(),
      'dhcp-server': none(),
      finding: none(),
      takeover: none(),
    };
  }

  load(now: Micros): Loaded {
    let skipped = 0;
    const read = <Row>(kind: Kind, latest: (row: Row) => Micros): Row[] => {
      const kept = this.#store.rows(kind);
      if (kept.length === 0) return []; // to compile a check takes longer than to use it
      const check = Compile(KINDS[kind]);
      const rows: Row[] = [];
      for (const { key, json } of kept) {
        const value = parse(json);
        if (check.Check(value) && latest(value as Row) <= now + MAX_AHEAD) {
          rows.push(value as Row);
          this.#written[kind].set(key, '');
        } else skipped += 1;
      }
      return rows;
    };
    const state: SavedState = {
      claims: read<ClaimRow>('claim', ({ lastSeen }) => lastSeen),
      leases: read<LeaseAsWritten>('lease', ({ lastSeen }) => lastSeen).map((lease) => ({
        ...lease,
        seconds: lease.seconds === 'forever' ? Number.POSITIVE_INFINITY : lease.seconds,
      })),
      dhcpServers: read<DhcpServerRow>('dhcp-server', ({ lastSeen }) => lastSeen),
      findings: read<Finding>('finding', ({ refreshedAt }) => refreshedAt),
      takeovers: read<Takeover>('takeover', ({ at }) => at),
    };
    return { state, skipped };
  }

  /**
   * Writes the findings, takeovers, leases and servers that changed, and removes those that are gone.
   * @param ahead how much the wall clock is ahead of the watcher's times: the journal keeps wall time.
   */
  saveEvents(view: WatchView, now: Micros, ahead: Micros): void {
    this.#save('finding', view.findings(), now, ahead, {
      key: (row) => row.id,
      at: (row) => row.refreshedAt,
      version: (row) => `${row.state} ${Math.floor(row.refreshedAt / FINDING_REFRESH)}`,
    });
    this.#save('takeover', view.takeovers(), now, ahead, {
      key: (row) => `${row.at} ${row.segment.name} ${row.ip}`,
      at: (row) => row.at,
      version: (row) => `${row.class} ${row.gapMs} ${row.overlapMs}`,
    });
    this.#save('lease', view.leases(), now, ahead, {
      key: (row) => `${row.segment.name} ${row.ip} ${row.clientId}`,
      at: (row) => row.lastSeen,
      version: (row) => `${row.state} ${row.mac} ${row.lastSeen}`,
    });
    this.#save('dhcp-server', view.dhcpServers(), now, ahead, {
      key: (row) => `${row.segment.name} ${row.ip} ${row.mac}`,
      at: (row) => row.lastSeen,
      version: (row) => String(Math.floor(row.lastSeen / CLAIM_REFRESH)),
    });
  }

  /** Writes new claims, and of known ones those of VIPs, whose last frame times a takeover; others once a minute. */
  saveClaims(view: WatchView, now: Micros, ahead: Micros): void {
    const vips = new Set(view.vips(now).map((vip) => vip.ip));
    this.#save('claim', view.claims(), now, ahead, {
      key: (row) => `${row.segment.name} ${row.ip} ${row.mac}`,
      at: (row) => row.lastSeen,
      version: (row) => String(vips.has(row.ip) ? row.lastSeen : Math.floor(row.lastSeen / CLAIM_REFRESH)),
    });
  }

  #save<Row extends object>(
    kind: Kind,
    rows: readonly Row[],
    now: Micros,
    ahead: Micros,
    of: { key: (row: Row) => string; at: (row: Row) => Micros; version: (row: Row) => string },
  ): void {
    const written = this.#written[kind];
    const changed: { kind: string; key: string; at: Micros; json: string }[] = [];
    const present = new Set<string>();
    for (const row of rows) {
      const key = of.key(row);
      const version = of.version(row);
      present.add(key);
      if (written.get(key) === version) continue;
      written.set(key, version);
      changed.push({ kind, key, at: of.at(row) + ahead, json: encode(row, ahead) });
    }
    // What cannot be written waits in the store, which tries again by itself.
    if (changed.length > 0) this.#store.put(changed, now);
    if (written.size === present.size) return;
    const gone = [...written.keys()].filter((key) => !present.has(key));
    for (const key of gone) written.delete(key);
    this.#store.remove(kind, gone, now);
  }
}

function encode(row: object, ahead: Micros): string {
  return JSON.stringify(row, (field, value: unknown) => {
    if (value === Number.POSITIVE_INFINITY) return 'forever';
    return typeof value === 'number' && TIME_FIELDS.has(field) ? value + ahead : value;
  });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
