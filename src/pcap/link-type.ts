// Link types by their numbers in the registry of tcpdump.org: which ones are read, and the names of those that people capture
// by mistake.
import { CaptureError } from './errors.ts';

export const LINKTYPE_ETHERNET = 1;
/** Linux cooked captures, which `tcpdump -i any` writes: SLL, and with `-y LINUX_SLL2` (the default of newer ones) SLL2. */
const LINKTYPE_LINUX_SLL = 113;
export const LINKTYPE_LINUX_SLL2 = 276;

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'BSD loopback'],
  [9, 'PPP'],
  [12, 'raw IP'],
  [101, 'raw IP'],
  [105, 'IEEE 802.11'],
  [108, 'OpenBSD loopback'],
  [127, 'IEEE 802.11 with radiotap'],
  [195, 'IEEE 802.15.4'],
  [220, 'USB'],
  [253, 'netlink'],
]);

export function isReadLinkType(type: number): boolean {
  return type === LINKTYPE_ETHERNET || type === LINKTYPE_LINUX_SLL || type === LINKTYPE_LINUX_SLL2;
}

export function linkTypeName(type: number): string {
  return NAMES.get(type) ?? `link type ${type}`;
}

export function unsupportedLinkType(type: number): CaptureError {
  const name = NAMES.get(type) ?? 'not Ethernet';
  return new CaptureError(
    `link type ${type} (${name}) is not supported: capture on an Ethernet interface (tcpdump -i eth0), or on all (tcpdump -i any)`,
  );
}
