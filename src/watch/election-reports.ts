// The words of the finding that holds MetalLB's election against the wire.
import type { Mac } from '../net/address.ts';
import { vipName, vipOf } from './detect/words.ts';
import type { Report } from './finding/finding.ts';
import type { Segment } from './lan/segment.ts';
import type { VipRole } from './takeover/vips.ts';

export function wrongAnnouncer(
  segment: Segment,
  role: VipRole,
  wire: { readonly node: string; readonly mac: Mac },
  elected: string,
  statusNodes: readonly string[],
): Report {
  const status =
    statusNodes.length === 0
      ? 'there is no ServiceL2Status'
      : statusNodes.includes(wire.node)
        ? `its ServiceL2Status names ${statusNodes.join(' and ')}, as the wire does`
        : `its ServiceL2Status names ${statusNodes.join(' and ')}`;
  return {
    kind: 'wrong-announcer',
    ip: role.vip.address,
    segment,
    culprit: null,
    macs: [wire.mac],
    vip: vipOf(role),
    message: `${vipName(role.vip)} is announced by ${wire.node}, but MetalLB's rules elect ${elected}; ${status}.`,
    remedy: `Look at the speakers' logs on ${wire.node} and ${elected}: one of them hangs, or does not see the other or the API. A restart of both settles it, one after the other.`,
  };
}
