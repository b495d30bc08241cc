// A router that answers for everybody, where this agent can ask: by addresses that nobody uses. An extender answers for those alone
// that are behind it.
import { describe, expect, it } from 'vitest';
import type { IpAddress, Ipv4, Mac } from '../../../src/net/address.ts';
import { CP, INTENT, ip, Lan, PHONE, ROUTER, range, VIP, W1, W2 } from '../lan.ts';

const W1_IP = ip('192.168.1.11');
const W2_IP = ip('192.168.1.12');
const LEARNED = { ...INTENT, nodes: INTENT.nodes.map((node, i) => ({ ...node, macs: i === 0 ? [CP] : [] })) };
const FULL = { ...INTENT, pools: [{ name: 'main-pool', ranges: [range('192.168.1.50')] }] };

/** An agent on cp that has asked for a while. */
function agent(intent = INTENT): Lan {
  const lan = new Lan(intent, { onNodesToAsk: () => {} });
  const networks = [{ ...range('192.168.1.0/24'), segment: 'eth0' }];
  lan.watcher.setOwnInterfaces({ addresses: [ip('192.168.1.10')], macs: [CP], networks });
  return lan.wait(5000);
}

/** The agent asks for what the watcher wants, and `answers` says which MACs answer. */
function asks(
  lan: Lan,
  seconds: number,
  answers: (address: IpAddress) => readonly Mac[],
  more: Ipv4[] = [],
): Lan {
  for (let i = 0; i < seconds; i += 1) {
    for (const address of [...lan.watcher.nodesToAsk(lan.now), ...more]) {
      lan.watcher.asked(address, { interface: 'eth0', vlan: null }, lan.now);
      for (const one of answers(address)) lan.reply(one, address as Ipv4);
    }
    lan.wait(1000);
  }
  return lan;
}

const OWNERS: Readonly<Record<string, Mac>> = { [VIP]: W1, [W1_IP]: W1, [W2_IP]: W2 };
const ownerOf = (address: IpAddress) => (OWNERS[address] ? [OWNERS[address]] : []);
const kinds = (lan: Lan) => lan.active().map(({ kind }) => kind);

describe('a router with proxy ARP, asked for by an agent', () => {
  it('is known by five addresses that nobody uses', () => {
    const lan = asks(agent(), 1, (address) => [...ownerOf(address), ROUTER], [VIP]);
    expect(lan.watcher.nodesToAsk(lan.now).slice(0, 5)).toEqual(
      [59, 58, 57, 56, 55].map((last) => `192.168.1.${last}`),
    );
    asks(lan, 3, (address) => [...ownerOf(address), ROUTER], [VIP]);
    expect(kinds(lan).toSorted()).toEqual(['foreign-claim', 'proxy-arp']);
    expect(lan.active().find(({ kind }) => kind === 'foreign-claim')?.remedy).toMatch(
      /^Switch proxy ARP off/,
    );
  });

  it('is known where no address of the pools is free', () => {
    const lan = asks(agent(FULL), 4, (address) => [...ownerOf(address), ROUTER], [VIP]);
    expect(kinds(lan)).toContain('proxy-arp');
  });

  it('is not asked for again within a minute, nor where a machine answers for one address alone', () => {
    const lan = asks(agent(), 4, (address) => (address === VIP ? [W1, PHONE] : ownerOf(address)), [VIP]);
    expect(kinds(lan)).toEqual(['foreign-claim']);
    expect(asks(lan, 30, () => [PHONE], [VIP]).watcher.nodesToAsk(lan.now)).not.toContain('192.168.1.59');
  });

  it('is never a node whose MAC is learned, be it heard before the node or after', () => {
    for (const order of [
      [ROUTER, W2],
      [W2, ROUTER],
    ]) {
      const both = (address: IpAddress) => (address === W2_IP ? order : [...ownerOf(address), ROUTER]);
      const lan = asks(agent(LEARNED), 20, both, [W1_IP, W2_IP]);
      expect(lan.watcher.nameOf(ROUTER)).toBeNull();
      expect(lan.watcher.nameOf(W2)).toBe('w2');
      expect(kinds(lan)).not.toContain('node-mac-differs');
    }
  });

  it('is no extender, which answers for the nodes behind it and for nobody else', () => {
    const behind = (address: IpAddress) =>
      address === W1_IP || address === W2_IP || address === VIP ? [ROUTER] : [];
    const lan = asks(agent(), 20, behind, [VIP, W1_IP, W2_IP]);
    expect(kinds(lan)).toEqual(['node-mac-differs', 'node-mac-differs']);
  });
});
