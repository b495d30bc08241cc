import { describe, expect, it } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { becameMaster, startKeepalived } from '../../lab/roles/keepalived.ts';
import { labUnavailable } from './available.ts';

const VIP = '192.168.1.60';
const A = { mac: '02:00:00:00:00:11', address: '192.168.1.11/24' };
const B = { mac: '02:00:00:00:00:12', address: '192.168.1.12/24' };
const ASKER = { mac: '02:00:00:00:00:0a', address: '192.168.1.10/24' };

const skip = labUnavailable('keepalived', 'arping');

describe.skipIf(skip)('keepalived in the lab', () => {
  async function pair(lab: Lab) {
    const [a, b, asker] = await Promise.all([lab.host('a', A), lab.host('b', B), lab.host('asker', ASKER)]);
    const first = await startKeepalived(a, { vip: `${VIP}/24`, priority: 200 });
    await becameMaster(first);
    const second = await startKeepalived(b, { vip: `${VIP}/24`, priority: 100 });
    // By the clock, since a count would stop at the first answer.
    const owners = async () => {
      const { stdout } = await asker.run(['arping', '-b', '-w', '2', '-I', 'eth0', VIP]);
      const macs = [...stdout.matchAll(/\[([0-9A-F:]+)\]/g)].map((match) => match[1]!.toLowerCase());
      return [...new Set(macs)].sort();
    };
    return { a, b, first, second, owners };
  }

  it('moves the VIP to the other machine when the first one loses power', async () => {
    await using lab = await Lab.create();
    const { a, b, second, owners } = await pair(lab);
    expect(await owners()).toEqual([A.mac]);
    await a.powerOff();
    await becameMaster(second);
    expect(await b.addresses()).toContain(VIP);
    expect(await owners()).toEqual([B.mac]);
  });

  it('leaves two owners behind when all of the program is killed: the old kernel answers on', async () => {
    await using lab = await Lab.create();
    const { a, first, second, owners } = await pair(lab);
    await first.killAll();
    await becameMaster(second);
    expect(await a.addresses()).toContain(VIP);
    expect(await owners()).toEqual([A.mac, B.mac]);
  });
});
