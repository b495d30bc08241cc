// The shapes of events: what the event stream sends, and what a replay prints.
import * as Type from 'typebox/type';
import { CHANGED_FIELDS } from '../../watch/finding/finding.ts';
import {
  AcknowledgedSchema,
  closed,
  FailoverTestSchema,
  FindingSchema,
  LeaseSchema,
  nameOf,
  nullable,
  TakeoverSchema,
  text,
  time,
} from './schemas.ts';

/** What a client of the event stream can choose among. */
export const EVENT_TYPES = ['finding', 'takeover', 'service-gap', 'lease', 'failover-test'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * Why events may have been missed: the id that the client saw last is none, it is of this agent's life before its restart,
 * or it is older than what is remembered.
 */
export const RESET_REASONS = ['unknown-id', 'restarted', 'forgotten'] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

const finding = FindingSchema.properties;
const {
  class: takeoverClass,
  ip,
  from,
  to,
  gapMs,
  overlapMs,
  uncertaintyMs,
  phases,
} = TakeoverSchema.properties;
const { serviceGapMs, serviceOpen, serviceUncertaintyMs, servedMs, serviceNote } = TakeoverSchema.properties;
const lease = LeaseSchema.properties;

export const FindingEventSchema = Type.Object(
  {
    type: Type.Literal('finding'),
    action: Type.Enum(['raised', 'changed', 'resolved']),
    changed: Type.Optional(
      Type.Array(Type.Enum([...CHANGED_FIELDS]), {
        description: 'with the action changed: what changed since the last event',
      }),
    ),
    at: time,
    id: finding.id,
    kind: finding.kind,
    severity: finding.severity,
    confirmed: finding.confirmed,
    ip: finding.ip,
    macs: finding.macs,
    interface: finding.interface,
    vlan: finding.vlan,
    vip: finding.vip,
    message: finding.message,
    remedy: finding.remedy,
    acknowledged: Type.Optional(
      nullable(AcknowledgedSchema, {
        description: 'absent if the finding is not acknowledged; null if it was acknowledged until now',
      }),
    ),
    evidence: Type.Array(Type.Object({ at: time, summary: text }, closed)),
  },
  { ...closed, $id: 'FindingEvent' },
);

export const TakeoverEventSchema = Type.Object(
  {
    type: Type.Literal('takeover'),
    at: time,
    class: takeoverClass,
    ip,
    from,
    to,
    gapMs,
    overlapMs,
    uncertaintyMs,
    phases,
  },
  { ...closed, $id: 'TakeoverEvent' },
);

export const ServiceGapEventSchema = Type.Object(
  {
    type: Type.Literal('service-gap'),
    at: time,
    takeoverAt: Type.String({ format: 'date-time', description: 'the `at` of the earlier takeover' }),
    class: takeoverClass,
    ip,
    from,
    to,
    serviceGapMs,
    serviceOpen,
    serviceUncertaintyMs,
    servedMs,
    serviceNote,
  },
  { ...closed, $id: 'ServiceGapEvent' },
);

export const LeaseEventSchema = Type.Object(
  {
    type: Type.Literal('lease'),
    at: time,
    state: lease.state,
    ip: lease.ip,
    prefixLength: lease.prefixLength,
    mac: lease.mac,
    server: lease.server,
    hostname: lease.hostname,
    seconds: lease.seconds,
    interface: lease.interface,
    vlan: lease.vlan,
  },
  { ...closed, $id: 'LeaseEvent' },
);

export const FailoverTestEventSchema = Type.Object(
  { type: Type.Literal('failover-test'), at: time, ...FailoverTestSchema.properties },
  { ...closed, $id: 'FailoverTestEvent' },
);

export const ResetEventSchema = Type.Object(
  {
    type: Type.Literal('reset'),
    at: time,
    reason: Type.Enum([...RESET_REASONS], {
      description: 'why events may have been missed: read the lists again',
    }),
  },
  { ...closed, $id: 'ResetEvent' },
);

const EVENT_SCHEMAS = [
  FindingEventSchema,
  TakeoverEventSchema,
  ServiceGapEventSchema,
  LeaseEventSchema,
  FailoverTestEventSchema,
  ResetEventSchema,
] as const;

/** By which property a client tells them apart (OpenAPI 3.1, section 4.8.25). */
const discriminator = {
  propertyName: 'type',
  mapping: Object.fromEntries(
    EVENT_SCHEMAS.map((schema) => [schema.properties.type.const, `#/components/schemas/${nameOf(schema)}`]),
  ),
};

export const EventSchema = Type.Union([...EVENT_SCHEMAS], { $id: 'StreamEvent', discriminator });
