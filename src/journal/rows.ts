// The rows of the journal: their shape, and how they are written and read.
import * as Type from 'typebox/type';
import type { Micros, Seconds } from '../base/time.ts';
import { LEASE_STATES } from '../dhcp/lease.ts';
import { TEST_MODES } from '../failover/failover-test.ts';
import { parseIp, parseMac } from '../net/address.ts';
import { FailoverTestSchema } from '../serve/render/schemas.ts';
import { FINDING_STATES, type Finding, MAX_EVIDENCE, SUPPRESSED_BY } from '../watch/finding/finding.ts';
import { FINDING_KINDS, SEVERITIES } from '../watch/finding/kinds.ts';
import type { LeaseRow } from '../watch/lan/lease.ts';
import { TAKEOVER_CLASSES } from '../watch/takeover/takeover.ts';

const closed = { additionalProperties: false };
const nullable = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
/** Of one text: what is longer is cut when it is written, since a row that cannot be read again is lost. */
const MAX_TEXT = 2_000;
const text = Type.String({ maxLength: MAX_TEXT });
const ip = Type.Refine(Type.String(), (value) => parseIp(value) === value);
const mac = Type.Refine(Type.String(), (value) => parseMac(value) === value);
const time = Type.Number({ minimum: 0 });
const milliseconds = Type.Number({ minimum: 0 });
const count = Type.Integer({ minimum: 0 });
const segment = Type.Object(
  { interface: text, vlan: nullable(Type.Integer({ minimum: 0, maximum: 4095 })), name: text },
  closed,
);
const suppression = Type.Object({ by: Type.Enum([...SUPPRESSED_BY]), comment: nullable(text) }, closed);
const owner = Type.Object({ mac, node: text }, closed);
const culprit = Type.Union([Type.Object({ mac }, closed), Type.Object({ node: text }, closed)]);

/** As the API tells it, apart from what is asked for. */
const { vip: _, mode: __, maxGap: ___, timeLimit: ____, ...failoverTest } = FailoverTestSchema.properties;

/** What the journal holds of each kind, and nothing else. */
export const ROWS = {
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
      prefixLength: Type.Optional(Type.Integer({ minimum: 0, maximum: 128 })),
      transmitter: Type.Optional(mac),
      confirmed: Type.Optional(Type.Literal('by-server')),
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
      ownSeverity: Type.Optional(Type.Enum([...SEVERITIES])),
      // This one and the culprit are absent in what earlier versions wrote.
      confirmed: Type.Optional(Type.Boolean()),
      ip,
      culprit: Type.Optional(nullable(culprit)),
      macs: Type.Array(mac),
      segment: nullable(segment),
      vip: nullable(
        Type.Object(
          {
            service: nullable(text),
            sharedWith: Type.Optional(Type.Array(text)),
            pool: nullable(text),
          },
          closed,
        ),
      ),
      message: text,
      remedy: text,
      evidence: Type.Array(Type.Object({ at: time, interface: text, summary: text }, closed), {
        maxItems: MAX_EVIDENCE,
      }),
      state: Type.Enum([...FINDING_STATES]),
      suppressed: Type.Optional(suppression),
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
      gapMs: milliseconds,
      uncertaintyMs: milliseconds,
      overlapMs: milliseconds,
      phases: Type.Object(
        { announcedMs: nullable(milliseconds), answeredMs: nullable(milliseconds) },
        closed,
      ),
      serviceGap: Type.Optional(
        Type.Object(
          {
            gapMs: nullable(milliseconds),
            open: Type.Boolean(),
            uncertaintyMs: nullable(milliseconds),
            servedMs: nullable(milliseconds),
            note: nullable(text),
          },
          closed,
        ),
      ),
    },
    closed,
  ),
  acknowledgement: Type.Object(
    {
      finding: text,
      severity: Type.Enum([...SEVERITIES]),
      confirmed: Type.Boolean(),
      service: nullable(text),
      macs: nullable(Type.Array(mac)),
      by: nullable(text),
      comment: text,
      at: text,
      until: text,
    },
    closed,
  ),
  'failover-test': Type.Object(
    {
      ...failoverTest,
      spec: Type.Object({ vip: ip, mode: Type.Enum([...TEST_MODES]), maxGap: time, timeLimit: time }, closed),
      requestedBy: nullable(text),
    },
    closed,
  ),
} as const;
export type RowKind = keyof typeof ROWS;
export type FindingAsWritten = Omit<Finding, 'confirmed' | 'culprit'> &
  Partial<Pick<Finding, 'confirmed' | 'culprit'>>;
export type LeaseAsWritten = Omit<LeaseRow, 'seconds'> & { readonly seconds: Seconds | null | 'forever' };

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

/** Times are told as the wall clock has them: `ahead` is how much that is ahead of the watcher's. */
export function encode(row: object, ahead: Micros): string {
  return JSON.stringify(row, (field, value: unknown) => {
    if (value === Number.POSITIVE_INFINITY) return 'forever';
    // Kept by itself: it outlives the finding.
    if (field === 'acknowledged') return undefined;
    if (typeof value === 'string' && value.length > MAX_TEXT) return cut(value);
    return typeof value === 'number' && TIME_FIELDS.has(field) ? value + ahead : value;
  });
}

/** The same with all its times so much earlier. */
export function movedBack<Row>(row: Row, by: Micros): Row {
  const moved = (field: string, value: unknown): unknown => {
    if (typeof value === 'number' && TIME_FIELDS.has(field)) return value - by;
    if (Array.isArray(value)) return value.map((one) => moved('', one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, moved(name, one)]));
  };
  return moved('', row) as Row;
}

/** Between characters, not within a surrogate pair. */
function cut(text: string): string {
  return `${text.slice(0, MAX_TEXT - 1).replace(/[\ud800-\udbff]$/u, '')}…`;
}

/** Undefined where it is no JSON. */
export function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
