// A flood of findings in the log.
import { expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../src/base/time.ts';
import { LogFlood } from '../../../src/serve/render/log-flood.ts';
import type { FindingEvent } from '../../../src/watch/finding/finding.ts';
import { ip, Lan, mac, START, VIP } from '../../watch/lan.ts';

/** What is logged of it: `raised foreign-claim 192.168.1.50` for each finding, and what is said of the flood. */
class Logged {
  readonly lines: string[] = [];
  readonly flood = new LogFlood({ warn: (_, message) => this.lines.push(message) });

  tell(events: readonly { readonly type: string }[]): this {
    for (const event of events as readonly FindingEvent[]) {
      if (event.type !== 'finding' || !this.flood.admits(event)) continue;
      this.lines.push(`${event.action} ${event.finding.kind} ${event.finding.ip}`);
    }
    return this;
  }
}

function leaseOnVip(lan: Lan, i: number, requested = VIP): void {
  const client = mac((i % 256).toString(16).padStart(2, '0'));
  lan.dhcp({ type: 'request', client, requested, server: ip('192.168.1.1') });
}

it('a flood is its first eight lines on an address, one that says so, and one with the count', () => {
  const lan = new Lan();
  const logged = new Logged();
  for (let i = 0; i < 200; i += 1) {
    leaseOnVip(lan, i);
    lan.wait(100);
  }
  logged.tell(lan.events);
  expect(logged.lines).toEqual([
    ...Array.from({ length: 8 }, () =>
      expect.stringMatching(/^(raised|resolved) lease-on-vip 192.168.1.50$/),
    ),
    'Too many log lines about lease-on-vip: from now on they are only counted. GET /api/v1/findings lists all findings',
  ]);
  const events = lan.events.filter(({ type }) => type === 'finding').length;
  const last = lan.events.findLast(({ type }) => type === 'finding')!.at;
  expect(logged.flood.nextAt()).toBe(last + 2 * MINUTE);
  logged.flood.tick(last + 2 * MINUTE - 1);
  expect(logged.lines).toHaveLength(9);
  logged.flood.tick(last + 2 * MINUTE);
  const [, ...counts] = /^Not logged of lease-on-vip: (\d+) raised, (\d+) changed, (\d+) resolved$/.exec(
    logged.lines[9]!,
  )!;
  expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(events - 8);
  expect(logged.flood.nextAt()).toBe(Number.POSITIVE_INFINITY);
});

it('another address, another kind, and the same one after two minutes of calm are logged as ever', () => {
  const finding = new Lan().announce(mac('aa'), VIP).raised()[0]!;
  const logged = new Logged();
  const event = (at: number, other: Partial<typeof finding> = {}): FindingEvent => ({
    type: 'finding',
    action: 'raised',
    at,
    finding: { ...finding, ...other },
  });
  for (let i = 0; i < 20; i += 1) logged.tell([event(START + i * SECOND)]);
  logged.tell([event(START + 20 * SECOND, { ip: ip('192.168.1.51') })]);
  // Of the kind that there is a flood of, two lines on each other address.
  for (let i = 0; i < 9; i += 1) logged.tell([event(START + 20 * SECOND, { ip: ip('192.168.1.52') })]);
  expect(logged.lines.filter((line) => line.endsWith('192.168.1.52'))).toHaveLength(2);
  logged.tell([event(START + 20 * SECOND, { kind: 'split-brain' })]);
  expect(logged.lines).toContain('raised foreign-claim 192.168.1.51');
  expect(logged.lines.at(-1)).toBe('raised split-brain 192.168.1.50');
  logged.tell([event(START + 139 * SECOND)]);
  expect(logged.lines.filter((line) => line === 'raised foreign-claim 192.168.1.50')).toHaveLength(9);
});

it('what goes on at the end is told then', () => {
  const logged = new Logged();
  const finding = new Lan().announce(mac('aa'), VIP).raised()[0]!;
  for (let i = 0; i < 10; i += 1)
    logged.tell([{ type: 'finding', action: 'resolved', at: START, finding } as FindingEvent]);
  logged.flood.stop();
  expect(logged.lines.at(-1)).toBe('Not logged of foreign-claim: 0 raised, 0 changed, 2 resolved');
});

it('of one kind there are 300 lines at most, for a stranger may choose the address', () => {
  const finding = new Lan().announce(mac('aa'), VIP).raised()[0]!;
  const logged = new Logged();
  for (let i = 0; i < 1000; i += 1) {
    const address = ip(`10.0.${i >> 8}.${i & 255}`);
    logged.tell([
      { type: 'finding', action: 'raised', at: START, finding: { ...finding, ip: address } } as FindingEvent,
    ]);
  }
  expect(logged.lines).toHaveLength(301);
});
