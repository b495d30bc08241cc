// The annotation by which an agent tells the others of its node's interfaces.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INTERFACES_ANNOTATION,
  parseInterfaces,
  trimAgent,
  writeInterfaces,
} from '../../../src/cluster/objects/agent.ts';
import type { NodeInterface } from '../../../src/intent/intent.ts';
import { type Mac, parseIp, parseMac } from '../../../src/net/address.ts';
import { type AgentOptions, agent, keep } from '../objects.ts';

const ETH0: NodeInterface = {
  name: 'eth0',
  mac: '02:00:00:00:00:10' as Mac,
  addresses: [
    { ip: parseIp('192.168.1.10')!, prefixLength: 24 },
    { ip: parseIp('fe80::1')!, prefixLength: 64 },
  ],
  segment: 'eth0',
};

function annotation(...interfaces: unknown[]): string {
  return JSON.stringify({ version: 1, interfaces });
}

const RAW = { name: 'eth0', mac: '02:00:00:00:00:10', addresses: ['192.168.1.10/24'], segment: 'eth0' };

describe('the annotation', () => {
  it('is written as documented', () => {
    expect(INTERFACES_ANNOTATION).toBe('vipwatch.dev/interfaces');
    expect(writeInterfaces([ETH0])).toBe(
      '{"version":1,"interfaces":[{"name":"eth0","mac":"02:00:00:00:00:10","addresses":["192.168.1.10/24","fe80::1/64"],"segment":"eth0"}]}',
    );
  });

  it('is the same for the same interfaces in any order', () => {
    const other = { ...ETH0, name: 'eno1', segment: null };
    expect(writeInterfaces([ETH0, other])).toBe(writeInterfaces([other, ETH0]));
  });

  it('reads back what was written', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9.]{0,14}$/);
    const mac = fc.stringMatching(/^0[26](:[0-9a-f]{2}){5}$/).map((text) => parseMac(text)!);
    const address = fc.oneof(
      fc.record({ ip: fc.ipV4().map((text) => parseIp(text)!), prefixLength: fc.nat(32) }),
      fc.record({ ip: fc.ipV6().map((text) => parseIp(text)!), prefixLength: fc.nat(128) }),
    );
    const one = fc.record({
      name,
      mac,
      addresses: fc.uniqueArray(
        address.filter(({ ip }) => !ip.startsWith('::ffff:')),
        {
          maxLength: 4,
          selector: ({ ip, prefixLength }) => `${ip}/${prefixLength}`,
        },
      ),
      segment: fc.option(name),
    });
    fc.assert(
      fc.property(fc.uniqueArray(one, { maxLength: 8, selector: (found) => found.name }), (interfaces) => {
        const { interfaces: read, problems } = parseInterfaces(writeInterfaces(interfaces));
        expect(problems).toEqual([]);
        expect(writeInterfaces(read)).toBe(writeInterfaces(interfaces));
        expect(read.map(({ mac: found }) => found).toSorted()).toEqual(
          interfaces.map((written) => written.mac).toSorted(),
        );
      }),
    );
  });

  it.each([
    ['no JSON', 'eth0', ['bad-annotation']],
    ['JSON cut short', annotation(RAW).slice(0, -5), ['bad-annotation']],
    ['no object', '7', ['bad-annotation']],
    ['null', 'null', ['bad-annotation']],
    ['no version', '{"interfaces":[]}', ['bad-annotation']],
    ['a later version', '{"version":2,"interfaces":[]}', ['unknown-annotation-version']],
    ['no list', '{"version":1,"interfaces":{}}', []],
    ['too long', annotation({ ...RAW, note: 'x'.repeat(70_000) }), ['annotation-too-long']],
    ['nested without end', '['.repeat(60_000), ['bad-annotation']],
    ['an interface that is none', annotation(7), ['bad-interface']],
    ['no name', annotation({ ...RAW, name: undefined }), ['bad-interface']],
    ['a name longer than Linux allows', annotation({ ...RAW, name: 'e'.repeat(16) }), ['bad-interface']],
    ['a name with a line break', annotation({ ...RAW, name: 'eth\n0' }), ['bad-interface']],
    ['a segment with white space', annotation({ ...RAW, segment: 'eth0 ' }), ['bad-interface']],
    ['no MAC', annotation({ ...RAW, mac: undefined }), ['bad-interface']],
    ['the zero MAC', annotation({ ...RAW, mac: '00:00:00:00:00:00' }), ['bad-interface']],
    ['the broadcast MAC', annotation({ ...RAW, mac: 'ff:ff:ff:ff:ff:ff' }), ['bad-interface']],
    ['a multicast MAC', annotation({ ...RAW, mac: '01:00:5e:00:00:01' }), ['bad-interface']],
  ])('with %s tells of no interface', (_, text, problems) => {
    expect(parseInterfaces(text)).toEqual({ interfaces: [], problems });
  });

  it('keeps the good interfaces and addresses among bad ones', () => {
    const addresses = ['192.168.1.10/24', '192.168.1.10', '192.168.1.10/33', 'x/24', 7, '10.0.0.1/8/9'];
    const { interfaces } = parseInterfaces(annotation(7, { ...RAW, addresses, segment: undefined }));
    expect(interfaces).toEqual([
      { ...ETH0, addresses: [{ ip: '192.168.1.10', prefixLength: 24 }], segment: null },
    ]);
  });

  it('leaves out an IPv4-mapped address whose prefix length no IPv4 address can have', () => {
    const addresses = ['::ffff:10.0.0.5/120', '::ffff:10.0.0.6/32', '::ffff:10.0.0.7/33'];
    expect(parseInterfaces(annotation({ ...RAW, addresses })).interfaces[0]?.addresses).toEqual([
      { ip: '10.0.0.6', prefixLength: 32 },
    ]);
  });

  it('is read up to 256 interfaces of 64 addresses each', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ ...RAW, name: `e${i}`, addresses: [] }));
    expect(parseInterfaces(annotation(...many))).toMatchObject({
      interfaces: { length: 256 },
      problems: ['annotation-too-long'],
    });
    const addresses = Array.from({ length: 100 }, (_, i) => `10.0.0.${i}/24`);
    expect(parseInterfaces(annotation({ ...RAW, addresses })).interfaces[0]?.addresses).toHaveLength(64);
  });

  it('of any text never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseInterfaces(text)));
  });
});

