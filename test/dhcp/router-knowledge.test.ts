// What is known of DHCP servers' ranges, by who says so.
import { expect, it } from 'vitest';
import { type RouterAccount, RouterKnowledge } from '../../src/dhcp/router-knowledge.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import { type IpRange, parseRange, rangeText } from '../../src/net/range.ts';

const range = (text: string) => parseRange(text) as IpRange;
const NAS = { ip: '192.168.1.9' as Ipv4, mac: '02:00:00:00:00:99' as Mac, name: 'nas' };

function account(over: Partial<RouterAccount> = {}): RouterAccount {
  return {
    source: 'import',
    name: 'pihole',
    readAt: 5,
    ranges: [{ ...range('192.168.1.2-192.168.1.99'), atLeast: false }],
    reservations: [],
    declined: [],
    ...over,
  };
}

const texts = (knowledge: RouterKnowledge) =>
  knowledge.ranges().map((known) => `${known.source} ${known.name} ${rangeText(known)}`);

it('keeps what each source says last, the configuration first', () => {
  const knowledge = new RouterKnowledge([range('10.0.0.2-10.0.0.9')]);
  knowledge.set(account({ source: 'audit', name: '192.168.1.1' }));
  knowledge.set(account({ reservations: [NAS], declined: [{ ip: NAS.ip, mac: null }] }));
  knowledge.set(account({ name: 'kea' }));
  expect(texts(knowledge)).toEqual([
    'configuration dhcp.ranges 10.0.0.2-10.0.0.9',
    'import pihole 192.168.1.2-192.168.1.99',
    'import kea 192.168.1.2-192.168.1.99',
    'audit 192.168.1.1 192.168.1.2-192.168.1.99',
  ]);
  expect(knowledge.reservations()).toEqual([{ ...NAS, source: 'import', name: 'pihole', readAt: 5 }]);
  expect(knowledge.declined()).toMatchObject([{ ip: NAS.ip, mac: null, source: 'import' }]);
  knowledge.configure([]);
  knowledge.forget({ source: 'import', name: 'kea' });
  knowledge.set(account({ readAt: 6, ranges: [] }));
  expect(texts(knowledge)).toEqual(['audit 192.168.1.1 192.168.1.2-192.168.1.99']);
  expect(knowledge.reservations()).toEqual([]);
});

it('says whether the ranges are other ones', () => {
  const knowledge = new RouterKnowledge([]);
  expect(knowledge.set(account())).toBe(true);
  expect(knowledge.set(account({ readAt: 6, reservations: [NAS] }))).toBe(false);
  expect(knowledge.set(account({ ranges: [{ ...range('192.168.1.2-192.168.1.99'), atLeast: true }] }))).toBe(
    true,
  );
  expect(knowledge.set(account({ ranges: [] }))).toBe(true);
  expect(knowledge.forget(account())).toBe(false);
  knowledge.set(account());
  expect(knowledge.forget(account())).toBe(true);
});

it('keeps the sixteen servers that were asked last, and every import', () => {
  const knowledge = new RouterKnowledge([]);
  for (let i = 1; i <= 17; i += 1) knowledge.set(account({ name: `import ${i}` }));
  for (let i = 1; i <= 16; i += 1) knowledge.set(account({ source: 'audit', name: `10.0.0.${i}` }));
  knowledge.set(account({ source: 'audit', name: '10.0.0.1' }));
  knowledge.set(account({ source: 'audit', name: '10.0.0.17' }));
  const names = knowledge.ranges().map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('import'))).toHaveLength(17);
  expect(names).toHaveLength(33);
  expect(names).toContain('10.0.0.1');
  expect(names).not.toContain('10.0.0.2');
});
