import { describe, expect, it } from 'vitest';
import { DnsmasqConf } from '../../src/lease-import/dnsmasq-conf.ts';
import { DnsmasqLeases } from '../../src/lease-import/dnsmasq-leases.ts';
import { Draft } from '../../src/lease-import/draft.ts';
import { rangeText } from '../../src/net/range.ts';
import { HOUR, importedFrom, leasesOf, NOW, readingOf } from './reading.ts';

const read = (text: string) => importedFrom(DnsmasqLeases, text);
const conf = (text: string) => importedFrom(DnsmasqConf, text);

describe('the lease file of dnsmasq', () => {
  it('reads leases with and without name and client identifier, 0 as for ever', () => {
    // As dnsmasq 2.90 wrote it, but for the time.
    const file = `${NOW + HOUR} 02:aa:aa:aa:aa:06 10.77.0.58 * *
0 02:aa:aa:aa:aa:01 10.77.0.55 luca-phone 01:02:aa:aa:aa:aa:01
`;
    const { leases, doubts } = read(file);
    expect(leases).toEqual([
      { ip: '10.77.0.58', mac: '02:aa:aa:aa:aa:06', clientId: null, hostname: null, expiresAt: NOW + HOUR },
      {
        ip: '10.77.0.55',
        mac: '02:aa:aa:aa:aa:01',
        clientId: '0102aaaaaaaa01',
        hostname: 'luca-phone',
        expiresAt: Number.POSITIVE_INFINITY,
      },
    ]);
    expect(doubts).toEqual([]);
  });

  it('takes the part of DHCPv6 for what it is', () => {
    const file = `${NOW + 1} 02:aa:aa:aa:aa:06 10.77.0.58 * *
duid 00:01:00:01:2f:5b:6e:1f:02:00:00:00:00:01
${NOW + 1} T1234567 fd00::58 phone 00:01:00:01:2f
`;
    expect(leasesOf(read(file))).toEqual(['10.77.0.58 02:aa:aa:aa:aa:06 - 1']);
    expect(read(file).doubts).toEqual([]);
    expect(leasesOf(read(file.split('\n').slice(1).join('\n')))).toEqual([]);
  });

  it('a router without a clock tells lengths, so that the end is not known', () => {
    const file = `999999999 02:aa:aa:aa:aa:06 10.77.0.58 * *\n43200 06-02:aa:aa:aa:aa:07 10.77.0.59 tv *\n`;
    expect(leasesOf(read(file))).toEqual([
      '10.77.0.58 02:aa:aa:aa:aa:06 - unknown',
      '10.77.0.59 02:aa:aa:aa:aa:07 tv unknown',
    ]);
    // From here on it is a time, and a clock that is decades off.
    expect(read('1000000000 02:aa:aa:aa:aa:06 10.77.0.58 * *\n').doubts).toHaveLength(1);
  });

  it('an expired lease is none, one of the same second neither', () => {
    const line = (end: number, last: number) => `${end} 02:aa:aa:aa:aa:0${last} 10.77.0.${last} * *\n`;
    expect(leasesOf(read(line(NOW, 1) + line(NOW + 1, 2)))).toEqual(['10.77.0.2 02:aa:aa:aa:aa:02 - 1']);
  });

  it('all expired for over a day: the clock is doubted, and the leases stay', () => {
    const lines = (ago: number) =>
      [1, 2].map((n) => `${NOW - ago * n} 02:aa:aa:aa:aa:0${n} 10.77.0.${n} * *\n`).join('');
    const { leases, doubts } = read(lines(24 * HOUR + 1));
    expect(leases.map(({ expiresAt }) => expiresAt)).toEqual([null, null]);
    expect(doubts).toEqual([
      "all 2 leases with an end had ended by 2026-11-25 11:59: the server's clock is wrong, or the table is old; vipwatch keeps these leases",
    ]);
    expect(read(lines(24 * HOUR)).leases).toEqual([]);
  });

  it('the last line counts where it breaks off after the name, and is left out before', () => {
    const whole = `${NOW + 1} 02:aa:aa:aa:aa:06 10.77.0.58 phone 01:02`;
    expect(read(whole)).toMatchObject({ leases: [{ ip: '10.77.0.58' }], doubts: [] });
    expect(read(`${whole}\n${whole.slice(0, 38)}`)).toMatchObject({
      leases: [{ ip: '10.77.0.58' }],
      doubts: ['it ends in the middle of a line, which was left out'],
    });
  });

  it.each([
    ['binary', '\u0000\u0001\ufffd\u007f\n\ufffd\ufffd'],
    ['HTML', '<html>\n<body>404</body>\n'],
    ['an old status file of libvirt', '[\n  {\n    "ip-address": "192.168.122.7"\n  }\n]\n'],
  ])('refuses %s', (_, text) => {
    expect(readingOf(DnsmasqLeases, text)).toMatchObject({
      problem: 'holds no line of a lease file of dnsmasq',
    });
  });

  it('an empty file is a table without leases', () => {
    expect(read('')).toMatchObject({ leases: [], doubts: [] });
  });

  it('cleans host names, and tells of lines that it does not understand', () => {
    const bad = `${NOW + 1} 02:aa:aa:aa:aa:06 10.77.0.58 ${'x'.repeat(700)} *
${NOW + 1} 02:aa:aa:aa:aa:07 10.77.0.59 a\u001b[31mb\u202e *
${NOW + 1} ff:ff:ff:ff:ff:ff 10.77.0.60 all *
${NOW + 1} 02:aa:aa:aa:aa:08 224.0.0.1 group *
nonsense
`;
    const { leases, doubts } = read(bad);
    expect(leases.map(({ hostname }) => hostname)).toEqual(['x'.repeat(255), 'a\ufffd[31mb\ufffd']);
    expect(doubts).toEqual(['3 entries were not understood and left out']);
  });

  it('keeps 20,000 leases at most', () => {
    const line = (n: number) => `0 02:00:00:00:00:01 10.0.${n >> 8}.${n & 255} * *\n`;
    const lines = Array.from({ length: 20_003 }, (_, n) => line(n + 1)).join('');
    expect(read(lines)).toMatchObject({
      leases: { length: 20_000 },
      doubts: ['more than 20000 leases: 3 were left out'],
    });
  });

  it('a line of megabytes costs no memory and is one line', () => {
    const draft = new Draft();
    const reader = new DnsmasqLeases(draft);
    for (let i = 0; i < 1000; i += 1) reader.add('x'.repeat(10_000));
    reader.add(`\n${NOW + 1} 02:aa:aa:aa:aa:06 10.77.0.58 * *\n`);
    expect([reader.finish(), draft.finish(NOW).leases.length]).toEqual([null, 1]);
  });
});

