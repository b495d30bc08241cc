// What the filters of the lists let through, and what they refuse.
import { afterEach, describe, expect, it } from 'vitest';
import { HOUR, SECOND } from '../../../src/base/time.ts';
import type { IpAddress, Ipv4, Mac } from '../../../src/net/address.ts';
import type { Sources } from '../../../src/serve/tables/sources.ts';
import { NOON, sampleClaim, sampleFinding, sampleLease, sampleTakeover, sampleView } from '../sample.ts';
import { type SampleServer, sampleServer } from '../server.ts';

let running: SampleServer | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

async function ask(url: string, over: Partial<Sources> = {}) {
  running ??= await sampleServer({ view: VIEW, now: () => NOON, ...over });
  const response = await running.server.fastify.inject(url);
  return { status: response.statusCode, body: response.json() };
}

const ip = (text: string) => text as IpAddress;
const vip = (address: string, service: string | null, sharedWith: readonly string[] = []) => ({
  ...sampleView().vips(0)[0]!,
  ip: ip(address),
  service,
  sharedWith,
});
const ofService = (service: string | null) => ({ service, pool: 'main-pool' });

const VIEW = sampleView({
  vips: () => [
    vip('10.0.0.1', 'web/site'),
    vip('10.0.0.2', 'shop/site'),
    vip('10.0.0.3', 'shop/cart', ['web/mail']),
    vip('10.0.0.4', 'standalone'),
    vip('10.0.0.5', null),
    vip('fd00::1', 'web/site6'),
  ],
  findings: () => [
    sampleFinding({ ip: ip('10.0.0.1'), vip: ofService('web/site'), raisedAt: NOON - 3 * HOUR }),
    sampleFinding({ ip: ip('10.0.0.2'), vip: ofService('shop/site'), raisedAt: NOON - HOUR }),
    sampleFinding({ kind: 'split-brain', ip: ip('10.0.1.3'), vip: ofService('shop/cart'), raisedAt: NOON }),
    sampleFinding({ kind: 'lease-in-pool', ip: ip('10.0.9.9'), vip: null, raisedAt: NOON - 2 * HOUR }),
    sampleFinding({ kind: 'proxy-arp', ip: ip('10.0.8.8'), vip: null, state: 'resolved' }),
    sampleFinding({ kind: 'proxy-arp', ip: ip('10.0.7.7'), vip: null, state: 'suppressed' }),
  ],
  takeovers: () => [
    sampleTakeover({ ip: ip('10.0.0.1'), service: 'web/site', at: NOON - 3 * HOUR }),
    sampleTakeover({ ip: ip('10.0.0.2'), service: 'shop/site', at: NOON - HOUR, class: 'failback' }),
    sampleTakeover({ ip: ip('10.0.1.3'), service: null, at: NOON - SECOND, class: 'handover' }),
  ],
  leases: () => [
    sampleLease({ ip: '192.168.1.50' as Ipv4, mac: '02:00:00:00:00:11' as Mac }),
    sampleLease({ ip: '192.168.2.50' as Ipv4, mac: '02:00:00:00:00:12' as Mac, state: 'acknowledged' }),
  ],
  claims: () => [
    sampleClaim({ ip: ip('192.168.1.50') }),
    sampleClaim({ ip: ip('192.168.2.50'), mac: '02:00:00:00:00:12' as Mac }),
    sampleClaim({ ip: ip('10.0.0.1') }),
    sampleClaim({ ip: ip('fe80::1') }),
    sampleClaim({ ip: ip('fe81::1') }),
  ],
});

