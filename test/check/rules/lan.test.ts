// Can the LAN take an address away? Each rule with what raises it, and with what resembles that and is fine.
import { describe, expect, it } from 'vitest';
import type { AnsweringServer, AskedDhcp, Facts, WireFacts } from '../../../src/check/model/facts.ts';
import { Inventory } from '../../../src/check/model/inventory.ts';
import {
  ASKED,
  bgp,
  FACTS,
  ip,
  l2,
  live,
  mac,
  messageOf,
  node,
  offline,
  other,
  pool,
  type Raw,
  type RuleCase,
  range,
  rulesWithoutCases,
  service,
  statusesOf,
  told,
  WIRE,
} from '../home.ts';

const dhcp = (change: Partial<Facts['dhcp']>) => ({ dhcp: { ...FACTS.dhcp, ...change } });
const ranges = (...texts: string[]) =>
  dhcp({ ranges: texts.map((text) => ({ range: range(text), by: 'dhcp.ranges' })) });
const wire = (change: Partial<WireFacts>) => ({ wire: { ...WIRE, ...change } });

const CASES: readonly RuleCase[] = [
  [
    'pool-in-dhcp-range: a VIP in it',
    () => live({ facts: ranges('192.168.1.2-192.168.1.253') }),
    ['critical pool-in-dhcp-range'],
  ],
  [
    'pool-in-dhcp-range: free addresses alone',
    () => live({ facts: ranges('192.168.1.2-192.168.1.199', '192.168.1.245-192.168.1.250') }),
    ['warning pool-in-dhcp-range'],
  ],
  [
    'pool-in-dhcp-range: not for ranges that touch',
    () => live({ facts: ranges('192.168.1.2-192.168.1.239') }),
    [],
  ],
  [
    'pool-in-dhcp-range: not where the pool is left out',
    () => live({ facts: ranges('192.168.1.2-192.168.1.239', '192.168.1.246-192.168.1.253') }),
    [],
  ],
  [
    'pool-in-dhcp-range: also with autoAssign: false',
    () =>
      live({
        objects: [
          pool('spare', ['192.168.1.150-192.168.1.151'], { spec: { autoAssign: false } }),
          l2('spare', { ipAddressPools: ['spare'] }),
        ],
      }),
    ['warning pool-in-dhcp-range'],
  ],

  [
    'pool-address-in-use: a stranger on a free address',
    () => live({ facts: wire({ answers: [{ ip: ip('192.168.1.241'), mac: mac('02:00:00:00:00:bb') }] }) }),
    ['warning pool-address-in-use'],
  ],
  [
    'pool-address-in-use: a stranger on a VIP',
    () => live({ facts: wire({ answers: [{ ip: ip('192.168.1.240'), mac: mac('02:00:00:00:00:bb') }] }) }),
    ['critical pool-address-in-use'],
  ],
  [
    'pool-address-in-use: not a virtual MAC of VRRP',
    () => live({ facts: wire({ answers: [{ ip: ip('192.168.1.241'), mac: mac('00:00:5e:00:01:0a') }] }) }),
    [],
  ],
  [
    'pool-address-in-use: not a router with proxy ARP',
    () =>
      live({
        facts: wire({
          answers: [{ ip: ip('192.168.1.241'), mac: mac('02:00:00:00:00:01') }],
          answersForAll: [mac('02:00:00:00:00:01')],
        }),
      }),
    [],
  ],

  [
    'pool-off-subnet: another network',
    () => live({ objects: [pool('far', ['192.168.7.10-192.168.7.20'])], facts: wire({ networks: [] }) }),
    ['critical pool-off-subnet', 'critical no-advertisement'],
  ],
  [
    'pool-off-subnet: not where routers lead',
    () =>
      live({
        objects: [pool('far', ['192.168.7.10-192.168.7.20']), bgp('far', { ipAddressPools: ['far'] })],
      }),
    ['info no-advertisement'],
  ],

  [
    'pool-has-node: an InternalIP',
    () => live({ objects: [node('w3', '192.168.1.244')] }),
    ['critical pool-has-node', 'warning speaker-missing'],
  ],
  [
    'pool-has-node: not beside it',
    () => live({ objects: [node('w3', '192.168.1.246')] }),
    ['warning speaker-missing'],
  ],

  [
    'pool-has-gateway: the gateway',
    () => live({ facts: wire({ gateways: [ip('192.168.1.241')] }) }),
    ['critical pool-has-gateway'],
  ],
  [
    'pool-has-gateway: the broadcast address',
    () => live({ objects: [pool('main-pool', ['192.168.1.240-192.168.1.255'])] }),
    ['critical pool-has-gateway'],
  ],
  [
    'pool-has-gateway: not where avoidBuggyIPs leaves it out',
    () =>
      live({
        objects: [pool('main-pool', ['192.168.1.240-192.168.1.255'], { spec: { avoidBuggyIPs: true } })],
      }),
    [],
  ],
  [
    'pool-has-gateway: not in networks of one address',
    () => live({ facts: wire({ networks: [range('192.168.1.241/32')] }) }),
    [],
  ],

  [
    'pool-too-small: a Service waits',
    () =>
      live({
        objects: [
          pool('main-pool', ['192.168.1.240/32'], { status: { availableIPv4: 0 } }),
          service('web/late', null),
        ],
      }),
    ['warning pool-too-small'],
  ],
  [
    'pool-too-small: not while nobody waits',
    () => live({ objects: [pool('main-pool', ['192.168.1.240/32'], { status: { availableIPv4: 0 } })] }),
    [],
  ],
  [
    'pool-too-small: not for one that asks for a pool',
    () =>
      live({
        objects: [
          pool('main-pool', ['192.168.1.240/32'], { status: { availableIPv4: 0 } }),
          service('web/late', null, { metadata: { annotations: { 'metallb.io/address-pool': 'other' } } }),
        ],
      }),
    [],
  ],

  [
    'pool-too-small: IPv6 alone is free, and IPv4 is asked for',
    () => live({ objects: [dual({ availableIPv4: 0, availableIPv6: 9 }), waiting(['IPv4'])] }),
    ['warning pool-too-small'],
  ],
  [
    'pool-too-small: not where IPv6 is asked for',
    () => live({ objects: [dual({ availableIPv4: 0, availableIPv6: 9 }), waiting(['IPv6'])] }),
    [],
  ],
  [
    'pool-too-small: both are asked for, and one is free',
    () =>
      live({
        objects: [
          dual({ availableIPv4: 0, availableIPv6: 9 }),
          waiting(['IPv4', 'IPv6'], 'RequireDualStack'),
        ],
      }),
    ['warning pool-too-small'],
  ],
  [
    'pool-too-small: not where both are preferred, and one is free',
    () =>
      live({
        objects: [dual({ availableIPv4: 0, availableIPv6: 9 }), waiting(['IPv4', 'IPv6'], 'PreferDualStack')],
      }),
    [],
  ],
  [
    'pool-too-small: a free pool that gives nothing by itself does not help',
    () =>
      live({
        objects: [
          pool('main-pool', ['192.168.1.240/32'], { status: { availableIPv4: 0 } }),
          pool('spare', ['192.168.1.250/32'], { spec: { autoAssign: false }, status: { availableIPv4: 1 } }),
          l2('spare', { ipAddressPools: ['spare'] }),
          service('web/late', null),
        ],
      }),
    ['warning pool-too-small'],
  ],
  [
    'pool-too-small: not where a pool that gives nothing by itself is used up',
    () =>
      live({
        objects: [
          pool('spare', ['192.168.1.250/32'], { spec: { autoAssign: false }, status: { availableIPv4: 0 } }),
          l2('spare', { ipAddressPools: ['spare'] }),
          service('web/late', null),
        ],
      }),
    [],
  ],

  [
    'pools-overlap: two pools',
    () =>
      live({
        objects: [
          pool('second', ['192.168.1.245-192.168.1.250']),
          l2('second', { ipAddressPools: ['second'] }),
        ],
      }),
    ['critical pools-overlap'],
  ],
  [
    'pools-overlap: not the same pool twice',
    () => live({ objects: [pool('main-pool', ['192.168.1.240-192.168.1.245'])] }),
    [],
  ],
  [
    'pools-overlap: not the same pool in a file that leaves its namespace out',
    () =>
      live({
        objects: [
          other('metallb.io/v1beta1', 'IPAddressPool', 'main-pool', {
            spec: { addresses: ['192.168.1.240/30'] },
          }),
        ],
      }),
    [],
  ],
  [
    'pools-overlap: another cluster',
    () => live({ facts: { also: others('192.168.1.244-192.168.1.249') } }),
    ['critical pools-overlap'],
  ],
  [
    'pools-overlap: not a neighbour',
    () => live({ facts: { also: others('192.168.1.246-192.168.1.249') } }),
    [],
  ],

  [
    'dhcp-servers: two',
    () => live({ facts: servers('192.168.1.1', '192.168.1.2') }),
    ['warning dhcp-servers'],
  ],
  [
    'dhcp-servers: not a pair that is expected',
    () =>
      live({
        facts: {
          ...servers('192.168.1.1', '192.168.1.2'),
          ...dhcp({ expectedServers: [ip('192.168.1.1'), ip('192.168.1.2')] }),
        },
      }),
    [],
  ],
  [
    'dhcp-servers: one that is not expected',
    () => live({ facts: { ...servers('192.168.1.2'), ...dhcp({ expectedServers: [ip('192.168.1.1')] }) } }),
    ['warning dhcp-servers'],
  ],
  [
    'dhcp-servers: two that name the same router and DNS server are worth knowing',
    () => live({ facts: asked({ servers: [server('192.168.1.1'), server('192.168.1.2', { mac: OTHER })] }) }),
    ['info dhcp-servers'],
  ],
  [
    'dhcp-servers: not one machine with two addresses, nor two behind one relay',
    () =>
      live({ facts: asked({ servers: [server('192.168.1.1'), server('192.168.1.2', { gateways: [] })] }) }),
    [],
  ],

  [
    'pool-in-dhcp-range: a server offers an address of the pool',
    () =>
      live({
        facts: {
          ...dhcp({ ranges: [] }),
          ...asked({ offered: [{ ip: ip('192.168.1.241'), server: ip('192.168.1.1') }], refused: [] }),
        },
      }),
    ['warning pool-in-dhcp-range'],
  ],
  [
    'pool-in-dhcp-range: a server offers a VIP',
    () =>
      live({
        facts: {
          ...dhcp({ ranges: [] }),
          ...asked({ offered: [{ ip: ip('192.168.1.240'), server: ip('192.168.1.1') }], refused: [] }),
        },
      }),
    ['critical pool-in-dhcp-range'],
  ],
  ['pool-in-dhcp-range: not where a server offers others', () => live({ facts: dhcp({ ranges: [] }) }), []],

  [
    'pool-has-gateway: the gateway that DHCP names',
    () => live({ facts: asked({ servers: [server('192.168.1.1', { gateways: [ip('192.168.1.244')] })] }) }),
    ['critical pool-has-gateway'],
  ],
  [
    'pool-has-gateway: the DHCP server',
    () => live({ facts: asked({ servers: [server('192.168.1.244')] }) }),
    ['critical pool-has-gateway'],
  ],
  [
    'pool-has-gateway: the DNS server that DHCP names',
    () => live({ facts: asked({ servers: [server('192.168.1.1', { dnsServers: [ip('192.168.1.244')] })] }) }),
    ['critical pool-has-gateway'],
  ],
  [
    'pool-has-gateway: not a DNS server that runs in the cluster, at its VIP',
    () => live({ facts: asked({ servers: [server('192.168.1.1', { dnsServers: [ip('192.168.1.240')] })] }) }),
    [],
  ],

  [
    'pool-address-leased: an address of its range that the server does not offer',
    () =>
      live({
        facts: {
          ...ranges('192.168.1.243-192.168.1.250'),
          ...answers({ offered: ['192.168.1.243', '192.168.1.245'], refused: ['192.168.1.244'] }),
        },
      }),
    ['warning pool-in-dhcp-range', 'warning pool-address-leased'],
  ],
  [
    'pool-address-leased: not a VIP that the server sees in use',
    () =>
      live({
        objects: [pool('main-pool', ['192.168.1.239-192.168.1.245'])],
        facts: answers({ offered: ['192.168.1.239', '192.168.1.241'], refused: ['192.168.1.240'] }),
      }),
    ['warning pool-in-dhcp-range', 'warning pool-in-dhcp-range'],
  ],
  [
    'pool-address-leased: not where the range ends',
    () =>
      live({
        facts: {
          ...ranges('192.168.1.2-192.168.1.253'),
          ...answers({ offered: ['192.168.1.243'], refused: ['192.168.1.244', '192.168.1.245'] }),
        },
      }),
    ['critical pool-in-dhcp-range'],
  ],

  [
    'pool-address-leased: a lease',
    () => live({ facts: dhcp({ leases: [lease('192.168.1.242')] }) }),
    ['warning pool-address-leased'],
  ],
  [
    'pool-address-leased: a reservation',
    () =>
      live({
        facts: dhcp({
          reservations: [{ ip: ip('192.168.1.242'), mac: mac('02:00:00:00:00:aa'), name: null }],
        }),
      }),
    ['warning pool-address-leased'],
  ],
  [
    'pool-address-leased: not one outside',
    () => live({ facts: dhcp({ leases: [lease('192.168.1.24')] }) }),
    [],
  ],
];

