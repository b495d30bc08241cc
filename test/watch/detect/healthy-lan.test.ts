// A LAN where all is well raises nothing.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, mac, ROUTER, range, VIP, W1 } from '../lan.ts';

const SERVER = ip('192.168.1.1');

describe('a healthy LAN', () => {
  it('with leases, MAC-randomising phones and announcement bursts raises nothing at all', () => {
    const lan = new Lan(INTENT, {
      dhcp: { ranges: [range('192.168.1.100-192.168.1.199')], servers: [SERVER] },
    });
    for (let day = 0; day < 3; day += 1) {
      for (let round = 0; round < 5; round += 1) lan.gratuitous(W1, VIP).wait(1100);
      for (let i = 0; i < 30; i += 1) {
        const phone = mac((0x40 + ((day * 7 + i) % 90)).toString(16));
        const address = ip(`192.168.1.${100 + ((day * 7 + i) % 90)}`);
        lan.dhcp({ type: 'discover', client: phone, transactionId: i });
        lan.request(ROUTER, SERVER, address).wait(20);
        lan.dhcp({ type: 'request', client: phone, requested: address, server: SERVER, transactionId: i });
        lan.acdProbe(phone, address).wait(1000).announce(phone, address).wait(60_000);
        lan.request(phone, address, VIP).reply(W1, VIP, phone, address);
      }
      lan.wait(3_600_000);
    }
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.takeovers()).toEqual([]);
  });
});
