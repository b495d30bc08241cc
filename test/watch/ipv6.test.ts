// The same judgement over neighbor discovery.
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../src/intent/intent.ts';
import {
  encodeNdp,
  multicastMac,
  solicitedNodeMulticast,
  sourceMacOption,
  targetMacOption,
} from '../../src/ndp/packet.ts';
import { type Ipv6, type Mac, parseIp } from '../../src/net/address.ts';
import { ETHERTYPE_IPV6, encodeEthernet } from '../../src/net/ethernet.ts';
import { INTENT, Lan, PHONE, range, W1, W2 } from './lan.ts';

const ip6 = (text: string) => parseIp(text) as Ipv6;
const VIP6 = ip6('fd00::50');
const ALL_NODES = ip6('ff02::1');
const LINK_LOCAL = ip6('fe80::1');
const INTENT6: Intent = {
  ...INTENT,
  pools: [{ name: 'six', ranges: [range('fd00::50-fd00::5f')] }],
  vips: [{ address: VIP6, service: 'traefik/traefik' }],
};

function send(lan: Lan, from: Mac, destination: Ipv6, packet: Uint8Array): Lan {
  const header = {
    destinationMac: multicastMac(destination),
    sourceMac: from,
    vlans: [],
    etherType: ETHERTYPE_IPV6,
  };
  return lan.frame(encodeEthernet(header, packet));
}

function advertise(lan: Lan, owner: Mac, targetIp: Ipv6, solicited: boolean): Lan {
  const message = {
    kind: 'neighbor-advertisement',
    router: false,
    solicited,
    override: !solicited,
    targetIp,
    options: [targetMacOption(owner)],
  } as const;
  const destination = solicited ? ip6('fe80::12') : ALL_NODES;
  return send(lan, owner, destination, encodeNdp(message, { source: LINK_LOCAL, destination }));
}

function solicit(lan: Lan, asker: Mac, source: Ipv6, targetIp: Ipv6): Lan {
  const destination = solicitedNodeMulticast(targetIp);
  const options = source === '::' ? [] : [sourceMacOption(asker)];
  return send(
    lan,
    asker,
    destination,
    encodeNdp({ kind: 'neighbor-solicitation', targetIp, options }, { source, destination }),
  );
}

describe('an IPv6 VIP', () => {
  it('is claimed by a foreign advertisement, solicited or not, and by a solicitation sent from it', () => {
    for (const act of [
      (lan: Lan) => advertise(lan, PHONE, VIP6, false),
      (lan: Lan) => advertise(lan, PHONE, VIP6, true),
      (lan: Lan) => solicit(lan, PHONE, VIP6, ip6('fd00::1')),
    ]) {
      expect(act(new Lan(INTENT6)).wait(2000).raised()).toMatchObject([
        { kind: 'foreign-claim', ip: VIP6, macs: [PHONE] },
      ]);
    }
  });

  it('is left in peace by its announcer, by duplicate address detection, and by questions', () => {
    const lan = advertise(new Lan(INTENT6), W1, VIP6, false);
    solicit(lan, PHONE, ip6('::'), VIP6);
    solicit(lan, PHONE, ip6('fe80::aa'), VIP6);
    advertise(lan, W1, VIP6, true).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('dad')).toBe(1);
  });

  it('is taken over, and the takeover timed', () => {
    const lan = new Lan(INTENT6);
    for (let i = 0; i < 5; i += 1) advertise(lan, W1, VIP6, true).wait(1000);
    lan.wait(5000);
    for (let i = 0; i < 10; i += 1) advertise(lan, W2, VIP6, true).wait(1000);
    expect(lan.watcher.takeovers()).toMatchObject([
      { class: 'failover', ip: VIP6, gapMs: 6000, from: { node: 'w1' }, to: { node: 'w2' } },
    ]);
  });

  it('has a pool whose free addresses nobody else may use', () => {
    expect(advertise(new Lan(INTENT6), PHONE, ip6('fd00::55'), false).raised()).toMatchObject([
      { kind: 'pool-address-taken' },
    ]);
  });
});

describe('an IPv6 VIP that a machine checked before it takes it', () => {
  const mayBeTakenAfter = (ms: number, ip = VIP6) => {
    const lan = solicit(new Lan(INTENT6), PHONE, ip6('::'), ip).wait(ms);
    return lan.watcher.mayBeTaken(ip, lan.now);
  };

  it('is asked for once the check is over, for MetalLB does not object and the machine need not announce it', () => {
    expect(mayBeTakenAfter(1_900)).toBe(false);
    expect(mayBeTakenAfter(2_000)).toBe(true);
    expect(mayBeTakenAfter(5_000)).toBe(true);
    expect(mayBeTakenAfter(5_100)).toBe(false);
  });

  it('but not another address of the LAN', () => {
    expect(mayBeTakenAfter(3_000, ip6('fd00::99'))).toBe(false);
  });
});