function dual(status: Raw) {
  return pool('main-pool', ['192.168.1.240/32', 'fd00::1/128'], { status });
}

function waiting(ipFamilies: readonly string[], ipFamilyPolicy = 'SingleStack') {
  return service('web/late', null, { spec: { ipFamilies, ipFamilyPolicy } });
}

function lease(address: string) {
  return {
    ip: ip(address),
    mac: mac('02:00:00:00:00:aa'),
    clientId: null,
    hostname: 'phone',
    expiresAt: 1_800_000_000,
  };
}

const OTHER = mac('02:00:00:00:00:02');

function server(address: string, change: Partial<AnsweringServer> = {}): AnsweringServer {
  return { ...ASKED.servers[0]!, ip: ip(address), ...change };
}

function asked(change: Partial<AskedDhcp>) {
  return { asked: { ...ASKED, ...change } };
}

function answers({ offered, refused }: { offered: readonly string[]; refused: readonly string[] }) {
  const of = (address: string) => ({ ip: ip(address), server: ip('192.168.1.1') });
  return asked({ offered: offered.map(of), refused: refused.map(of) });
}

/** Each a machine of its own, with a gateway of its own. */
function servers(...addresses: string[]) {
  return asked({
    servers: addresses.map((address, i) =>
      server(address, { mac: mac(`02:00:00:00:01:0${i}`), gateways: [ip(address)] }),
    ),
  });
}

