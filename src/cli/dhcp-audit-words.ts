// What an audit and a range finder say, to people and to programs.
import type { AuditRow } from '../audit/audit.ts';
import type { FoundRange } from '../audit/range-finder.ts';
import type { RouterRange } from '../dhcp/router-knowledge.ts';
import { ipOfNumber, rangeText } from '../net/range.ts';

const VERDICT_WORDS = {
  'would-lease': 'WOULD LEASE',
  'was-not-offered': 'not offered',
  safe: 'safe',
  unknown: 'unknown',
} as const;
const LONGEST_ADDRESS = 15;

export function rowJson({ ip, server, verdict, offered }: AuditRow) {
  return { type: 'audit', ip, server, verdict, offered };
}

/** @param whose what the address is to the cluster, as `the VIP of traefik/traefik`; empty: nothing that is known. */
export function rowText(row: AuditRow, whose: string): string {
  const { ip, verdict } = row;
  const verdictText = VERDICT_WORDS[verdict].padEnd(VERDICT_WORDS['was-not-offered'].length);
  return `${ip.padEnd(LONGEST_ADDRESS)}  ${verdictText}  ${meaningOf(row, whose)}`;
}

function meaningOf({ server, verdict, offered, reason }: AuditRow, whose: string): string {
  switch (verdict) {
    case 'would-lease':
      return `${server} would lease ${whose || 'it'} today: it offered the address when asked for it`;
    case 'safe':
      return `${server} offered ${offered} instead, although it normally offers what a client asks for`;
    case 'was-not-offered':
      return `${server} offered ${offered} instead; this proves nothing, as no control request was possible`;
    case 'unknown':
      return unknownText(server, reason);
    default:
      return verdict satisfies never;
  }
}

function unknownText(server: AuditRow['server'], reason: AuditRow['reason']): string {
  switch (reason) {
    case 'answers-ping':
      return 'not asked: the address answers ping, so a server that pings first does not offer it; others may';
    case 'ignores-the-request':
      return `cannot tell: ${server} ignores which address a client asks for`;
    default:
      return 'cannot tell: no server offered anything, asked twice';
  }
}

export function foundJson({ server, ranges }: FoundRange) {
  return ranges.map(({ family, first, last, atLeast }) => ({
    type: 'range',
    server,
    first: ipOfNumber(family, first),
    last: ipOfNumber(family, last),
    atLeast,
  }));
}

export function foundText({ server, ranges, others }: FoundRange, discovers: number): string {
  if (server === null) return 'No DHCP server answers: no range can be found.';
  const several =
    ranges.length > 1 ? ' It has several ranges, or many leases: the addresses between are not known.' : '';
  const beside =
    others.length > 0 ? ` ${others.join(', ')} ${others.length === 1 ? 'answers' : 'answer'} as well.` : '';
  return `${server} leases ${rangesText(ranges)} (${discovers} DISCOVERs).${several}${beside}`;
}

export function rangesText(ranges: readonly RouterRange[]): string {
  const sure = ranges.every(({ atLeast }) => !atLeast);
  return `${sure ? '' : 'at least '}${ranges.map(rangeText).join(' and ')}`;
}
