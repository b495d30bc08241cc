// The shapes of what is rendered: one definition documents the answer and is what the tests hold answers against. One with
// an `$id` is a schema of that name in the OpenAPI document, and so a type of that name in a generated client.
import * as Type from 'typebox/type';
import { LEASE_STATES } from '../../dhcp/lease.ts';
import { KNOWLEDGE_SOURCES } from '../../dhcp/router-knowledge.ts';
import { LEGS, TEST_MODES, TEST_PHASES, VANTAGE_RESULTS } from '../../failover/failover-test.ts';
import { FINDING_STATES, SUPPRESSED_BY } from '../../watch/finding/finding.ts';
import { FINDING_KINDS, SEVERITIES } from '../../watch/finding/kinds.ts';
import { TAKEOVER_CLASSES } from '../../watch/takeover/takeover.ts';

export const closed = { additionalProperties: false };
export const nullable = <Schema extends Type.TSchema>(schema: Schema, options: Type.TSchemaOptions = {}) =>
  Type.Union([schema, Type.Null()], options);
export const time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC, microseconds' });
export const vlan = nullable(Type.Integer({ minimum: 0, maximum: 4095 }));
export const text = Type.String();

/** Of a schema that has one. */
export function nameOf(schema: Type.TSchema): string {
  return (schema as Type.TSchemaOptions).$id!;
}

export const FindingKindSchema = Type.Enum(FINDING_KINDS, { $id: 'FindingKind' });
export const SeveritySchema = Type.Enum([...SEVERITIES], { $id: 'Severity' });
export const LeaseStateSchema = Type.Enum([...LEASE_STATES], { $id: 'LeaseState' });
export const TakeoverClassSchema = Type.Enum([...TAKEOVER_CLASSES], { $id: 'TakeoverClass' });

export const AcknowledgedSchema = Type.Object(
  {
    by: nullable(text, { description: 'the name of the token; null: it has no name' }),
    comment: text,
    at: time,
    until: time,
  },
  { ...closed, $id: 'Acknowledged' },
);

export const FindingSchema = Type.Object(
  {
    id: Type.String({
      description: 'kind, segment, address and culprit; the same on every agent, and after a restart',
    }),
    state: Type.Enum([...FINDING_STATES]),
    kind: FindingKindSchema,
    severity: SeveritySchema,
    confirmed: Type.Boolean({
      description:
        'false: the machine was seen only briefly; it has neither answered a probe nor claimed the address again',
    }),
    ip: text,
    macs: Type.Array(text),
    interface: nullable(text),
    vlan,
    vip: nullable(Type.Object({ service: nullable(text), pool: nullable(text) }, closed)),
    message: Type.String({ description: 'what is wrong' }),
    remedy: Type.String({ description: 'what to do' }),
    raisedAt: time,
    refreshedAt: time,
    resolvedAt: nullable(time),
    suppressed: nullable(
      Type.Object({ by: Type.Enum([...SUPPRESSED_BY]), comment: nullable(text) }, closed),
      { description: 'why it was not raised; null: it was raised' },
    ),
    acknowledged: nullable(AcknowledgedSchema, {
      description:
        'somebody knows about it and takes care of it, so it raises no alert; null: not acknowledged',
    }),
    occurrences: Type.Integer(),
    documentation: text,
    evidence: Type.Array(Type.Object({ at: time, interface: text, summary: text }, closed)),
  },
  { ...closed, $id: 'Finding' },
);

export const VipTakeoverSchema = Type.Object(
  {
    at: time,
    class: TakeoverClassSchema,
    from: text,
    to: text,
    gapMs: Type.Number(),
    uncertaintyMs: Type.Number(),
  },
  { ...closed, $id: 'VipTakeover' },
);

const owner = Type.Object({ mac: text, node: text }, { ...closed, $id: 'Announcer' });

