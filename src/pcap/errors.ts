/** A capture file that cannot be used. The message is one line for the person who named the file. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}

export const LINKTYPE_ETHERNET = 1;

/** A longer record is a lie or damage: no memory is set aside for it. Bytes. */
export const MAX_RECORD_LENGTH = 16 * 1024 * 1024;

/** Link types by their numbers in the registry of tcpdump.org, those that people capture by mistake. */
const LINK_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'BSD loopback'],
  [101, 'raw IP'],
  [105, 'IEEE 802.11'],
  [113, 'Linux cooked'],
  [127, 'IEEE 802.11 with radiotap'],
  [276, 'Linux cooked v2'],
]);

export function unsupportedLinkType(type: number): CaptureError {
  const name = LINK_TYPE_NAMES.get(type) ?? 'not Ethernet';
  return new CaptureError(
    `link type ${type} (${name}) is not supported: capture on one Ethernet interface (tcpdump -i eth0, not -i any)`,
  );
}
