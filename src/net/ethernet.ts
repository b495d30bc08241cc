// Ethernet II frames with up to two VLAN tags (IEEE 802.3, 802.1Q, 802.1ad).
import { MAC_LENGTH, type Mac, macAt, writeMac } from './address.ts';
import { uint16At } from './bytes.ts';
import { accepted, type Decoded, refused } from './result.ts';

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

/** VLAN tags: IEEE 802.1Q, and 802.1ad. */
export const TPID_CUSTOMER = 0x8100;
export const TPID_SERVICE = 0x88a8;
/** What bridges used for the outer tag before 802.1ad gave it a number, and some still do. */
export const TPID_SERVICE_OLD = 0x9100;

const HEADER_LENGTH = 14;
const TAG_LENGTH = 4;
const MAX_TAGS = 2;
/** Without the frame check sequence, which captures rarely hold. */
const MINIMUM_FRAME = 60;

export interface EthernetHeader {
  readonly destinationMac: Mac;
  readonly sourceMac: Mac;
  /** VLAN ids, outermost first. A priority tag is reported with its id 0. */
  readonly vlans: readonly number[];
  /** Below 0x600 it is the length of an IEEE 802.3 frame (spanning tree, LLC): nothing of ours, nothing malformed. */
  readonly etherType: number;
}

export interface EthernetFrame extends EthernetHeader {
  /** Where the payload begins; it ends with the frame, padding included. */
  readonly payloadStart: number;
}

export type EthernetRefusal = 'truncated' | 'too-many-tags';

const TRUNCATED = refused('truncated');
const TOO_MANY_TAGS = refused('too-many-tags');
const UNTAGGED: readonly number[] = Object.freeze([]);

export function decodeEthernet(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Decoded<EthernetFrame, EthernetRefusal> {
  if (end - start < HEADER_LENGTH) return TRUNCATED;
  let typeAt = start + 2 * MAC_LENGTH;
  let etherType = uint16At(bytes, typeAt);
  let vlans = UNTAGGED;
  while (isTag(etherType)) {
    if (vlans.length === MAX_TAGS) return TOO_MANY_TAGS;
    if (end - typeAt < 2 + TAG_LENGTH) return TRUNCATED;
    vlans = [...vlans, uint16At(bytes, typeAt + 2) & 0x0fff];
    typeAt += TAG_LENGTH;
    etherType = uint16At(bytes, typeAt);
  }
  return accepted({
    destinationMac: macAt(bytes, start),
    sourceMac: macAt(bytes, start + MAC_LENGTH),
    vlans,
    etherType,
    payloadStart: typeAt + 2,
  });
}

function isTag(etherType: number): boolean {
  return etherType === TPID_CUSTOMER || etherType === TPID_SERVICE || etherType === TPID_SERVICE_OLD;
}

/**
 * The frame without its check sequence. Two tags become a service tag and a customer tag (802.1ad); priorities are 0.
 * `padTo60` fills up to Ethernet's minimum, which the kernel leaves to the driver, but some senders add themselves.
 * Throws RangeError for more than two tags.
 */
export function encodeEthernet(
  header: EthernetHeader,
  payload: Uint8Array,
  options: { readonly padTo60?: boolean } = {},
): Uint8Array {
  const { vlans } = header;
  if (vlans.length > MAX_TAGS)
    throw new RangeError(`Cannot encode an Ethernet frame: ${vlans.length} VLAN tags`);
  const payloadStart = HEADER_LENGTH + vlans.length * TAG_LENGTH;
  const length = payloadStart + payload.length;
  const bytes = new Uint8Array(options.padTo60 ? Math.max(length, MINIMUM_FRAME) : length);
  const view = new DataView(bytes.buffer);
  writeMac(bytes, 0, header.destinationMac);
  writeMac(bytes, MAC_LENGTH, header.sourceMac);
  vlans.forEach((vlan, i) => {
    const tagAt = 2 * MAC_LENGTH + i * TAG_LENGTH;
    view.setUint16(tagAt, i < vlans.length - 1 ? TPID_SERVICE : TPID_CUSTOMER);
    view.setUint16(tagAt + 2, vlan);
  });
  view.setUint16(payloadStart - 2, header.etherType);
  bytes.set(payload, payloadStart);
  return bytes;
}