export const TakeoverSchema = Type.Object(
  {
    at: time,
    class: TakeoverClassSchema,
    ip: text,
    from: owner,
    to: owner,
    gapMs: Type.Number({
      description: 'from the last frame of the old announcer to the first of the new one',
    }),
    overlapMs: Type.Number({
      description: 'how long the old announcer still answered after the new one had begun',
    }),
    uncertaintyMs: Type.Number({
      description: 'the VIP was unanswered for at least gapMs - uncertaintyMs and at most gapMs',
    }),
    phases: Type.Object(
      {
        announcedMs: nullable(
          Type.Number({
            description: "from the old announcer's last answer to the new one's first announcement",
          }),
        ),
        answeredMs: nullable(
          Type.Number({
            description: "from the old announcer's last answer to the new one's first answer to a request",
          }),
        ),
      },
      { ...closed, description: 'null: not seen' },
    ),
    serviceGapMs: nullable(
      Type.Number({
        description:
          "from the service's last SYN-ACK before the takeover to the first one by the new announcer",
      }),
    ),
    serviceOpen: Type.Boolean({
      description:
        'true: the service was not back yet, and serviceGapMs is how long it had been away by then',
    }),
    serviceUncertaintyMs: nullable(
      Type.Number({ description: 'by how much the gap of the service may have been shorter' }),
    ),
    servedMs: nullable(
      Type.Number({ description: "from the old announcer's last answer to the new one's first SYN-ACK" }),
    ),
    serviceNote: nullable(Type.String({ description: 'why the service was not measured' })),
    lastOldAt: time,
    service: nullable(text),
    interface: text,
    vlan,
  },
  { ...closed, $id: 'Takeover' },
);

export const LeaseSourceSchema = Type.Enum(['heard', 'import'], {
  $id: 'LeaseSource',
  description: "heard: seen on the wire; import: only a server's own table lists it",
});

export const LeaseSchema = Type.Object(
  {
    state: LeaseStateSchema,
    ip: text,
    prefixLength: Type.Optional(
      Type.Integer({
        description: 'the length of a prefix that DHCPv6 delegated; its first address is `ip`',
      }),
    ),
    mac: text,
    server: nullable(text),
    hostname: nullable(text),
    seconds: nullable(Type.Number({ description: '4294967295: for ever' })),
    source: LeaseSourceSchema,
    import: nullable(text, { description: 'the name of the import that lists it' }),
    clientId: Type.String({
      description:
        'option 61 as hex, else the hardware address; in DHCPv6 the DUID and the identity association',
    }),
    interface: text,
    vlan,
    firstSeen: time,
    lastSeen: time,
    expiresAt: nullable(time),
  },
  { ...closed, $id: 'Lease' },
);

export const ClaimSchema = Type.Object(
  {
    ip: text,
    mac: text,
    node: Type.Union([text, Type.Null()], { description: 'null: a machine outside the cluster' }),
    hostname: nullable(text, {
      description:
        'the name that a machine outside the cluster gave in DHCP; null: it gave none, or it is a node',
    }),
    interface: text,
    vlan,
    firstSeen: time,
    lastSeen: time,
    counts: Type.Object(
      { announcement: Type.Integer(), reply: Type.Integer(), request: Type.Integer() },
      { ...closed, description: 'frames, by kind of claim' },
    ),
  },
  { ...closed, $id: 'Claim' },
);

