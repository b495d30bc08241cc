// What this node publishes of itself: the interfaces that MetalLB could announce on, and those that are watched.

import { chooseInterfaces, type InterfaceInfo } from '../host/capture/interfaces.ts';
import type { CapturedInterface } from '../host/capture/live-capture.ts';
import type { NodeInterface } from '../intent/intent.ts';

export function ownInterfaces(
  all: readonly InterfaceInfo[],
  captured: readonly CapturedInterface[],
): NodeInterface[] {
  const watched = new Map(captured.map(({ info, link }) => [info.name, link]));
  const announceable = new Set(chooseInterfaces(all, null).chosen.map(({ name }) => name));
  return all.flatMap(({ name, mac, addresses }): NodeInterface[] => {
    const link = watched.get(name);
    if (mac === null || (link === undefined && !announceable.has(name))) return [];
    if (link === undefined) return [{ name, mac, addresses, segment: null }];
    const segment = link.vlan === null ? link.interface : `${link.interface}.${link.vlan}`;
    return [{ name, mac, addresses, segment }];
  });
}
