// Which objects a finding concerns, and how an Event says so. Values only.
import { describe, expect, it } from 'vitest';
import { noticesOf } from '../../../src/alert/events/notice.ts';
import {
  type EventContext,
  eventName,
  eventsPath,
  overEvent,
  readUid,
  readWarning,
  SEEN_BY,
  uidPath,
  warningChange,
  warningEvent,
} from '../../../src/alert/events/notice-event.ts';
import type { IpAddress, Mac } from '../../../src/net/address.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import { FINDING_KINDS } from '../../../src/watch/finding/kinds.ts';
import { PHONE, sampleFinding, VLAN10 } from '../../serve/sample.ts';
import { claim, INTENT, METALLB, noticeOf, UID } from './sample-notices.ts';

const VIP = { service: 'traefik/traefik', pool: 'main-pool' };
const SHARED = { ip: '192.168.1.51' as IpAddress, vip: { service: 'default/a', pool: 'main-pool' } };
const FREE = { ip: '192.168.1.55' as IpAddress, vip: { service: null, pool: 'main-pool' } };
const [CP, W1] = INTENT.nodes.map(({ macs }) => macs[0]!) as [Mac, Mac];

function objectsOf(finding: Finding): string[] {
  return noticesOf(finding, INTENT, METALLB).map(
    ({ about }) => `${about.kind} ${about.namespace}/${about.name}`,
  );
}

describe('the objects that a finding concerns are', () => {
  it.each<{ of: Partial<Finding>; are: string[] }>([
    { of: { kind: 'foreign-claim', vip: VIP }, are: ['Service traefik/traefik'] },
    { of: { kind: 'lease-on-vip', vip: VIP }, are: ['Service traefik/traefik'] },
    { of: { kind: 'slow-failover', vip: { ...VIP, pool: null } }, are: ['Service traefik/traefik'] },
    {
      of: { kind: 'silent-vip', ...SHARED },
      are: ['Service default/a', 'Service default/b', 'Service other/c'],
    },
    { of: { kind: 'lease-in-pool', ...FREE }, are: ['IPAddressPool metallb-system/main-pool'] },
    { of: { kind: 'dhcp-decline', ...FREE }, are: ['IPAddressPool metallb-system/main-pool'] },
    { of: { kind: 'dhcp-decline', vip: VIP }, are: ['Service traefik/traefik'] },
    { of: { kind: 'proxy-arp', ...FREE }, are: ['IPAddressPool metallb-system/main-pool'] },
    // The address offered happens to be a VIP: it is the range that is wrong.
    { of: { kind: 'dhcp-range-overlaps-pool', vip: VIP }, are: ['IPAddressPool metallb-system/main-pool'] },
    {
      of: { kind: 'dhcp-range-overlaps-pool', vip: { service: 'traefik/traefik', pool: null } },
      are: ['Service traefik/traefik'],
    },
    {
      of: { kind: 'node-address-conflict', ip: '192.168.1.11' as IpAddress, vip: null },
      are: ['Node /w1'],
    },
    { of: { kind: 'lease-conflict', ip: '192.168.1.11' as IpAddress, vip: null }, are: ['Node /w1'] },
    { of: { kind: 'lease-conflict', ip: '192.168.1.99' as IpAddress, vip: null }, are: [] },
    // A server on a node's own address is no fault of that node's.
    { of: { kind: 'rogue-dhcp-server', ip: '192.168.1.11' as IpAddress, vip: null }, are: [] },
    {
      of: { kind: 'split-brain', vip: VIP, macs: [CP, W1] },
      are: ['Service traefik/traefik', 'Node /cp', 'Node /w1'],
    },
    {
      of: { kind: 'split-brain', vip: VIP, macs: INTENT.nodes.flatMap(({ macs }) => macs) },
      are: ['Service traefik/traefik'],
    },
    {
      of: { kind: 'wrong-announcer', ...SHARED, macs: [W1] },
      are: ['Service default/a', 'Service default/b', 'Service other/c', 'Node /w1', 'Node /w2'],
    },
    { of: { kind: 'foreign-claim', vip: { service: null, pool: null } }, are: [] },
  ])('$of.kind $of.vip: $are', ({ of, are }) => {
    expect(objectsOf(sampleFinding(of))).toEqual(are);
  });
});

