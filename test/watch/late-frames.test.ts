// What a flood that is read late costs: no look at all that waits for time with each of its frames.
import { expect, it } from 'vitest';
import { MILLISECOND } from '../../src/base/time.ts';
import { INTENT, ip, Lan, mac } from './lan.ts';

const ADDRESS = ip('192.168.1.55');
const SERVER = ip('192.168.1.1');

/** Each client asks for an address that another one holds, which is to be decided half a second later. */
function contended(lan: Lan, clients: number): void {
  for (let i = 0; i < clients; i += 1)
    lan.dhcp({ type: 'request', client: mac(String(10 + i)), requested: ADDRESS, server: SERVER });
}

it('frames that are read later than what they wait for are judged together', () => {
  const lan = new Lan(INTENT).wait(1000);
  lan.ago(2000);
  contended(lan, 3);
  // The first of them was due at once, and so was looked at with the next.
  for (let i = 0; i < 5; i += 1) {
    contended(lan, 3);
    expect(lan.watcher.nextAt() - lan.now).toBe(100 * MILLISECOND);
  }
  expect(lan.watcher.leases()).toHaveLength(2);
  lan.wait(100);
  expect(lan.watcher.leases()).toMatchObject([{ ip: ADDRESS, mac: mac('12') }]);
});

it('frames that are read in time are judged when it is time', () => {
  const lan = new Lan(INTENT).wait(1000);
  contended(lan, 3);
  expect(lan.watcher.nextAt() - lan.now).toBe(500 * MILLISECOND);
  expect(lan.active()).toHaveLength(2);
  expect(lan.wait(500).active()).toHaveLength(1);
});
