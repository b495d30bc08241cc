// Joins the audits with the rest of the daemon. Loaded only where they are wanted.
import { randomBytes } from 'node:crypto';
import type { AuditRow } from '../audit/audit.ts';
import { Auditing } from '../audit/auditing.ts';
import { MINUTE, type Micros } from '../base/time.ts';
import type { LiveCapture } from '../host/capture/live-capture.ts';
import type { Intent } from '../intent/intent.ts';
import { ipOfNumber } from '../net/range.ts';
import type { Core } from './core.ts';

/** The cluster's API was not heard for longer: what it intends may be something else by now. */
const STALE_AFTER = MINUTE;

export function makeAuditing(
  core: Core,
  every: Micros,
  capture: LiveCapture,
  intentInForce: () => Intent | null,
): Auditing {
  const { config, clock, log, schedule, watcher, probing, late } = core;
  const isStale = (now: Micros) => {
    if (config.kubernetes === null) return false;
    return now - (late.cluster?.kubernetes.confirmedAt() ?? Number.NEGATIVE_INFINITY) > STALE_AFTER;
  };
  return new Auditing({
    every,
    startedAt: clock.now(),
    random: Math.random,
    transactionId: () => randomBytes(4).readUInt32BE(),
    intent: (now) => (isStale(now) ? null : intentInForce()),
    isFirstOn: ({ family, first }) => probing.isFirstFor(ipOfNumber(family, first + 1n)),
    auditedAt: (ip) => watcher.auditedAt(ip),
    capture,
    onSent: (frame) => schedule.tell(watcher.frame(frame)),
    onRow: (row) =>
      log[row.verdict === 'would-lease' ? 'warn' : 'info']({ event: 'dhcp-audit', ...row }, textOf(row)),
  });
}

function textOf({ ip, server, verdict, offered }: AuditRow): string {
  switch (verdict) {
    case 'would-lease':
      return `DHCP server ${server} would lease ${ip} today`;
    case 'safe':
    case 'was-not-offered':
      return `DHCP server ${server} offered ${offered} instead of ${ip}`;
    case 'unknown':
      return `It is not known whether DHCP would lease ${ip}`;
    default:
      return verdict satisfies never;
  }
}
