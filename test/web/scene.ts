// An agent whose knowledge a test sets: the real server, and the home LAN on which a phone takes a VIP.

import { SECOND } from '../../src/base/time.ts';
import type { Checks } from '../../src/check/cluster/checking.ts';
import type { IpAddress, Ipv4, Mac } from '../../src/net/address.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import type { Authorizer } from '../../src/serve/http/authorization.ts';
import type { Page } from '../../src/serve/http/page.ts';
import type { Sources } from '../../src/serve/tables/sources.ts';
import type { Acknowledgement } from '../../src/watch/finding/acknowledgement.ts';
import type { Finding } from '../../src/watch/finding/finding.ts';
import type { ClaimRow } from '../../src/watch/lan/claims.ts';
import type { VipRow } from '../../src/watch/takeover/vip-rows.ts';
import {
  ETH0,
  intentHealth,
  PHONE,
  sampleChecks,
  sampleClaim,
  sampleFinding,
  sampleLease,
  sampleTakeover,
  sampleView,
} from '../serve/sample.ts';
import { type SampleServer, sampleServer } from '../serve/server.ts';

export const VIP = '192.168.1.50' as Ipv4;
const W1 = '02:00:00:00:00:11' as Mac;
const CP = '02:00:00:00:00:10' as Mac;
const ROUTER = '02:00:00:00:00:01' as Mac;
const ago = (seconds: number) => Date.now() * 1_000 - seconds * SECOND;
const ip = (text: string) => text as Ipv4;
const range = (text: string) => parseRange(text) as IpRange;

export interface World {
  findings: Finding[];
  vips: VipRow[];
  claims: ClaimRow[];
  checks: Checks | null;
  /** Its cable is in. */
  hears: boolean;
  /** What the phone calls itself. */
  phone: string;
}

export function homeLan(): World {
  return {
    findings: [],
    checks: sampleChecks({ done: { ...sampleChecks().done!, at: ago(600) } }),
    hears: true,
    phone: 'luca-phone',
    vips: [
      vip(VIP, 'traefik/traefik', W1, 'w1'),
      vip('192.168.1.51', 'home/assistant', CP, 'cp'),
      vip('192.168.1.52', 'media/jellyfin', W1, 'w1'),
    ],
    claims: [
      sampleClaim({ ip: ip('192.168.1.1'), mac: ROUTER, node: null, lastSeen: ago(3) }),
      sampleClaim({ ip: ip('192.168.1.10'), mac: CP, node: 'cp', lastSeen: ago(2) }),
      sampleClaim({ ip: ip('192.168.1.11'), mac: W1, node: 'w1', lastSeen: ago(2) }),
      ...[20, 21, 34, 77, 141, 180].map((last) =>
        sampleClaim({
          ip: ip(`192.168.1.${last}`),
          mac: `02:00:00:00:01:${last % 100}` as Mac,
          node: null,
          lastSeen: ago(40),
        }),
      ),
      sampleClaim({ ip: VIP, mac: W1, node: 'w1', lastSeen: ago(1) }),
    ],
  };
}

export function vip(address: string, service: string, mac: Mac, node: string): VipRow {
  return {
    ip: address as IpAddress,
    service,
    sharedWith: [],
    provider: 'metallb',
    pool: 'main-pool',
    up: true,
    elected: { node, interfaces: null },
    announcers: [{ segment: ETH0, mac, node, since: ago(3_600), lastSeen: ago(1) }],
    history:
      address === VIP
        ? { last: sampleTakeover({ at: ago(900) }), worst: sampleTakeover({ at: ago(9_000), gapMs: 6_450 }) }
        : null,
  };
}

/** The phone was leased the VIP, and answers for it. */
export function phoneTakesVip(world: World): Finding[] {
  const name = JSON.stringify(world.phone);
  const lease = sampleFinding({
    raisedAt: ago(1),
    refreshedAt: ago(1),
    message: `DHCP: ${name} (${PHONE}) asked for ${VIP}, the VIP of traefik/traefik.`,
    remedy:
      'Shrink the DHCP range so that it leaves out the pool main-pool (192.168.1.50-192.168.1.59), then make the client ask again (reconnect it).',
    evidence: [
      {
        at: ago(1),
        interface: 'eth0',
        summary: `DHCP REQUEST from ${PHONE} (${name}) for ${VIP}, server 192.168.1.1`,
      },
    ],
  });
  world.findings = [lease];
  return [lease];
}

