import { describe, expect, it } from 'vitest';
import { Draft } from '../../src/lease-import/draft.ts';
import { addKeaConfig, parseKeaJson } from '../../src/lease-import/kea-config.ts';
import { KeaCsv } from '../../src/lease-import/kea-csv.ts';
import { addKeaLeases, keaAnswer } from '../../src/lease-import/kea-http.ts';
import { rangeText } from '../../src/net/range.ts';
import { importedFrom, leasesOf, NOW, readingOf } from './reading.ts';

const HEAD =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n';
const read = (...lines: readonly string[]) =>
  importedFrom(KeaCsv, HEAD + lines.map((one) => `${one}\n`).join(''));
const END = NOW + 60;

describe('the lease file of Kea', () => {
  it('reads leases by the names of the columns', () => {
    expect(
      read(`10.77.0.55,02:aa:aa:aa:aa:01,01:02:aa:aa:aa:aa:01,3600,${END},1,0,0,luca-phone,0,`).leases,
    ).toEqual([
      {
        ip: '10.77.0.55',
        mac: '02:aa:aa:aa:aa:01',
        clientId: '0102aaaaaaaa01',
        hostname: 'luca-phone',
        expiresAt: END,
      },
    ]);
    const other = importedFrom(
      KeaCsv,
      `pool_id,state,expire,hostname,valid_lifetime,hwaddr,address\n0,0,${END},tv,3600,02:aa:aa:aa:aa:02,10.77.0.56\n`,
    );
    expect(leasesOf(other)).toEqual(['10.77.0.56 02:aa:aa:aa:aa:02 tv 60']);
  });

  it('an infinite lease ends beyond 2^32, which is never', () => {
    expect(leasesOf(read('10.77.0.55,02:aa:aa:aa:aa:01,,4294967295,6090618447,1,0,0,,0,'))).toEqual([
      '10.77.0.55 02:aa:aa:aa:aa:01 - Infinity',
    ]);
    expect(leasesOf(read(`10.77.0.55,02:aa:aa:aa:aa:01,,4294967294,${END},1,0,0,,0,`))).toEqual([
      '10.77.0.55 02:aa:aa:aa:aa:01 - 60',
    ]);
  });

  it('the last line of an address counts; a lifetime of 0 deletes', () => {
    const line = (mac: number, lifetime: number) =>
      `10.77.0.55,02:aa:aa:aa:aa:0${mac},,${lifetime},${END},1,0,0,,0,`;
    expect(leasesOf(read(line(1, 60), line(2, 60)))).toEqual(['10.77.0.55 02:aa:aa:aa:aa:02 - 60']);
    expect(leasesOf(read(line(1, 60), line(1, 0)))).toEqual([]);
    expect(leasesOf(read(line(1, 60), line(1, 0), line(3, 60)))).toHaveLength(1);
  });

  it.each([
    ['0', 1, 0],
    ['1', 0, 1],
    ['2', 0, 0],
    ['3', 0, 0],
  ])('state %s: %i leases, %i declined', (state, leases, declined) => {
    // A declined one has no MAC any more.
    const mac = state === '1' ? '' : '02:aa:aa:aa:aa:01';
    const imported = read(`10.77.0.55,${mac},,86400,${END},1,0,0,,${state},`);
    expect([imported.leases.length, imported.declined.length]).toEqual([leases, declined]);
    expect(imported.doubts).toEqual([]);
  });

  it('what is left of earlier files comes before the newest', () => {
    const before = `${HEAD}10.77.0.55,02:aa:aa:aa:aa:01,,60,${END},1,0,0,,0,\n10.77.0.56,02:aa:aa:aa:aa:02,,60,${END},1,0,0,,0,\n`;
    const after = `${HEAD}10.77.0.55,02:aa:aa:aa:aa:01,,0,${END},1,0,0,,0,\n`;
    expect(leasesOf(importedFrom(KeaCsv, before, after))).toEqual(['10.77.0.56 02:aa:aa:aa:aa:02 - 60']);
  });

  it('knows its escapes', () => {
    expect(read(`10.77.0.55,02:aa:aa:aa:aa:01,,60,${END},1,0,0,a&#x2cb&#x1b,0,`).leases[0]?.hostname).toBe(
      'a,b\ufffd',
    );
  });

  it('leaves out a half-written end', () => {
    expect(importedFrom(KeaCsv, `${HEAD}10.77.0.55,02:aa:aa:aa:aa:01,,60,${END},1,0`)).toMatchObject({
      leases: [],
      doubts: ['it ends in the middle of a line, which was left out'],
    });
  });

  it.each(['<html>\n', '\u0000\ufffd\u0001\n', 'address,duid,valid_lifetime,expire\nfd00::1,00:01,60,70\n'])(
    'refuses another file: %j',
    (text) => {
      expect(readingOf(KeaCsv, text)).toMatchObject({
        problem: 'does not begin with the header of a lease file of Kea',
      });
    },
  );

  it('a file without leases, or just begun, is an empty table', () => {
    expect(read().leases).toEqual([]);
    expect(importedFrom(KeaCsv, '').leases).toEqual([]);
  });
});