describe('trimAgent()', () => {
  it('reads node, readiness and interfaces', () => {
    expect(keep(trimAgent, agent('w1', annotation(RAW))).object).toMatchObject({
      node: 'w1',
      ready: true,
      interfaces: [{ name: 'eth0' }],
    });
  });

  it('keeps one that has published nothing yet, or something bad', () => {
    expect(keep(trimAgent, agent('w1', undefined, { ready: 'False' }))).toMatchObject({
      object: { node: 'w1', ready: false, interfaces: [] },
      problems: [],
    });
    expect(keep(trimAgent, agent('w1', '{'))).toMatchObject({
      object: { interfaces: [] },
      problems: ['bad-annotation'],
    });
  });

  it('keeps one that is not scheduled yet, without a node', () => {
    const raw = { ...agent('w1', undefined, { ready: 'False' }), spec: {} };
    expect(keep(trimAgent, raw).object).toMatchObject({ node: null, ready: false });
  });

  it.each(['Failed', 'Succeeded'])('has no use for one that is %s and never runs again', (phase) => {
    const raw = { ...agent('w1'), status: { phase } };
    expect(keep(trimAgent, raw)).toEqual({ object: null, problems: [] });
  });

  const CREATED = '2026-03-01T16:00:00Z';
  const CHANGED = '2026-03-01T16:42:58Z';
  it.each<[string, AgentOptions, string | null]>([
    ['its condition says', { ready: 'False', changed: CHANGED }, CHANGED],
    ['its node was lost, as its condition says', { ready: 'Unknown', changed: CHANGED }, CHANGED],
    ['it was made, where no kubelet has taken it on', { ready: null }, CREATED],
    ['never, where it is ready', { ready: 'True', changed: CHANGED }, null],
    ['never, where it is being deleted', { ready: 'False', changed: CHANGED, deleted: true }, null],
    ['never, where its time is no time', { ready: 'False', changed: 'yesterday' }, null],
  ])('tells since when it has been unready: since %s', (_, options, since) => {
    const { object } = keep(trimAgent, agent('w1', undefined, { created: CREATED, ...options }));
    expect(object!.unreadySinceMs).toBe(since === null ? null : Date.parse(since));
  });
});
