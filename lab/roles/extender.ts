// A Wi-Fi extender: a bridge that gives whatever its stations send its own MAC, in ARP as well, and knows by the IP address which
// of them an answer is for. As `ebtables -t nat` does it with `snat --snat-arp` and `dnat`, by the bridge family of nftables, which
// takes its place and is in kernels that have no ebtables.
import type { Host } from '../host.ts';
import type { Lab } from '../lab.ts';
import type { Switch } from '../switch.ts';

export interface ExtenderOptions {
  /** What the LAN takes all its stations for. */
  readonly mac: string;
  /** The network behind it. */
  readonly network: Switch;
  readonly stations: readonly Station[];
}

interface Station {
  readonly mac: string;
  /** IPv4: all by which it is to be reached. */
  readonly addresses: readonly string[];
}

const RULES = '/run/lab/extender.nft';
const BRIDGE =
  'ip link add br0 type bridge forward_delay 0; for card in eth0 eth1; do ip link set $card master br0; done; ip link set br0 up';

/** Resolves when it passes frames on. */
export async function startExtender(lab: Lab, { mac, network, stations }: ExtenderOptions): Promise<Host> {
  const inner = mac.replace(/^02/, '06');
  const cards = [{ name: 'eth1', switch: network, mac: inner }];
  const host = await lab.host('extender', { mac, cards });
  const out = stations.flatMap((station) => [
    `oifname eth0 ether saddr ${station.mac} arp saddr ether set ${mac}`,
    `oifname eth0 ether saddr ${station.mac} ether saddr set ${mac}`,
  ]);
  const back = stations.flatMap((station) => {
    const ips = `{ ${station.addresses.join(', ')} }`;
    return ['arp', 'ip'].map(
      (protocol) =>
        `iifname eth0 ether daddr ${mac} ${protocol} daddr ${protocol === 'arp' ? 'ip ' : ''}${ips} ether daddr set ${station.mac}`,
    );
  });
  await host.writeFile(
    RULES,
    `table bridge extender {
  chain out { type filter hook postrouting priority 0; ${out.join('; ')}; }
  chain back { type filter hook prerouting priority 0; ${back.join('; ')}; }
}
`,
  );
  await host.run(['sh', '-c', BRIDGE]);
  await host.run(['nft', '--file', RULES]);
  return host;
}
