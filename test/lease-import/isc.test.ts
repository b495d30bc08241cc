import { describe, expect, it } from 'vitest';
import { IscConf } from '../../src/lease-import/isc-conf.ts';
import { IscLeases } from '../../src/lease-import/isc-leases.ts';
import { rangeText } from '../../src/net/range.ts';
import { HOUR, importedFrom, leasesOf, NOW, readingOf } from './reading.ts';

const read = (text: string) => importedFrom(IscLeases, text);
const conf = (text: string) => importedFrom(IscConf, text);

/** 13:00 of the same day. */
const LATER = '4 2026/11/26 13:00:00';

function lease(ip: string, more: string, { mac = '02:aa:aa:aa:aa:01', ends = LATER, state = 'active' } = {}) {
  return `lease ${ip} {
  starts 4 2026/11/26 07:00:00;
  ends ${ends};
  cltt 4 2026/11/26 07:00:00;
  binding state ${state};
  next binding state free;
  rewind binding state free;
  hardware ethernet ${mac};
${more}}
`;
}

const HEAD = `# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.3-P1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

server-duid "\\000\\001\\000\\0011\\177 {\\014\\002\\000\\000\\000\\000\\001";

`;

describe('the lease file of ISC dhcpd', () => {
  it('reads what 4.4.3 writes, times in UTC', () => {
    const uid = String.raw`  uid "\001\002\252\252\252\252\001";
  client-hostname "luca-phone";
`;
    expect(read(HEAD + lease('10.77.0.55', uid))).toMatchObject({
      leases: [
        {
          ip: '10.77.0.55',
          mac: '02:aa:aa:aa:aa:01',
          clientId: '0102aaaaaaaa01',
          hostname: 'luca-phone',
          expiresAt: NOW + HOUR,
        },
      ],
      doubts: [],
    });
  });

  it('the last block of an address counts', () => {
    const text = lease('10.77.0.55', '') + lease('10.77.0.55', '', { mac: '02:aa:aa:aa:aa:02' });
    expect(leasesOf(read(text))).toEqual(['10.77.0.55 02:aa:aa:aa:aa:02 - 3600']);
    expect(leasesOf(read(text + lease('10.77.0.55', '', { state: 'free' })))).toEqual([]);
  });

  it.each(['free', 'backup', 'expired', 'released', 'reset'])('a lease that is %s is none', (state) => {
    expect(leasesOf(read(lease('10.77.0.55', '', { state })))).toEqual([]);
  });

  it('an abandoned address is a declined one', () => {
    const { leases, declined } = read(lease('10.77.0.55', '', { state: 'abandoned' }));
    expect([leases, declined]).toEqual([[], [{ ip: '10.77.0.55', mac: null }]]);
    expect(
      read(lease('10.77.0.55', '', { state: 'abandoned', ends: '4 2026/11/26 11:59:59' })).declined,
    ).toEqual([]);
  });

  it.each([
    ['never', 'Infinity'],
    ['epoch 1795694460; # Thu Nov 26 13:01:00 2026', '60'],
    ['4 2026/11/26 12:00:01', '1'],
    ['4 never', 'unknown'],
  ])('ends %s: %s', (ends, left) => {
    expect(leasesOf(read(lease('10.77.0.55', '', { ends })))).toEqual([
      `10.77.0.55 02:aa:aa:aa:aa:01 - ${left}`,
    ]);
  });

  it('braces, quotes and semicolons in names, and blocks within blocks, end nothing early', () => {
    const more = String.raw`  client-hostname "a\"}; lease 1.2.3.4 { \303\251\\";
  on expiry { if (1 = 1) { log (info, "}"); } }
  set vendor-class-identifier = "x";
`;
    expect(leasesOf(read(lease('10.77.0.55', more) + lease('10.77.0.56', '')))).toEqual([
      '10.77.0.55 02:aa:aa:aa:aa:01 a"}; lease 1.2.3.4 { é\\ 3600',
      '10.77.0.56 02:aa:aa:aa:aa:01 - 3600',
    ]);
  });

  it('passes over what belongs to no lease', () => {
    const other = `failover peer "dhcp" state {
  my state normal at 4 2026/11/26 06:00:00;
}
host luca { dynamic; hardware ethernet 02:aa:aa:aa:aa:09; fixed-address 10.77.0.9; }
`;
    expect(read(other)).toMatchObject({ leases: [], doubts: [] });
  });

  it('a half-written end is left out', () => {
    const text = lease('10.77.0.55', '') + lease('10.77.0.56', '').slice(0, 120);
    expect(read(text)).toMatchObject({
      leases: [{ ip: '10.77.0.55' }],
      doubts: ['it ends in the middle of a block, which was left out'],
    });
    expect(read(`${lease('10.77.0.55', '')}server-duid "\\000\\0`).doubts).toHaveLength(1);
  });

  it.each([
    ['binary', '\u0000\ufffd{\u0001'],
    ['HTML', '<html><body>401 "'],
    ['a lease file of dnsmasq', '1795653586 02:aa:aa:aa:aa:06 10.77.0.58 * *\n'],
  ])('refuses %s', (_, text) => {
    expect(readingOf(IscLeases, text)).toMatchObject({
      problem: 'holds no lease of a lease file of ISC dhcpd',
    });
  });

  it('an empty file, as dhcpd begins with, is a table without leases', () => {
    expect(read('')).toMatchObject({ leases: [], doubts: [] });
    expect(read(HEAD)).toMatchObject({ leases: [], doubts: [] });
  });
});

describe('the configuration of ISC dhcpd', () => {
  it('tells ranges and reservations', () => {
    const text = `authoritative; # range 1.1.1.1 1.1.1.2;
shared-network lan {
  subnet 192.168.1.0 netmask 255.255.255.0 {
    option routers 192.168.1.1, 192.168.1.2;
    range 192.168.1.100 192.168.1.150;
    pool { allow members of "phones"; range dynamic-bootp 192.168.1.160 192.168.1.170; range 192.168.1.180; }
  }
}
host nas { hardware ethernet 02:00:00:00:00:20; fixed-address 192.168.1.20, nas.lan; }
group { host tv { fixed-address 192.168.1.21; hardware ethernet 02:00:00:00:00:21; } }
subnet6 fd00::/64 { range6 fd00::100 fd00::200; }
`;
    const { ranges, reservations, doubts } = conf(text);
    expect(ranges.map(rangeText)).toEqual([
      '192.168.1.100-192.168.1.150',
      '192.168.1.160-192.168.1.170',
      '192.168.1.180',
    ]);
    expect(reservations).toEqual([
      { ip: '192.168.1.20', mac: '02:00:00:00:00:20', name: 'nas' },
      { ip: '192.168.1.21', mac: '02:00:00:00:00:21', name: 'tv' },
    ]);
    expect(doubts).toEqual([]);
  });

  it('says what it did not read', () => {
    expect(conf('include "/etc/dhcp/hosts.conf"; subnet 10.0.0.0 netmask 255.0.0.0 { range').doubts).toEqual([
      'its configuration includes further files; vipwatch does not read them',
      'its configuration ends in the middle of a block',
    ]);
  });
});