describe('the configuration of Kea', () => {
  const config = {
    Dhcp4: {
      subnet4: [
        {
          subnet: '192.168.1.0/24',
          pools: [{ pool: '192.168.1.100 - 192.168.1.150' }, { pool: '192.168.1.192/28' }],
          reservations: [
            { 'hw-address': '02:00:00:00:00:20', 'ip-address': '192.168.1.20', hostname: 'nas' },
          ],
        },
      ],
      'shared-networks': [{ name: 'a', subnet4: [{ pools: [{ pool: '192.168.2.10-192.168.2.20' }] }] }],
      reservations: [{ 'client-id': '01:02', 'ip-address': '192.168.1.21' }, { 'hw-address': 'x' }],
    },
  };

  it('tells ranges and reservations, in shared networks too', () => {
    const draft = new Draft();
    expect(addKeaConfig(draft, config)).toBe(true);
    const { ranges, reservations, doubts } = draft.finish(NOW);
    expect(ranges.map(rangeText)).toEqual([
      '192.168.1.100-192.168.1.150',
      '192.168.1.192-192.168.1.207',
      '192.168.2.10-192.168.2.20',
    ]);
    expect(reservations).toEqual([{ ip: '192.168.1.20', mac: '02:00:00:00:00:20', name: 'nas' }]);
    expect(doubts).toEqual([]);
  });

  it.each([undefined, null, 7, [], { Dhcp4: 7 }, { 'Control-agent': {} }])('is none: %j', (other) => {
    expect(addKeaConfig(new Draft(), other)).toBe(false);
  });

  it('is read with the comments that Kea allows', () => {
    const text = `// DHCPv4
{ # all of it
  "Dhcp4": { /* "x": 1,
  */ "subnet4": [ { "pools": [ { "pool": "10.0.0.1 - 10.0.0.9" } ], "user": "a # no // comment \\" /* " } ] }
}`;
    expect(parseKeaJson(text)).toEqual({
      Dhcp4: { subnet4: [{ pools: [{ pool: '10.0.0.1 - 10.0.0.9' }], user: 'a # no // comment " /* ' }] },
    });
    expect(parseKeaJson('{ "Dhcp4": ')).toBeUndefined();
  });
});

describe('the answers of Kea over HTTP', () => {
  const page = (leases: readonly (object | null)[]) => ({ count: leases.length, leases });

  it('are a list with an answer for each service, or one by itself', () => {
    const answer = { result: 3, text: '0 IPv4 lease(s) found.' };
    const expected = { ok: true, value: { ...answer, arguments: undefined } };
    expect(keaAnswer([answer])).toEqual(expected);
    expect(keaAnswer(answer)).toEqual(expected);
    expect(keaAnswer([])).toMatchObject({ ok: false });
    expect(keaAnswer({ result: '0' })).toMatchObject({ ok: false });
  });

  it('hold leases with numbers', () => {
    const draft = new Draft();
    const lease = {
      'ip-address': '10.77.0.55',
      'hw-address': '02:aa:aa:aa:aa:01',
      cltt: NOW,
      'valid-lft': 60,
    };
    const leases = [
      { ...lease, 'client-id': '01:02:aa:aa:aa:aa:01', hostname: 'luca-phone', state: 0, 'subnet-id': 1 },
      { ...lease, 'ip-address': '10.77.0.56', 'valid-lft': 4294967295, state: 0 },
      { ...lease, 'ip-address': '10.77.0.57', 'hw-address': '', state: 1 },
      { ...lease, 'ip-address': '10.77.0.58', state: 2 },
      { ...lease, 'ip-address': '10.77.0.59', cltt: '7' },
      null,
    ];
    expect(addKeaLeases(draft, page(leases))).toBeNull();
    const imported = draft.finish(NOW);
    expect(leasesOf(imported)).toEqual([
      '10.77.0.55 02:aa:aa:aa:aa:01 luca-phone 60',
      '10.77.0.56 02:aa:aa:aa:aa:01 - Infinity',
    ]);
    expect(imported.declined).toEqual([{ ip: '10.77.0.57', mac: null }]);
    expect(imported.doubts).toEqual(['2 entries were not understood and left out']);
  });

  it('come in pages: a full one has a successor', () => {
    const leases = Array.from({ length: 1000 }, (_, n) => ({ 'ip-address': `10.77.${n >> 8}.${n & 255}` }));
    expect(addKeaLeases(new Draft(), page(leases))).toBe('10.77.3.231');
    expect(addKeaLeases(new Draft(), page(leases.slice(1)))).toBeNull();
    expect(addKeaLeases(new Draft(), undefined)).toBeNull();
  });
});