export function sourcesOf(world: World): Partial<Sources> {
  // It asks for nobody where it hears nothing.
  const vips = () => (world.hears ? world.vips : world.vips.map((one) => ({ ...one, up: null })));
  const claims = () => world.claims;
  const leases = () => [
    ...[20, 34, 77].map((last) =>
      sampleLease({
        ip: ip(`192.168.1.${last}`),
        mac: `02:00:00:00:01:${last}` as Mac,
        state: 'acknowledged',
        hostname: `tablet-${last}`,
      }),
    ),
    ...(world.findings.length > 0
      ? [sampleLease({ hostname: world.phone, firstSeen: ago(2), lastSeen: ago(1) })]
      : []),
  ];
  const view = sampleView({
    vips,
    eachVip: vips,
    claims,
    eachClaim: claims,
    leases,
    eachLease: leases,
    findings: () => world.findings,
    finding: (id) => world.findings.find((one) => one.id === id),
    takeovers: () => [
      sampleTakeover({
        at: ago(900),
        serviceGap: { gapMs: 1_900, open: false, uncertaintyMs: 50, servedMs: 1_800, note: null },
      }),
      sampleTakeover({ at: ago(9_000), gapMs: 6_450, uncertaintyMs: 1_000, class: 'failover' }),
      sampleTakeover({ at: ago(12_000), gapMs: 0, uncertaintyMs: 0, overlapMs: 800, class: 'handover' }),
    ],
    pools: () => [
      {
        name: 'main-pool',
        ranges: [range('192.168.1.50-192.168.1.59')],
        autoAssign: true,
        total: 10,
        assigned: 3,
        leased: 0,
        taken: 0,
        free: 7,
      },
    ],
    nodes: () => [
      { name: 'cp', addresses: [ip('192.168.1.10')], macs: [CP], isOwn: false, agentReady: true },
      { name: 'w1', addresses: [ip('192.168.1.11')], macs: [W1], isOwn: true, agentReady: true },
    ],
    dhcpRanges: () => [
      {
        ...range('192.168.1.2-192.168.1.253'),
        atLeast: false,
        readAt: null,
        source: 'configuration',
        name: 'dhcp.ranges',
      },
    ],
    nameOf: (mac) => (mac === PHONE ? world.phone : null),
  });
  return {
    view,
    now: () => Date.now() * 1_000,
    checks: () => world.checks,
    interfaces: () => [{ name: 'eth0', up: world.hears, dropped: 0 }],
    intent: () => intentHealth({ confirmedAt: ago(2) }),
    availability: {
      of: (one) => `${'-'.repeat(540)}${'u'.repeat(700)}${one === VIP ? 'pd' : 'uu'}${'u'.repeat(198)}`,
    },
  };
}

export interface Scene extends SampleServer, AsyncDisposable {
  readonly world: World;
  readonly url: string;
}

/** @param authorizer null: nobody may change anything. */
export async function startScene(
  page: Page,
  world: World = homeLan(),
  authorizer: Authorizer | null = null,
): Promise<Scene> {
  const acknowledge = (id: string, one: Acknowledgement | null) => {
    const acknowledged = one && { by: one.by, comment: one.comment, at: one.at, until: one.until };
    world.findings = world.findings.map(({ acknowledged: _, ...finding }) =>
      finding.id === id && acknowledged ? { ...finding, acknowledged } : finding,
    );
  };
  const acknowledgements = {
    put: async (one: Acknowledgement) => acknowledge(one.finding, one),
    remove: async (id: string) => {
      acknowledge(id, null);
      return true;
    },
  };
  const http = { page, acknowledgements, originOf: () => 'cluster' as const };
  const started = await sampleServer(sourcesOf(world), {}, { tests: null, authorizer }, http);
  const port = await started.server.listen('127.0.0.1', 0);
  return {
    ...started,
    world,
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () => started.server.close(),
  };
}
