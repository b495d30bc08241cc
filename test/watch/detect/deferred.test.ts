// Judgements that wait, where a flood wants more of them than there are places.
import { describe, expect, it } from 'vitest';
import { Deferred } from '../../../src/watch/detect/deferred.ts';
import { INTENT, ip, Lan, PHONE, range, VIP } from '../lan.ts';

function filled() {
  const pronounced: string[] = [];
  let refused = 0;
  const deferred = new Deferred(
    () => {},
    () => {
      refused += 1;
    },
    (segmentName) => segmentName === 'eth0',
  );
  const add = (key: string) => deferred.add(key, 10, () => pronounced.push(key));
  return { deferred, add, pronounced, refused: () => refused };
}

describe('judgements that wait', () => {
  it('of one address are bounded, and take no place from others', () => {
    const { add, refused } = filled();
    for (let i = 0; i < 128; i += 1) expect(add(`own/eth0/10.0.0.1/${i}`)).toBe(true);
    expect(add('own/eth0/10.0.0.1/128')).toBe(false);
    expect(add('own/eth0/10.0.0.1/0')).toBe(true);
    expect(add('own/eth0/10.0.0.2/0')).toBe(true);
    expect(refused()).toBe(1);
  });

  it('of one class are bounded: the first of an address takes the oldest place of one that has two', () => {
    const { deferred, add, pronounced, refused } = filled();
    for (let address = 0; address < 512; address += 1)
      for (const mac of ['a', 'b']) expect(add(`lone/eth0/${address}/${mac}`)).toBe(true);
    expect(add('lone/eth0/0/c')).toBe(false);
    expect(add('lone/eth0/new/a')).toBe(true);
    expect(deferred.has('lone/eth0/0/a')).toBe(false);
    expect(deferred.has('lone/eth0/0/b')).toBe(true);
    expect(add('half/eth0/0/a')).toBe(true);
    expect(refused()).toBe(2);
    deferred.run(10);
    expect(pronounced).toHaveLength(1025);
  });

  it('of a kind that ends findings are never thrown out: who finds no place is judged at once', () => {
    const { deferred, add } = filled();
    for (let address = 0; address < 512; address += 1)
      for (const mac of ['a', 'b']) add(`declined/eth0/${address}/${mac}`);
    expect(add('declined/eth0/new/a')).toBe(false);
    expect(deferred.has('declined/eth0/0/a')).toBe(true);
  });

  it('each of an address of its own are not thrown out for one more', () => {
    const { deferred, add } = filled();
    for (let address = 0; address < 1024; address += 1) add(`lease/eth0/${address}/a`);
    expect(add('lease/eth0/new/a')).toBe(false);
    deferred.cancel('lease/eth0/7/a');
    expect(add('lease/eth0/new/a')).toBe(true);
  });
});

it.each(['lone', 'lease-on-vip', 'half'])(
  'judgements of class %s by tags take no place from a segment of this node',
  (name) => {
    const { add } = filled();
    for (let i = 0; i < 1024; i += 1) expect(add(`${name}/eth0.${i & 255}/10.0.0.${i >> 8}/a`)).toBe(true);
    expect(add(`${name}/eth0.7/10.0.0.9/a`)).toBe(false);
    for (let i = 0; i < 1024; i += 1) expect(add(`${name}/eth0/10.0.${i >> 8}.${i & 255}/a`)).toBe(true);
    expect(add(`${name}/eth0/10.0.9.9/a`)).toBe(false);
  },
);

/** CPU time, the least of three, in microseconds: each of 4,000 finds 128 of its address waiting, beside so many of others. */
function timeInTurn(others: number): number {
  const times = [0, 1, 2].map(() => {
    const { deferred, add } = filled();
    for (let i = 0; i < others; i += 1) add(`class-${i >> 10}/eth0/${i}/a`);
    const inTurn = (i: number) => deferred.addInTurn(`half/eth0/10.0.0.1/${i}`, 10, () => {}, 0);
    for (let i = 0; i < 128; i += 1) inTurn(i);
    const before = process.cpuUsage();
    for (let i = 128; i < 4_128; i += 1) inTurn(i);
    const { user, system } = process.cpuUsage(before);
    expect(deferred.has('half/eth0/10.0.0.1/4127')).toBe(true);
    expect(deferred.has('half/eth0/10.0.0.1/3999')).toBe(false);
    return user + system;
  });
  return Math.min(...times);
}

it('one in turn costs as much beside 16,000 that wait for others as beside none', () => {
  // Where each looks through all that wait it is a thousand times as much.
  expect(timeInTurn(16_000)).toBeLessThan(20 * timeInTurn(0));
});

describe('while thousands of clients ask for their old addresses in a large pool', () => {
  it('the lease of a VIP is told all the same, and what was not judged is counted', () => {
    const pools = [{ name: 'large', ranges: [range('192.168.1.50-192.168.1.59'), range('10.9.0.0/19')] }];
    const lan = new Lan({ ...INTENT, pools });
    for (let i = 0; i < 3_000; i += 1)
      lan.dhcp({
        type: 'request',
        client: `02:00:00:01:${hex(i >> 8)}:${hex(i & 255)}` as typeof PHONE,
        requested: ip(`10.9.${i >> 8}.${i & 255}`),
      });
    lan.dhcp({ type: 'request', client: PHONE, requested: VIP });
    expect(lan.wait(15_000).raised()).toContainEqual(
      expect.objectContaining({ kind: 'lease-on-vip', ip: VIP, macs: [PHONE] }),
    );
    expect(lan.dismissed('too-many-waiting')).toBe(3_000 - 1_024);
  });
});

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
