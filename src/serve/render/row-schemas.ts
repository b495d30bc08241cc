// The shapes of what rows.ts and intent.ts render.
import * as Type from 'typebox/type';
import { SEVERITIES, type Severity } from '../../watch/finding/kinds.ts';
import { AVAILABILITY_MINUTES } from '../../watch/takeover/availability.ts';
import { closed, nullable, text, time, VipTakeoverSchema, vlan } from './schemas.ts';

const count = Type.Integer();
const texts = Type.Array(text);

export const AvailabilitySchema = Type.Object(
  {
    ip: text,
    service: nullable(text),
    from: Type.String({ format: 'date-time', description: 'when the first minute began' }),
    minutes: Type.String({
      minLength: AVAILABILITY_MINUTES,
      maxLength: AVAILABILITY_MINUTES,
      description:
        'one letter for each minute: `u` answered, `d` unanswered, `p` partly answered, `-` not seen by this agent, for example before its process began',
    }),
  },
  { ...closed, $id: 'Availability' },
);

export const PoolSchema = Type.Object(
  {
    name: text,
    ranges: Type.Array(Type.Object({ first: text, last: text }, closed)),
    autoAssign: Type.Boolean({
      description:
        'false: MetalLB assigns its addresses only to a Service that asks for this pool or address',
    }),
    total: Type.Number({ description: 'all its addresses; rounded for IPv6' }),
    assigned: Type.Integer({ description: 'VIPs' }),
    leased: Type.Integer({ description: 'leased by DHCP to a client, VIP or not' }),
    taken: Type.Integer({ description: 'free addresses that a machine outside the cluster uses' }),
    free: Type.Number({ description: 'neither a VIP, nor leased, nor taken' }),
  },
  { ...closed, $id: 'Pool' },
);

export const NodeSchema = Type.Object(
  {
    name: text,
    addresses: texts,
    macs: Type.Array(text, { description: 'listed, published by its agent, or learned from the wire' }),
    own: Type.Boolean({ description: 'true: this agent runs there' }),
    agentReady: nullable(Type.Boolean(), {
      description: 'true: an agent runs there and is ready; null: not known, as with a static intent',
    }),
    agentVersion: nullable(text, { description: "known only for this agent's own node" }),
  },
  { ...closed, $id: 'Node' },
);

export const SegmentSchema = Type.Object(
  {
    interface: text,
    vlan,
    mac: nullable(text, { description: "this node's own MAC on the segment" }),
    networks: Type.Array(Type.Object({ address: text, network: text }, closed), {
      description: "this node's own addresses on the segment, each with its network",
    }),
    gateways: Type.Array(text, { description: 'IPv4 default gateways of this node on the segment' }),
  },
  { ...closed, $id: 'Segment' },
);

const servicePort = Type.Object({ port: count, protocol: text }, closed);

export const IntentSchema = Type.Object(
  {
    intent: Type.Object(
      {
        source: Type.Literal('static'),
        static: Type.Object(
          {
            pools: Type.Array(Type.Object({ name: text, addresses: texts }, closed)),
            vips: Type.Array(
              Type.Object(
                {
                  address: text,
                  service: Type.Optional(text),
                  ports: Type.Optional(Type.Array(servicePort)),
                },
                closed,
              ),
            ),
            nodes: Type.Array(
              Type.Object({ name: text, addresses: texts, macs: Type.Optional(texts) }, closed),
            ),
          },
          closed,
        ),
      },
      closed,
    ),
  },
  { ...closed, $id: 'IntentFile' },
);

const bySeverity = Object.fromEntries(SEVERITIES.map((one) => [one, count])) as Record<
  Severity,
  typeof count
>;

export const SummarySchema = Type.Object(
  {
    at: time,
    version: text,
    node: nullable(text, {
      description: 'the node that this agent runs on; null: the intent does not name it',
    }),
    ready: Type.Boolean({ description: 'as in /readyz; false: the rest is what was last known' }),
    unreadyReason: nullable(text, { description: 'why it is not ready, in the words of /readyz' }),
    intentConfirmedAt: nullable(time, { description: 'when the intent was last known to be in force' }),
    vips: Type.Object(
      {
        total: count,
        up: count,
        down: count,
        unknown: Type.Integer({ description: 'VIPs that this agent does not probe, or has just begun to' }),
      },
      closed,
    ),
    findings: Type.Object(
      { ...bySeverity, suppressed: count, acknowledged: count },
      {
        ...closed,
        description:
          'active findings by severity; how many are suppressed; how many of the active ones are acknowledged',
      },
    ),
    lastTakeover: nullable(Type.Object({ ip: text, ...VipTakeoverSchema.properties }, closed)),
    dhcp: Type.Enum(['apart', 'overlapping', 'unknown'], {
      description:
        'whether the DHCP ranges and the pools share addresses; unknown: no range is known completely, and the known parts share none',
    }),
    agents: nullable(Type.Object({ ready: count, nodes: count }, closed), {
      description: 'on how many nodes an agent is ready; null: not known',
    }),
  },
  { ...closed, $id: 'Summary' },
);
