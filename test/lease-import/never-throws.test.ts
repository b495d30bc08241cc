// Whatever a table holds: real ones that were cut, edited and joined, read without an exception and within bounds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, items } from '../../src/base/json.ts';
import { DnsmasqConf } from '../../src/lease-import/dnsmasq-conf.ts';
import { DnsmasqLeases } from '../../src/lease-import/dnsmasq-leases.ts';
import { Draft } from '../../src/lease-import/draft.ts';
import { IscConf } from '../../src/lease-import/isc-conf.ts';
import { IscLeases } from '../../src/lease-import/isc-leases.ts';
import { addKeaConfig, KeaConf } from '../../src/lease-import/kea-config.ts';
import { KeaCsv } from '../../src/lease-import/kea-csv.ts';
import { addKeaLeases, keaAnswer } from '../../src/lease-import/kea-http.ts';
import { OPNSENSE_BACKENDS } from '../../src/lease-import/opnsense.ts';
import { addPiholeConfig, addPiholeLease, piholeSession } from '../../src/lease-import/pihole.ts';
import { readShared } from '../../src/lease-import/shared.ts';
import { type Format, NOW, readingOf } from './reading.ts';
import { OPNSENSE, PIHOLE } from './recorded.ts';

const END = NOW + 60;
const FILES: readonly (readonly [string, Format, string])[] = [
  [
    'a lease file of dnsmasq',
    DnsmasqLeases,
    `${END} 02:aa:aa:aa:aa:06 10.77.0.58 tv 01:02\n0 06-00:01 10.77.0.55 * *\nduid 00:01\n1 2 fd00::1 * 00\n`,
  ],
  [
    'a configuration of dnsmasq',
    DnsmasqConf,
    'dhcp-range=set:a,10.0.0.1,10.0.0.9,1h\ndhcp-host=02:00:00:00:00:01,10.0.0.3,tv\n',
  ],
  [
    'a lease file of ISC dhcpd',
    IscLeases,
    'server-duid "\\000\\"";\nlease 10.77.0.55 { ends 4 2026/11/26 13:00:00; binding state active; hardware ethernet 02:aa:aa:aa:aa:01; uid "\\001\\252"; client-hostname "a}"; on expiry { x; } }\n',
  ],
  [
    'a configuration of ISC dhcpd',
    IscConf,
    'subnet 10.0.0.0 netmask 255.0.0.0 { range 10.0.0.1 10.0.0.9; host tv { hardware ethernet 02:00:00:00:00:01; fixed-address 10.0.0.3; } }',
  ],
  [
    'a lease file of Kea',
    KeaCsv,
    `address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n10.77.0.55,02:aa:aa:aa:aa:01,01:02,3600,${END},1,0,0,a&#x2cb,0,\n`,
  ],
  [
    'a configuration of Kea',
    KeaConf,
    '{ "Dhcp4": { "subnet4": [ { "pools": [ { "pool": "10.0.0.1 - 10.0.0.9" } ] } ] } } # end',
  ],
];

/** Another text in place of a part of it, where there is one. */
const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    gone: fc.nat(20),
    put: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('{', '}', '"', '\\', ';', '\n', ',', '4294967296', '-1', '\u0000'),
    ),
  }),
  { maxLength: 6 },
);

describe.each(FILES)('%s, edited', (_, Reader, text) => {
  it('is read or refused', () => {
    fc.assert(
      fc.property(edits, (all) => {
        const edited = all.reduce((before, { at, gone, put }) => {
          const from = Math.floor(at * before.length);
          return before.slice(0, from) + put + before.slice(from + gone);
        }, text);
        const { problem, imported } = readingOf(Reader, edited);
        expect(problem === null || !problem.includes('\n')).toBe(true);
        expect(imported.leases.length + imported.declined.length).toBeLessThanOrEqual(edited.length);
        for (const { hostname } of imported.leases) expect(hostname ?? '').not.toMatch(/\p{Cc}/u);
        for (const doubt of imported.doubts) expect(doubt).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 300 },
    );
  });
});

it('any document is read or refused, as every answer', () => {
  const shapes = [PIHOLE.session, PIHOLE.leases(END), PIHOLE.config(true), ...Object.values(OPNSENSE(END))];
  const values = fc.oneof(
    fc.jsonValue(),
    fc.tuple(fc.constantFrom(...shapes), fc.jsonValue(), fc.nat(40)).map(([shape, value, nth]) => {
      let count = 0;
      return JSON.parse(JSON.stringify(shape), (_, here) => {
        count += 1;
        return count === nth ? value : here;
      });
    }),
  );
  fc.assert(
    fc.property(values, (value) => {
      const draft = new Draft();
      piholeSession(value);
      for (const item of items(at(value, 'leases'))) addPiholeLease(draft, item);
      addPiholeConfig(draft, value);
      keaAnswer(value);
      addKeaLeases(draft, value);
      addKeaConfig(draft, value);
      for (const { addLease, more } of OPNSENSE_BACKENDS)
        for (const row of items(at(value, 'rows')))
          for (const add of [addLease, ...more.map((one) => one.add)]) add(draft, row);
      readShared(JSON.stringify(value), NOW);
      draft.finish(NOW);
    }),
    { numRuns: 500 },
  );
});
