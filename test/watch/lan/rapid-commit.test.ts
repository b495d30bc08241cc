// Clients that are waited for, and for how long: while there is one, each claim of an IPv4 address is compared with it.
import { expect, it } from 'vitest';
import { MINUTE } from '../../../src/base/time.ts';
import { RapidCommits } from '../../../src/watch/lan/rapid-commit.ts';
import type { Segment } from '../../../src/watch/lan/segment.ts';
import { ip, mac, START } from '../lan.ts';

const ETH0: Segment = { interface: 'eth0', vlan: null, name: 'eth0' };
const client = (last: string) => ({ mac: mac(last), clientId: last, hostname: null, rapidCommit: true });
const memory = { lastUse: () => undefined, memory: 10 * MINUTE };

it('a client that uses no address within a minute is waited for no more', () => {
  const seeking = new RapidCommits();
  seeking.discovers(ETH0, client('aa'), null, START);
  seeking.discovers(ETH0, client('bb'), null, START + MINUTE / 2);
  expect(seeking.isWaiting(START + MINUTE)).toBe(true);
  expect(seeking.takenBy(ETH0, mac('aa'), ip('192.168.1.77'), START + MINUTE, memory)).toBeDefined();
  expect(seeking.isWaiting(START + 1.5 * MINUTE)).toBe(true);
  expect(seeking.isWaiting(START + 1.5 * MINUTE + 1)).toBe(false);
});

it('one that asks again is waited for from then on', () => {
  const seeking = new RapidCommits();
  for (const at of [START, START + MINUTE]) seeking.discovers(ETH0, client('aa'), null, at);
  expect(seeking.isWaiting(START + 2 * MINUTE)).toBe(true);
  expect(seeking.isWaiting(START + 2 * MINUTE + 1)).toBe(false);
});
