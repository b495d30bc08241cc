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
        'a letter a minute: `u` answered, `d` unanswered, `p` answered for a part of it, `-` not seen from here, as before this process began',
    }),
  },
  { ...closed, $id: 'Availability' },
);

export const PoolSchema = Type.Object(
  {
    name: text,
    ranges: Type.Array(Type.Object({ first: text, last: text }, closed)),
    autoAssign: Type.Boolean({
      description: 'false: handed out only to a Service that asks for this pool or address',
    }),
    total: Type.Number({ description: 'all its addresses; of IPv6, about so many' }),
    assigned: Type.Integer({ description: 'VIPs' }),
    leased: Type.Integer({ description: 'by DHCP to a client, VIP or not' }),
    taken: Type.Integer({ description: 'free ones that a machine outside the cluster uses' }),
    free: Type.Number({ description: 'neither a VIP, nor leased, nor taken' }),
  },
  { ...closed, $id: 'Pool' },
);

export const NodeSchema = Type.Object(
  {
    name: text,
    addresses: texts,
    macs: Type.Array(text, { description: 'listed, published by its agent, or learned from the wire' }),
    own: Type.Boolean({ description: 'this agent runs there' }),
    agentReady: nullable(Type.Boolean(), {
      description: 'an agent runs there and is ready; null: not known, as with a static intent',
    }),
    agentVersion: nullable(text, { description: "known of this agent's own node alone" }),
  },
  { ...closed, $id: 'Node' },
);

export const SegmentSchema = Type.Object(
  {
    interface: text,
    vlan,
    mac: nullable(text, { description: "this node's own there" }),
    networks: Type.Array(Type.Object({ address: text, network: text }, closed), {
      description: "this node's own addresses there, each with its network",
    }),
    gateways: Type.Array(text, { description: 'IPv4 default gateways of this node there' }),
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
    node: nullable(text, { description: 'where this agent runs; null: on none that the intent names' }),
    ready: Type.Boolean({ description: 'as /readyz says it; false: the rest is what was last known' }),
    unreadyReason: nullable(text, { description: 'why it is not ready, in the words of /readyz' }),
    intentConfirmedAt: nullable(time, { description: 'when the intent was last known to be in force' }),
    vips: Type.Object(
      {
        total: count,
        up: count,
        down: count,
        unknown: Type.Integer({ description: 'this agent does not ask' }),
      },
      closed,
    ),
    findings: Type.Object(
      { ...bySeverity, suppressed: count, acknowledged: count },
      {
        ...closed,
        description:
          'active ones by severity, how many are suppressed, and how many of the active ones are acknowledged',
      },
    ),
    lastTakeover: nullable(Type.Object({ ip: text, ...VipTakeoverSchema.properties }, closed)),
    dhcp: Type.Enum(['apart', 'overlapping', 'unknown'], {
      description:
        'what DHCP hands out, beside the pools; unknown: no range is known, or only a part of one, which is apart',
    }),
    agents: nullable(Type.Object({ ready: count, nodes: count }, closed), {
      description: 'on how many of the nodes an agent is ready; null: not known',
    }),
  },
  { ...closed, $id: 'Summary' },
);
