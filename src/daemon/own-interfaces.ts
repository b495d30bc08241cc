// What this node publishes of itself: the interfaces that MetalLB could announce on, those that are watched, and the cards of their
// bonds: in the modes balance-alb and -tlb a bond answers under their MACs.

import { chooseInterfaces, type InterfaceInfo } from '../host/capture/interfaces.ts';
import type { CapturedInterface } from '../host/capture/live-capture.ts';
import type { NodeInterface } from '../intent/intent.ts';

export function ownInterfaces(
  all: readonly InterfaceInfo[],
  captured: readonly CapturedInterface[],
): NodeInterface[] {
  const watched = new Map(captured.map(({ info, link }) => [info.name, link]));
  const announceable = new Set(chooseInterfaces(all, null).chosen.map(({ name }) => name));
  const isAnswered = ({ name }: InterfaceInfo) => watched.has(name) || announceable.has(name);
  const bonds = new Set(
    all.flatMap((info) => (info.kind === 'bond' && isAnswered(info) ? [info.index] : [])),
  );
  return all.flatMap((info): NodeInterface[] => {
    const { name, mac, addresses, masterIndex } = info;
    const link = watched.get(name);
    const isOfBond = masterIndex !== null && bonds.has(masterIndex);
    if (mac === null || !(isAnswered(info) || isOfBond)) return [];
    if (link === undefined) return [{ name, mac, addresses, segment: null }];
    const segment = link.vlan === null ? link.interface : `${link.interface}.${link.vlan}`;
    return [{ name, mac, addresses, segment }];
  });
}
