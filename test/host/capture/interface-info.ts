// A network interface as the kernel tells of it: of Ethernet, with its cable in.
import type { InterfaceInfo } from '../../../src/host/capture/interfaces.ts';

export function interfaceInfo(name: string, over: Partial<InterfaceInfo> = {}): InterfaceInfo {
  return {
    index: 1,
    name,
    kind: null,
    ethernet: true,
    mac: null,
    up: true,
    running: true,
    carrierLosses: 0,
    broadcast: true,
    noArp: false,
    loopback: false,
    masterIndex: null,
    vlan: null,
    addresses: [],
    ...over,
  };
}
