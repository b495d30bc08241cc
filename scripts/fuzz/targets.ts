// Everything that takes what others have written: each is opened where it is wanted.
import type { Target } from './target.ts';

type Open = () => Promise<Target>;

const codec =
  (name: string): Open =>
  async () =>
    (await import('./targets/codecs.ts')).CODECS[name]!;

export const TARGETS: Readonly<Record<string, Open>> = {
  ethernet: codec('ethernet'),
  arp: codec('arp'),
  ipv4: codec('ipv4'),
  ipv6: codec('ipv6'),
  udp: codec('udp'),
  tcp: codec('tcp'),
  icmp: codec('icmp'),
  ndp: codec('ndp'),
  dhcp: codec('dhcp'),
  dhcpv6: codec('dhcpv6'),
  watcher: async () => (await import('./targets/watcher.ts')).watcher,
  capture: async () => (await import('./targets/capture.ts')).capture,
  configuration: async () => (await import('./targets/configuration.ts')).configuration,
  manifests: async () => (await import('./targets/manifests.ts')).manifests,
  query: async () => await (await import('./targets/query.ts')).query(),
  values: async () => (await import('./targets/values.ts')).values,
};
