// What an audit and a range finder say.
import { expect, it } from 'vitest';
import type { AuditRow } from '../../src/audit/audit.ts';
import { foundJson, foundText, rowJson, rowText } from '../../src/cli/dhcp-audit-words.ts';
import type { Ipv4 } from '../../src/net/address.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';

const VIP = '192.168.1.240' as Ipv4;
const SERVER = '192.168.1.1' as Ipv4;
const row = (over: Partial<AuditRow>): AuditRow => ({
  ip: VIP,
  server: SERVER,
  verdict: 'safe',
  offered: '192.168.1.77' as Ipv4,
  reason: null,
  ...over,
});
const known = (text: string, atLeast = false) => ({ ...(parseRange(text) as IpRange), atLeast });

it.each<[Partial<AuditRow>, string]>([
  [
    { verdict: 'would-lease', offered: VIP },
    '192.168.1.240    WOULD LEASE  192.168.1.1 would lease the VIP of a/b today: it offered the address when asked for it',
  ],
  [
    {},
    '192.168.1.240    safe         192.168.1.1 offered 192.168.1.77 instead, although it normally offers what a client asks for',
  ],
  [
    { verdict: 'was-not-offered' },
    '192.168.1.240    not offered  192.168.1.1 offered 192.168.1.77 instead; this proves nothing, as no control request was possible',
  ],
  [
    { verdict: 'unknown', reason: 'ignores-the-request' },
    '192.168.1.240    unknown      cannot tell: 192.168.1.1 ignores which address a client asks for',
  ],
  [
    { verdict: 'unknown', server: null, offered: null, reason: 'answers-ping' },
    '192.168.1.240    unknown      not asked: the address answers ping, so a server that pings first does not offer it; others may',
  ],
  [
    { verdict: 'unknown', server: null, offered: null, reason: 'no-offer' },
    '192.168.1.240    unknown      cannot tell: no server offered anything, asked twice',
  ],
])('tells of %j', (over, text) => {
  expect(rowText(row(over), 'the VIP of a/b')).toBe(text);
});

it('has these keys for programs, and no others', () => {
  expect(
    JSON.stringify(rowJson(row({ verdict: 'unknown', server: null, offered: null, reason: 'no-offer' }))),
  ).toBe('{"type":"audit","ip":"192.168.1.240","server":null,"verdict":"unknown","offered":null}');
});

it('tells of a range', () => {
  const found = { server: SERVER, ranges: [known('192.168.1.20-192.168.1.120')], others: [] };
  expect(foundText(found, 21)).toBe('192.168.1.1 leases 192.168.1.20-192.168.1.120 (21 DISCOVERs).');
  expect(foundJson(found)).toEqual([
    { type: 'range', server: SERVER, first: '192.168.1.20', last: '192.168.1.120', atLeast: false },
  ]);
});

it('tells of what is sure, of several ranges and of other servers', () => {
  const ranges = [known('192.168.1.20-192.168.1.60', true), known('192.168.1.75-192.168.1.120', true)];
  expect(foundText({ server: SERVER, ranges, others: ['192.168.1.2' as Ipv4] }, 40)).toBe(
    '192.168.1.1 leases at least 192.168.1.20-192.168.1.60 and 192.168.1.75-192.168.1.120 (40 DISCOVERs). It has several ranges, or many leases: the addresses between are not known. 192.168.1.2 answers as well.',
  );
  expect(foundText({ server: null, ranges: [], others: [] }, 6)).toBe(
    'No DHCP server answers: no range can be found.',
  );
});
