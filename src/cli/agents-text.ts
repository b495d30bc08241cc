// What agents see, for people.
import { styleText } from 'node:util';
import { gapText } from '../base/length-text.ts';
import { quotedName } from '../base/quoted-name.ts';
import { MILLISECOND } from '../base/time.ts';
import type { FindingRow, LeaseRow, SeenBy, TakeoverRow, VipRow } from './agents-merged.ts';
import { spanText } from './replay-summary.ts';
import { answeringOf, isInTrouble } from './status.ts';
import type { Terminal } from './terminal.ts';
import { tableText, wrapped } from './text-table.ts';
import { toSecond } from './time-text.ts';

export type Look = Pick<Terminal, 'color' | 'columns' | 'isTerminal' | 'timeText'>;

const WIDEST = 100;

export function paint({ color }: Look, style: Parameters<typeof styleText>[0], text: string): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}

export function widthOf({ columns }: Look): number {
  return Math.min(columns, WIDEST);
}

/** What is wrong, since when, who sees it, what to do. */
export function findingText(finding: SeenBy<FindingRow>, look: Look, now: number): string {
  const { severity, kind, ip, state, raisedAt, resolvedAt, message, remedy, seenBy, vip, acknowledged } =
    finding;
  const style = state !== 'active' ? 'dim' : severity === 'critical' ? 'red' : 'yellow';
  const word = state === 'active' ? severity : state;
  const service = vip?.service == null ? '' : `  ${vip.service}`;
  const head = `${paint(look, [style, 'bold'], word.toUpperCase().padEnd(8))}  ${paint(look, 'bold', ip)}  ${kind}${service}\n`;
  const since = `since ${toSecond(look.timeText(raisedAt))} (${ageText(raisedAt, now)} ago)`;
  const until = resolvedAt === null ? '' : `, until ${toSecond(look.timeText(resolvedAt))}`;
  const width = widthOf(look);
  const known = acknowledged
    ? `Acknowledged${acknowledged.by === null ? '' : ` by ${acknowledged.by}`} until ${toSecond(look.timeText(acknowledged.until))}: ${acknowledged.comment}`
    : null;
  return (
    head +
    wrapped(message, width, '  ') +
    (known === null ? '' : `${paint(look, 'green', wrapped(known, width, '  ').trimEnd())}\n`) +
    paint(look, 'dim', wrapped(`${since}${until}, seen by ${seenBy.join(', ')}`, width, '  ').trimEnd()) +
    '\n' +
    (state === 'active'
      ? `${paint(look, 'cyan', wrapped(`Do: ${remedy}`, width, '      ', '  ').trimEnd())}\n`
      : '')
  );
}

export function findingsText(findings: readonly SeenBy<FindingRow>[], look: Look, now: number): string {
  if (findings.length === 0) return 'No findings.\n';
  return findings.map((finding) => findingText(finding, look, now)).join('\n');
}

export function vipsText(vips: readonly SeenBy<VipRow>[], look: Look): string {
  if (vips.length === 0) return 'No VIPs are known.\n';
  const rows = vips.map((vip) => [
    vip.ip,
    vip.service ?? '-',
    stateOf(vip),
    answeringOf(vip.announcers).join(', ') || 'nobody',
    vip.elected === null ? '-' : (vip.elected.node ?? 'none'),
    vip.seenBy.join(', '),
  ]);
  return tableText(['VIP', 'SERVICE', 'STATE', 'ANSWERED BY', 'ELECTED', 'SEEN BY'], rows, cutAt(look));
}

function stateOf(vip: VipRow): string {
  if (vip.up === false) return 'DOWN';
  if (isInTrouble(vip)) return 'CHECK';
  return vip.up === null ? 'not probed' : 'up';
}

export function takeoversText(takeovers: readonly SeenBy<TakeoverRow>[], look: Look): string {
  if (takeovers.length === 0) return 'No takeovers.\n';
  const rows = takeovers.map((takeover) => [
    toSecond(look.timeText(takeover.at)),
    takeover.ip,
    `${takeover.from.node} -> ${takeover.to.node}`,
    takeover.class,
    unansweredFor(takeover),
    takeover.seenBy.join(', '),
  ]);
  return tableText(['AT', 'VIP', 'FROM -> TO', 'CLASS', 'UNANSWERED', 'SEEN BY'], rows, cutAt(look));
}

function unansweredFor({ gapMs, uncertaintyMs, overlapMs }: TakeoverRow): string {
  return overlapMs > 0 || gapMs === 0 ? 'never' : gapText(gapMs, uncertaintyMs);
}

export function leasesText(leases: readonly SeenBy<LeaseRow>[], look: Look): string {
  if (leases.length === 0) return 'No leases are known.\n';
  const rows = leases.map((lease) => [
    lease.prefixLength === undefined ? lease.ip : `${lease.ip}/${lease.prefixLength}`,
    lease.mac,
    lease.state,
    lease.expiresAt === null ? '-' : toSecond(look.timeText(lease.expiresAt)),
    lease.hostname === null ? '-' : quotedName(lease.hostname),
  ]);
  return tableText(['ADDRESS', 'MAC', 'STATE', 'ENDS', 'NAME'], rows, cutAt(look));
}

/** @param now Unix time in milliseconds. */
export function ageText(iso: string, now: number): string {
  return spanText(Math.max(0, Math.floor((now - Date.parse(iso)) / 1000) * 1000) * MILLISECOND);
}

function cutAt({ isTerminal, columns }: Look): number | null {
  return isTerminal ? columns : null;
}