function others(addresses: string) {
  const inventory = new Inventory(true);
  inventory.add(pool('theirs', [addresses]), null);
  return inventory.list('ipaddresspools');
}

describe('the LAN', () => {
  it('has a case on either side of each rule', () => {
    expect(rulesWithoutCases('lan', CASES)).toEqual([]);
  });

  it.each(CASES)('%s', (_, report, expected) => {
    expect(told(report())).toEqual(expected);
  });
});

describe('pool-address-in-use', () => {
  it('names the stranger as DHCP knows it', () => {
    const answers = [{ ip: ip('192.168.1.241'), mac: mac('02:00:00:00:00:aa') }];
    const facts = { ...wire({ answers }), ...dhcp({ leases: [lease('192.168.1.24')] }) };
    expect(messageOf(live({ facts }), 'pool-address-in-use')).toBe(
      '02:00:00:00:00:aa ("phone") answers for 192.168.1.241 of pool main-pool, and is not a node.',
    );
  });

  it('does not take the announcer for a stranger where no MAC of a node is known', () => {
    const without = ['Pod vipwatch/vipwatch-w1', 'Pod vipwatch/vipwatch-w2'];
    expect(statusesOf(live({ without }), 'pool-address-in-use')).toEqual(['skipped']);
    const answers = [...WIRE.answers!, { ip: ip('192.168.1.12'), mac: mac('02:00:00:00:00:11') }];
    expect(statusesOf(live({ without, facts: wire({ answers }) }), 'pool-address-in-use')).toEqual(['ok']);
  });
});

