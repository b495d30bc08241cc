// What a scenario looked like on one node, as a capture that `vipwatch replay` reads, and the configuration that it needs.
import { stringify } from 'yaml';
import type { Micros } from '../../../src/base/time.ts';
import { pcapHeader, pcapRecord } from '../../../src/pcap/writer.ts';
import type { Scenario } from '../scenario.ts';
import { type Played, play } from './play.ts';

export interface Capture {
  readonly pcap: Uint8Array;
  readonly config: string;
}

/** @param node whose frames, both ways: a switch shows it nothing else. */
export function captureOf(scenario: Scenario, node: string): Capture {
  const records: { readonly at: Micros; readonly bytes: Uint8Array }[] = [];
  const played = play(scenario, {}, (world) => {
    const heard = (bytes: Uint8Array) => records.push({ at: world.queue.now, bytes });
    world
      .host(node)
      .listeners.add({ frame: ({ bytes }) => void heard(bytes), sent: (bytes) => void heard(bytes) });
  });
  return {
    pcap: Buffer.concat([pcapHeader(), ...records.map(({ at, bytes }) => pcapRecord(at, bytes))]),
    config: configOf(played),
  };
}

/** As the cluster would have told it, at the beginning. */
function configOf({ plan }: Played): string {
  const { pools, services, nodes, router } = plan;
  return stringify({
    intent: {
      source: 'static',
      static: {
        pools: pools.map(({ name, addresses }) => ({ name, addresses: [addresses] })),
        vips: services.map(({ name, ip }) => ({ address: ip, service: name })),
        nodes: nodes.map(({ name, cards }) => ({
          name,
          addresses: cards.flatMap(({ ip }) => ip ?? []),
          macs: cards.map(({ mac }) => mac),
        })),
      },
    },
    ...(router.dhcp && { dhcp: { servers: [router.ip] } }),
  });
}