describe('a notice', () => {
  const keyOf = (over: Partial<Finding>) => noticeOf(claim(over)).key;

  it('is the same on agents that know the network by other interfaces', () => {
    const there = { id: `foreign-claim/enp3s0/192.168.1.50/${PHONE}`, segment: VLAN10, message: 'Else.' };
    expect(keyOf(there)).toBe(keyOf({}));
  });

  it('is another one for another culprit, address, kind or object', () => {
    const keys = [
      keyOf({}),
      keyOf({ culprit: { mac: '02:00:00:00:00:99' as Mac } }),
      keyOf({ ip: '192.168.1.51' as IpAddress }),
      keyOf({ kind: 'lease-on-vip' }),
      ...noticesOf(claim(SHARED), INTENT, METALLB).map(({ key }) => key),
    ];
    // The third one is the first of the three that share the address.
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('of a whole pool is the same whichever address showed it', () => {
    const overlap = { kind: 'dhcp-range-overlaps-pool', id: 'overlap', vip: FREE.vip } as const;
    const other = '192.168.1.60' as IpAddress;
    expect(noticeOf(sampleFinding({ ...overlap, ...FREE })).key).toBe(
      noticeOf(sampleFinding({ ...overlap, ip: other })).key,
    );
    const taken = { ...overlap, kind: 'pool-address-taken' } as const;
    expect(noticeOf(sampleFinding({ ...taken, ...FREE })).key).not.toBe(
      noticeOf(sampleFinding({ ...taken, ip: other })).key,
    );
  });
});

describe('an Event', () => {
  const NOW = '2026-03-01T12:00:00.123456Z';
  const context = (over: Partial<EventContext> = {}): EventContext => ({
    notice: noticeOf(),
    uid: UID,
    ownPod: 'vipwatch-a',
    now: NOW,
    ...over,
  });
  const HASH = expect.stringMatching(/^vipwatch-foreign-claim\.[0-9a-f]{24}$/);

  it('warns of what stands, by the object and its uid, in whole seconds', () => {
    expect(warningEvent(context())).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: HASH, annotations: { [SEEN_BY]: 'vipwatch-a' } },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Service',
        namespace: 'traefik',
        name: 'traefik',
        uid: UID,
      },
      type: 'Warning',
      reason: 'ForeignClaim',
      message: 'The VIP is claimed. Take it away.',
      count: 1,
      firstTimestamp: '2026-03-01T12:00:00Z',
      lastTimestamp: '2026-03-01T12:00:00Z',
      source: { component: 'vipwatch' },
      reportingComponent: 'vipwatch',
      reportingInstance: 'vipwatch-a',
    });
    expect(eventsPath(noticeOf().about)).toBe('/api/v1/namespaces/traefik/events');
  });

  it('says that it is over, by another name and reason', () => {
    expect(overEvent(context(), 3)).toMatchObject({
      metadata: { name: `${eventName(noticeOf(), UID, 'warning')}.resolved` },
      type: 'Normal',
      reason: 'ForeignClaimResolved',
      message: 'Resolved: The VIP is claimed.',
      count: 3,
    });
  });

  it('of a Node is in the namespace default and goes by the name, as the kubelet’s do', () => {
    const finding = sampleFinding({
      kind: 'node-address-conflict',
      ip: '192.168.1.11' as IpAddress,
      vip: null,
    });
    const notice = noticeOf(finding);
    expect(uidPath(notice.about)).toBeNull();
    expect(eventsPath(notice.about)).toBe('/api/v1/namespaces/default/events');
    const event = warningEvent(context({ notice, uid: notice.about.name }));
    expect((event as { involvedObject: object }).involvedObject).toEqual({
      apiVersion: 'v1',
      kind: 'Node',
      name: 'w1',
      uid: 'w1',
    });
  });

  it('has a name of its own for an object that was made anew, and one that Kubernetes allows for every kind', () => {
    expect(eventName(noticeOf(), 'another', 'warning')).not.toBe(eventName(noticeOf(), UID, 'warning'));
    for (const kind of FINDING_KINDS) {
      const name = eventName({ ...noticeOf(), kind }, UID, 'over');
      expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      expect(name.length).toBeLessThanOrEqual(253);
    }
  });

  it('has a message of 1024 bytes at most, cut between two characters', () => {
    const messageOf = (text: string) => {
      const notice = { ...noticeOf(), message: text };
      return (overEvent(context({ notice }), 1) as { message: string }).message.replace('Resolved: ', '');
    };
    expect(messageOf('x'.repeat(1014))).toBe('x'.repeat(1014));
    expect(messageOf('x'.repeat(1015))).toBe(`${'x'.repeat(1011)}…`);
    const both = { ...noticeOf(), message: 'x'.repeat(1000), remedy: 'y'.repeat(1000) };
    expect(warningEvent(context({ notice: both }))).toMatchObject({
      message: `${'x'.repeat(1000)} ${'y'.repeat(20)}…`,
    });
    for (const width of ['é', '€', '😀']) {
      for (let offset = 0; offset < 4; offset += 1) {
        const message = messageOf('x'.repeat(offset) + width.repeat(1000));
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1014);
        expect(Buffer.byteLength(message)).toBeGreaterThan(1014 - 4);
        expect(message).toMatch(new RegExp(`^x*${width === '😀' ? '(😀)' : width}+…$`, 'u'));
      }
    }
  });

  it('is changed only in the version that was read, and says no more who sees it once nobody does', () => {
    const known = { resourceVersion: '7', message: '', count: 1, seenBy: ['vipwatch-a'], lastSeen: 0 };
    const change = warningChange(context(), { seenBy: [], count: 1, seenNow: false }, known);
    expect(change).toEqual({
      metadata: { resourceVersion: '7', annotations: { [SEEN_BY]: null } },
      count: 1,
    });
    const again = warningChange(context(), { seenBy: ['a', 'b'], count: 2, seenNow: true }, known);
    expect(again).toMatchObject({
      metadata: { annotations: { [SEEN_BY]: 'a,b' } },
      count: 2,
      lastTimestamp: '2026-03-01T12:00:00Z',
    });
  });

  it('is read as it was written', () => {
    const written = warningEvent(context()) as { metadata: object; message: string };
    const held = { ...written, metadata: { ...written.metadata, resourceVersion: '7' } };
    expect(readWarning(held)).toEqual({
      resourceVersion: '7',
      message: written.message,
      count: 1,
      seenBy: ['vipwatch-a'],
      lastSeen: Date.parse('2026-03-01T12:00:00Z'),
    });
  });

  it.each([
    { of: null, is: null },
    { of: { metadata: {} }, is: null },
    {
      of: {
        metadata: { resourceVersion: '7', annotations: { [SEEN_BY]: ',Not A Pod,a,a,b' } },
        count: -3,
        lastTimestamp: 'yesterday',
      },
      is: { resourceVersion: '7', message: '', count: 1, seenBy: ['a', 'b'], lastSeen: null },
    },
    {
      of: {
        metadata: {
          resourceVersion: '7',
          annotations: { [SEEN_BY]: Array.from({ length: 99 }, (_, i) => `pod-${i}`).join() },
        },
      },
      is: expect.objectContaining({ seenBy: Array.from({ length: 8 }, (_, i) => `pod-${i}`) }),
    },
  ])('that somebody else wrote is read with care: $of', ({ of, is }) => {
    expect(readWarning(of)).toEqual(is);
  });

  it.each([
    { list: { items: [{ metadata: { uid: UID } }] }, uid: UID },
    { list: { items: [] }, uid: undefined },
    { list: {}, uid: undefined },
    { list: null, uid: undefined },
  ])('finds the uid of its object in a list of one: $list', ({ list, uid }) => {
    expect(readUid(list)).toBe(uid);
  });
});
