// The rows of agents' lists, held against what the views read of them: whatever answers may be no agent, or another version of it.
import { at } from '../base/json.ts';
import type { FindingRow, LeaseRow, TakeoverRow, VipRow } from './agents-merged.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isTime: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
/** Null, too, and what is left out. */
const orNone =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);
const shape =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(([key, check]) => check(at(value, key)));

const FINDING = shape({
  ...{ id: isText, kind: isText, severity: isText, state: isText, ip: isText },
  ...{ raisedAt: isTime, refreshedAt: isTime, resolvedAt: orNone(isTime) },
  ...{ message: isText, remedy: isText, vip: orNone(shape({ service: orNone(isText) })) },
  // Agents of earlier versions leave it out.
  acknowledged: orNone(shape({ by: orNone(isText), comment: isText, until: isTime })),
});

const ANNOUNCER = shape({ mac: isText, node: orNone(isText), since: isTime, lastSeen: isTime });

const VIP = shape({
  ip: isText,
  service: orNone(isText),
  up: orNone((value) => typeof value === 'boolean'),
  elected: orNone(shape({ node: orNone(isText) })),
  announcers: (value) => Array.isArray(value) && value.every(ANNOUNCER),
});

const PARTY = shape({ node: isText, mac: isText });

const TAKEOVER = shape({
  ...{ ip: isText, class: isText, at: isTime, from: PARTY, to: PARTY },
  ...{ gapMs: isNumber, uncertaintyMs: isNumber, overlapMs: isNumber },
});

const LEASE = shape({
  ...{ ip: isText, prefixLength: orNone(isNumber), mac: isText, clientId: isText, state: isText },
  ...{ lastSeen: isTime, expiresAt: orNone(isTime), hostname: orNone(isText) },
});

export const isFinding = FINDING as (row: unknown) => row is FindingRow;
export const isVip = VIP as (row: unknown) => row is VipRow;
export const isTakeover = TAKEOVER as (row: unknown) => row is TakeoverRow;
export const isLease = LEASE as (row: unknown) => row is LeaseRow;