describe('the configuration of dnsmasq', () => {
  it('tells ranges, with tags and without', () => {
    const text = `# dhcp-range=10.0.0.1,10.0.0.2
dhcp-range=set:lan,192.168.1.100,192.168.1.249,255.255.255.0,12h
  dhcp-range = tag:guest , set:g, 192.168.2.50,192.168.2.150,12h # guests
dhcp-range=192.168.3.10,192.168.3.20
dhcp-range=192.168.4.0,static
dhcp-range=192.168.5.0,proxy
dhcp-range=::1,::400,constructor:eth0,ra-names,12h
`;
    const { ranges, doubts } = conf(text);
    expect(ranges.map(rangeText)).toEqual([
      '192.168.1.100-192.168.1.249',
      '192.168.2.50-192.168.2.150',
      '192.168.3.10-192.168.3.20',
    ]);
    expect(doubts).toEqual([]);
  });

  it('tells reservations, in whichever order their words come', () => {
    const text = `dhcp-host=02:00:00:00:00:20,set:known,nas,192.168.1.20,infinite
dhcp-host=02:00:00:00:00:21,02:00:00:00:00:22,192.168.1.21,45m
dhcp-host=02:00:00:00:00:23,ignore
dhcp-host=id:01:02:03,192.168.1.24
dhcp-host=printer,192.168.1.25
`;
    expect(conf(text).reservations).toEqual([
      { ip: '192.168.1.20', mac: '02:00:00:00:00:20', name: 'nas' },
      { ip: '192.168.1.21', mac: '02:00:00:00:00:21', name: null },
      { ip: '192.168.1.21', mac: '02:00:00:00:00:22', name: null },
    ]);
  });

  it('says of further files that it does not read them', () => {
    expect(conf('conf-dir=/etc/dnsmasq.d\n').doubts).toEqual([
      'its conf-dir names further files; vipwatch does not read them',
    ]);
    expect(conf('dhcp-range=192.168.1.9,12h\n').doubts).toEqual(['1 entry was not understood and left out']);
  });
});