describe('what passes', () => {
  it.each([
    // Addresses, networks and ranges, of either family and in any spelling.
    ['claims?ip=192.168.1.50', ['192.168.1.50']],
    ['claims?ip=192.168.1.50,10.0.0.1', ['10.0.0.1', '192.168.1.50']],
    ['claims?ip=192.168.1.50&ip=10.0.0.1', ['10.0.0.1', '192.168.1.50']],
    ['claims?ip=192.168.0.0/16', ['192.168.1.50', '192.168.2.50']],
    ['claims?ip=192.168.1.77/24', ['192.168.1.50']],
    ['claims?ip=192.168.1.51-192.168.2.50', ['192.168.2.50']],
    ['claims?ip=0.0.0.0/0', ['10.0.0.1', '192.168.1.50', '192.168.2.50']],
    ['claims?ip=FE80:0::1', ['fe80::1']],
    ['claims?ip=fe80::/16', ['fe80::1']],
    ['claims?ip=::/0', ['fe80::1', 'fe81::1']],
    ['claims?ip=10.0.0.2', []],
    ['leases?ip=192.168.2.0/24', ['192.168.2.50']],
    ['vips?ip=10.0.0.0/30', ['10.0.0.1', '10.0.0.2', '10.0.0.3']],
    ['findings?ip=10.0.1.0/24', ['10.0.1.3']],
    ['takeovers?ip=10.0.0.0/24', ['10.0.0.2', '10.0.0.1']],
    // MACs, as every system writes them.
    ['claims?mac=02-00-00-00-00-12', ['192.168.2.50']],
    ['claims?mac=0200.0000.0012', ['192.168.2.50']],
    ['leases?mac=0200.0000.0011', ['192.168.1.50']],
    ['leases?mac=02:00:00:00:00:11,02:00:00:00:00:12', ['192.168.1.50', '192.168.2.50']],
    ['leases?mac=02:00:00:00:00:11&ip=192.168.2.50', []],
    // Services and namespaces, and whoever shares an address.
    ['vips?service=web/site', ['10.0.0.1']],
    ['vips?service=site', ['10.0.0.1', '10.0.0.2']],
    ['vips?service=site&namespace=shop', ['10.0.0.2']],
    ['vips?namespace=shop', ['10.0.0.2', '10.0.0.3']],
    ['vips?namespace=web,shop&service=cart', ['10.0.0.3']],
    ['vips?service=web/mail', ['10.0.0.3']],
    ['vips?namespace=web', ['10.0.0.1', '10.0.0.3', 'fd00::1']],
    ['vips?service=mail&namespace=shop', []],
    ['vips?service=standalone', ['10.0.0.4']],
    ['vips?service=alone', []],
    ['vips?namespace=standalone', []],
    ['findings?namespace=shop', ['10.0.1.3', '10.0.0.2']],
    ['findings?service=site', ['10.0.0.2', '10.0.0.1']],
    ['takeovers?service=web/site', ['10.0.0.1']],
    ['takeovers?namespace=shop', ['10.0.0.2']],
    // Times: the very moment counts.
    ['findings?since=2026-03-01T12:00:00Z', ['10.0.1.3']],
    ['findings?since=2026-03-01T13:00:00+01:00', ['10.0.1.3']],
    ['findings?since=2026-03-01T13:00:00%2B01:00', ['10.0.1.3']],
    ['findings?since=2026-03-01T11:00:00.001Z', ['10.0.1.3']],
    ['findings?since=1h', ['10.0.1.3', '10.0.0.2']],
    ['findings?since=90m', ['10.0.1.3', '10.0.0.2']],
    ['findings?since=3h', ['10.0.1.3', '10.0.0.2', '10.0.9.9', '10.0.0.1']],
    ['takeovers?since=2026-03-01T11:00:00Z', ['10.0.1.3', '10.0.0.2']],
    ['takeovers?since=500ms', []],
    // Words, one or several.
    ['findings?kind=split-brain', ['10.0.1.3']],
    ['findings?kind=split-brain,lease-in-pool', ['10.0.1.3', '10.0.9.9']],
    ['findings?kind=split-brain&kind=lease-in-pool', ['10.0.1.3', '10.0.9.9']],
    ['findings?severity=warning', ['10.0.9.9']],
    ['findings?severity=warning,critical&kind=lease-in-pool', ['10.0.9.9']],
    ['findings?state=suppressed,resolved', ['10.0.7.7', '10.0.8.8']],
    ['findings?state=all&kind=proxy-arp', ['10.0.7.7', '10.0.8.8']],
    ['takeovers?class=failback,handover', ['10.0.1.3', '10.0.0.2']],
    ['leases?state=requested', ['192.168.1.50']],
    ['leases?state=requested,acknowledged', ['192.168.1.50', '192.168.2.50']],
  ])('%s: %j', async (url, expected) => {
    const { status, body } = await ask(`/api/v1/${url}`);
    expect(status).toBe(200);
    expect(body.items.map((row: { ip: string }) => row.ip)).toEqual(expected);
    expect(body.total).toBe(expected.length);
  });

  it('is decided by the times that are shown, where the clock was set meanwhile', async () => {
    const iso = (at: number) => new Date((at + HOUR) / 1000).toISOString();
    const { body } = await ask('/api/v1/findings?since=2026-03-01T13:00:00Z', { iso });
    expect(body.items.map((row: { raisedAt: string }) => row.raisedAt)).toEqual(['2026-03-01T13:00:00.000Z']);
    const ago = await ask('/api/v1/findings?since=1h', { iso });
    expect(ago.body.items.map((row: { raisedAt: string }) => row.raisedAt)).toEqual([
      '2026-03-01T13:00:00.000Z',
      '2026-03-01T12:00:00.000Z',
    ]);
  });

  it('is found among many thousand rows', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) =>
      sampleClaim({ ip: ip(`10.0.${i >> 8}.${i & 255}`) }),
    );
    const { body } = await ask('/api/v1/claims?ip=10.0.39.0/28', {
      view: sampleView({ claims: () => rows }),
    });
    expect(body.items.map((row: { ip: string }) => row.ip)).toEqual(
      Array.from({ length: 16 }, (_, i) => `10.0.39.${i}`),
    );
  });
});