export const VipSchema = Type.Object(
  {
    ip: text,
    service: nullable(text),
    pool: nullable(text),
    up: Type.Union([Type.Boolean(), Type.Null()], {
      description:
        'true: it was answered recently; null: this agent does not probe the VIP, or has just begun to',
    }),
    elected: Type.Union(
      [
        Type.Object(
          {
            node: Type.Union([text, Type.Null()], { description: 'null: no node can announce it' }),
            reason: Type.Union([text, Type.Null()], { description: 'why no node can' }),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: "the node that should announce it by MetalLB's rules; null: not known" },
    ),
    announcers: Type.Array(
      Type.Object(
        { mac: text, node: nullable(text), interface: text, vlan, since: time, lastSeen: time },
        closed,
      ),
    ),
    lastTakeover: nullable(VipTakeoverSchema, { description: 'null: no takeover is remembered' }),
    worstTakeover: nullable(VipTakeoverSchema, {
      description: 'the remembered takeover with the longest gap',
    }),
  },
  { ...closed, $id: 'Vip' },
);

export const DhcpServerSchema = Type.Object(
  {
    ip: text,
    mac: nullable(text),
    expected: Type.Boolean(),
    interface: text,
    vlan,
    firstSeen: time,
    lastSeen: time,
    messages: Type.Integer(),
  },
  { ...closed, $id: 'DhcpServer' },
);

export const RangeSourceSchema = Type.Enum([...KNOWLEDGE_SOURCES], {
  $id: 'RangeSource',
  description:
    'configuration: `dhcp.ranges`; import: read from a server or its files; audit: found by asking a server',
});

export const DhcpRangeSchema = Type.Object(
  {
    first: text,
    last: text,
    atLeast: Type.Boolean({ description: 'true: the server leases these addresses and perhaps others' }),
    source: RangeSourceSchema,
    name: Type.String({ description: "the option, the import's name, or the server's address" }),
    readAt: nullable(time, { description: 'when it was read; null: it comes from the configuration' }),
  },
  { ...closed, $id: 'DhcpRange' },
);

const milliseconds = (description: string) => Type.Number({ description });
const node = nullable(text);

export const FailoverTestSchema = Type.Object(
  {
    id: text,
    vip: text,
    mode: Type.Enum([...TEST_MODES]),
    maxGap: Type.String({ description: 'the longest gap that still passes, e.g. 10s' }),
    timeLimit: Type.String({ description: 'how long to wait for the takeover, e.g. 2m' }),
    phase: Type.Enum([...TEST_PHASES]),
    message: Type.String({ description: 'what the test waits for, or how it ended and why' }),
    createdAt: time,
    startedAt: nullable(time),
    finishedAt: nullable(time),
    service: nullable(text),
    from: node,
    to: node,
    coordinator: node,
    gapMs: nullable(milliseconds('the longest gap of both legs and all vantage points')),
    serviceGapMs: nullable(milliseconds('the longest gap of the service')),
    vantagePoints: Type.Array(
      Type.Object(
        {
          node: text,
          interface: text,
          result: nullable(
            Type.Enum([...VANTAGE_RESULTS], {
              description: 'by what the agent of this node saw; null: not judged',
            }),
          ),
          legs: Type.Array(
            Type.Object(
              {
                leg: Type.Enum([...LEGS]),
                from: text,
                to: text,
                gapMs: milliseconds('how long no answer was proven'),
                uncertaintyMs: milliseconds('by how much the gap may have been shorter, at most'),
                overlapMs: milliseconds('how long both nodes answered'),
                serviceGapMs: nullable(milliseconds('how long the service sent no SYN-ACK')),
                serviceOpen: Type.Boolean({
                  description:
                    'true: the service was not back yet, and serviceGapMs is how long it had been away by then',
                }),
                serviceNote: nullable(Type.String({ description: 'why the service was not measured' })),
                phases: Type.Object(
                  {
                    announcedMs: nullable(
                      milliseconds(
                        "from the old announcer's last answer to the new one's first announcement",
                      ),
                    ),
                    answeredMs: nullable(
                      milliseconds(
                        "from the old announcer's last answer to the new one's first answer to a request",
                      ),
                    ),
                    servedMs: nullable(
                      milliseconds("from the old announcer's last answer to the new one's first SYN-ACK"),
                    ),
                  },
                  closed,
                ),
              },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
  },
  { ...closed, $id: 'FailoverTest' },
);
