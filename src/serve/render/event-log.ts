// What is said in the log of each event.

import { lengthText } from '../../base/length-text.ts';
import { quotedName } from '../../base/quoted-name.ts';
import type { IsoTime } from '../../base/time.ts';
import { type FailoverTest, writeSpec } from '../../failover/failover-test.ts';
import { changeWords } from '../../watch/finding/change-words.ts';
import { lengthOf } from '../../watch/takeover/takeover.ts';
import type { WatchEvent } from '../../watch/view.ts';
import { renderEvent } from './render.ts';

/** The part of a logger that is needed here (pino's). */
export interface EventLogger {
  isLevelEnabled(level: 'debug'): boolean;
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export function logTest(logger: EventLogger, test: FailoverTest): void {
  const { id, phase, requestedBy, message, spec, gapMs, serviceGapMs } = test;
  const fields = { event: 'failover-test', id, phase, ...writeSpec(spec), requestedBy, gapMs, serviceGapMs };
  const text = `Failover test of ${spec.vip}: ${message}`;
  if (phase === 'Failed') logger.warn(fields, text);
  else logger.info(fields, text);
}

export function logEvent(logger: EventLogger, event: WatchEvent, iso: IsoTime): void {
  // As many as frames.
  if (event.type === 'lease' && !logger.isLevelEnabled('debug')) return;
  const { type, ...fields } = renderEvent(event, iso);
  switch (event.type) {
    case 'finding': {
      const { severity, kind, ip, message } = event.finding;
      if (event.action === 'resolved') {
        logger.info({ event: type, action: event.action, kind, ip }, `Resolved: ${message}`);
      } else {
        const { message: _, evidence: __, ...told } = fields as { message: string; evidence: unknown };
        const text =
          event.action === 'changed'
            ? `${capitalized(changeWords(event.changed, event.finding))}: ${message}`
            : message;
        if (severity === 'critical') logger.error({ event: type, ...told }, text);
        else logger.warn({ event: type, ...told }, text);
      }
      return;
    }
    case 'takeover': {
      const { ip, class: takeoverClass, from, to } = event.takeover;
      logger.info(
        { event: type, ...fields },
        `${ip} went from ${from.node} to ${to.node}: ${takeoverClass}, ${lengthOf(event.takeover)}`,
      );
      return;
    }
    case 'service-gap': {
      const { ip, to, serviceGap } = event.takeover;
      const { gapMs = null, open = false } = serviceGap ?? {};
      // Most often there was nothing to measure: the API says why.
      if (gapMs === null) return;
      const text = open
        ? `The service on ${ip} has been away for ${lengthText(gapMs)}, and ${to.node} does not serve it yet`
        : `The service on ${ip} was away for ${lengthText(gapMs)}, until ${to.node} served`;
      logger.info({ event: type, ...fields }, text);
      return;
    }
    case 'lease': {
      const { ip, state, mac, hostname } = event.step;
      logger.debug(
        { event: type, ...fields },
        `Lease of ${ip} ${state}: ${hostname === null ? mac : quotedName(hostname)}`,
      );
      return;
    }
    default:
      event satisfies never;
  }
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