describe('what is refused, with what is allowed', () => {
  const time = (text: string) =>
    `since: "${text}" is not a time: write one with its zone, as 2026-03-01T16:42:59Z, or how long ago it was, as 90m, 12h or 7d`;
  const macs = '(02:00:00:00:00:10, 02-00-00-00-00-10 or 0200.0000.0010)';

  it.each([
    ['claims?ip=192.168.1.300', 'ip: "192.168.1.300" is not an IP address, a CIDR or a range FIRST-LAST'],
    ['claims?ip=', 'ip: "" is not an IP address, a CIDR or a range FIRST-LAST'],
    ['claims?ip=10.0.0.1,', 'ip: "" is not an IP address, a CIDR or a range FIRST-LAST'],
    ['claims?ip=10.0.0.1,x', 'ip: "x" is not an IP address, a CIDR or a range FIRST-LAST'],
    ['claims?ip=10.0.0.0/33', 'ip: "10.0.0.0/33" has a bad prefix length: expected 0 to 32'],
    ['claims?ip=10.0.0.9-10.0.0.1', 'ip: "10.0.0.9-10.0.0.1" runs backwards: write 10.0.0.1-10.0.0.9'],
    [`claims?ip=${Array(51).fill('10.0.0.1').join(',')}`, 'ip: must not have more than 50 items'],
    ['leases?mac=xx', `mac: "xx" is not a MAC address ${macs}`],
    ['leases?mac=0200.00000.011', `mac: "0200.00000.011" is not a MAC address ${macs}`],
    [
      'leases?state=old',
      'state: expected one of offered, requested, acknowledged, declined, released, refused',
    ],
    ['findings?kind=split-brain,nonsense', /^kind: expected one of lease-on-vip, /],
    ['findings?severity=', 'severity: expected one of critical, warning'],
    ['findings?state=old', 'state: expected one of active, suppressed, resolved, all'],
    ['findings?since=yesterday', time('yesterday')],
    ['findings?since=2026-03-01', time('2026-03-01')],
    ['findings?since=2026-03-01T16:42:59', time('2026-03-01T16:42:59')],
    ['findings?since=', time('')],
    ['takeovers?since=1h&since=2h', 'since: is given more than once'],
    ['takeovers?class=swap', 'class: expected one of failover, handover, failback'],
    [
      'vips?service=a/b/c',
      'service: "a/b/c" is not a Service: write NAMESPACE/NAME, or only NAME for any namespace',
    ],
    [
      'vips?service=/b',
      'service: "/b" is not a Service: write NAMESPACE/NAME, or only NAME for any namespace',
    ],
    ['vips?namespace=a/b', 'namespace: "a/b" is not a namespace'],
    ['vips?mac=02:00:00:00:00:11', 'mac: unknown parameter'],
    ['dhcp-servers?ip=10.0.0.1', 'ip: unknown parameter'],
    [
      'claims?ip=x&mac=y',
      `ip: "x" is not an IP address, a CIDR or a range FIRST-LAST; mac: "y" is not a MAC address ${macs}`,
    ],
    ['claims?__proto__=x', '__proto__: unknown parameter'],
  ])('%.60s', async (url, detail) => {
    const { status, body } = await ask(`/api/v1/${url}`);
    expect(status).toBe(400);
    if (typeof detail === 'string') expect(body.detail).toBe(detail);
    else expect(body.detail).toMatch(detail);
  });
});
