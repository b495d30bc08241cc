import { describe, expect, it } from 'vitest';
import { Draft } from '../../src/lease-import/draft.ts';
import { OPNSENSE_BACKENDS } from '../../src/lease-import/opnsense.ts';
import { rangeText } from '../../src/net/range.ts';
import { leasesOf, NOW } from './reading.ts';
import { OPNSENSE } from './recorded.ts';

function importedFrom(name: string) {
  const draft = new Draft();
  const backend = OPNSENSE_BACKENDS.find((one) => one.name === name);
  const answers = OPNSENSE(NOW + 60);
  for (const row of answers[backend!.leases]!.rows) backend!.addLease(draft, row);
  for (const { path, add } of backend!.more) for (const row of answers[path]!.rows) add(draft, row);
  return draft.finish(NOW);
}

describe('the answers of OPNsense', () => {
  it('with dnsmasq: whether a lease is reserved is a list', () => {
    const imported = importedFrom('dnsmasq');
    expect(leasesOf(imported)).toEqual([
      '192.168.1.50 02:00:00:00:00:aa luca-phone 60',
      '192.168.1.20 02:00:00:00:00:20 nas Infinity',
    ]);
    expect(imported.ranges.map(rangeText)).toEqual(['192.168.1.100-192.168.1.249']);
    expect(imported.reservations).toEqual([
      { ip: '192.168.1.20', mac: '02:00:00:00:00:20', name: 'nas' },
      { ip: '192.168.1.21', mac: '02:00:00:00:00:21', name: 'tv' },
    ]);
    expect(imported.doubts).toEqual([]);
  });

  it('with Kea: it is a text, as are all numbers', () => {
    const imported = importedFrom('kea');
    expect(leasesOf(imported)).toEqual([
      '192.168.1.50 02:00:00:00:00:aa luca-phone 60',
      '192.168.1.20 02:00:00:00:00:20 nas Infinity',
    ]);
    expect(imported.ranges.map(rangeText)).toEqual([
      '192.168.1.100-192.168.1.149',
      '192.168.1.160-192.168.1.169',
    ]);
    expect(imported.reservations).toEqual([{ ip: '192.168.1.20', mac: '02:00:00:00:00:20', name: 'nas' }]);
    expect(imported.declined).toEqual([{ ip: '192.168.1.51', mac: null }]);
    expect(imported.doubts).toEqual(['the range of subnet 192.168.2.0/24 is not known']);
  });

  it("with ISC dhcpd: times are of the router's zone, so that the end is not known", () => {
    const imported = importedFrom('isc');
    expect(leasesOf(imported)).toEqual(['192.168.1.50 02:00:00:00:00:aa luca-phone unknown']);
    expect(imported.reservations).toEqual([{ ip: '192.168.1.20', mac: '02:00:00:00:00:20', name: 'nas' }]);
    expect(imported.declined).toEqual([{ ip: '192.168.1.51', mac: null }]);
    expect(imported.doubts).toEqual([]);
  });
});