describe('pool-in-dhcp-range', () => {
  it('says what to set, and which reservations that cuts off', () => {
    const report = live({
      facts: dhcp({
        ranges: [{ range: range('192.168.1.2-192.168.1.253'), by: '--dhcp-range' }],
        reservations: [{ ip: ip('192.168.1.250'), mac: mac('02:00:00:00:00:aa'), name: 'printer' }],
        leases: [lease('192.168.1.243')],
      }),
    });
    const [found] = report.results;
    expect(found!.message).toBe(
      'The router leases 192.168.1.2-192.168.1.253 (--dhcp-range), and pool main-pool (192.168.1.240-192.168.1.245) lies inside: a device may be leased 192.168.1.240 (web/web).',
    );
    expect(found!.remedy).toBe(
      'Set the DHCP range to start at 192.168.1.13 and to end at 192.168.1.239. Move the reservations of 192.168.1.250 (printer): they are outside of it. Then reconnect phone (192.168.1.243): a lease that was given stays until it ends.',
    );
  });

  it('is critical where a Service can get no other address', () => {
    const facts = ranges('192.168.1.2-192.168.1.253');
    const objects = [pool('main-pool', ['192.168.1.240-192.168.1.245']), service('web/web', null)];
    expect(told(offline(objects, facts))).toEqual(['critical pool-in-dhcp-range']);
    const elsewhere = [...objects, pool('second', ['10.0.0.1-10.0.0.9'])];
    expect(told(offline(elsewhere, facts))).toEqual(['warning pool-in-dhcp-range']);
    expect(messageOf(offline(objects, facts), 'pool-in-dhcp-range')).toContain('web/web will get an address');
  });
});
