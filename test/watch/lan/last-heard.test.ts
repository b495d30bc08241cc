import { expect, it } from 'vitest';
import { ip, Lan, PHONE, VIP, W1 } from '../lan.ts';

it('the last frame of another machine is told for each interface; what this node sends is none', () => {
  const lan = new Lan();
  const heard = () => lan.watcher.counters().lastHeard;
  expect(heard()).toEqual([]);
  lan.announce(W1, VIP, { outgoing: true });
  expect(heard()).toEqual([{ interface: 'eth0', at: null }]);
  const first = lan.now;
  lan.announce(PHONE, ip('192.168.1.90')).wait(5000);
  const second = lan.now;
  lan.announce(PHONE, ip('192.168.1.90'), { interface: 'eth1' }).wait(5000);
  lan.announce(W1, VIP, { outgoing: true }).announce(W1, VIP, { outgoing: true, interface: 'eth1' });
  expect(heard()).toEqual([
    { interface: 'eth0', at: first },
    { interface: 'eth1', at: second },
  ]);
});

it('a malformed frame is heard as well', () => {
  const lan = new Lan().frame(new Uint8Array(5));
  expect(lan.watcher.counters().lastHeard).toEqual([{ interface: 'eth0', at: lan.now }]);
});
