// The segments that this agent captures on: where on the network it stands.
import type { CapturedInterface } from '../host/capture/live-capture.ts';
import { gatewaysOf } from '../host/neighbours.ts';
import { parseIp } from '../net/address.ts';
import type { SegmentRow } from '../serve/tables/sources.ts';

export function ownSegments(captured: readonly CapturedInterface[]): SegmentRow[] {
  return captured.map(({ info, link }) => ({
    interface: link.interface,
    vlan: link.vlan,
    mac: info.mac,
    addresses: info.addresses,
    gateways: gatewaysOf(info.name).flatMap((text) => parseIp(text) ?? []),
  }));
}
