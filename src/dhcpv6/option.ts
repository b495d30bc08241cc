// DHCPv6 options (RFC 8415, section 21) and what vipwatch reads of them. One whose content is malformed reads as absent.
import { printable } from '../dhcp/option.ts';
import { IPV6_LENGTH, type Ipv6, ipv6At, MAC_LENGTH, type Mac, macAt } from '../net/address.ts';
import { copyOfBytes, uint16At, uint32At } from '../net/bytes.ts';

export interface Dhcpv6Option {
  readonly code: number;
  readonly value: Uint8Array;
}

export const OPTION = {
  clientIdentifier: 1,
  serverIdentifier: 2,
  addresses: 3, // IA_NA
  temporaryAddresses: 4, // IA_TA, which RFC 9915 does away with
  address: 5, // IAADDR
  relayMessage: 9,
  statusCode: 13,
  rapidCommit: 14,
  prefixes: 25, // IA_PD
  prefix: 26, // IAPREFIX
  clientFqdn: 39,
  clientLinkLayerAddress: 79,
} as const;

/** RFC 8415, section 21.13. */
export const STATUS_SUCCESS = 0;

/** What an identity association is about: addresses, temporary addresses or delegated prefixes. */
export type AssociationKind = 'na' | 'ta' | 'pd';

/** One identity association: what a client holds, or wants, as one unit. */
export interface Association {
  readonly kind: AssociationKind;
  readonly iaid: number;
  /** Success where there is no status. */
  readonly status: number;
  readonly leases: readonly AssociationLease[];
}

export interface AssociationLease {
  /** The address, or the first one of the prefix. */
  readonly ip: Ipv6;
  /** Of a delegated prefix; null: a single address. */
  readonly prefixLength: number | null;
  /** In seconds; Infinity for ever. A server that says 0 takes it back; from a client it is a mere hint. */
  readonly validSeconds: number;
  readonly status: number;
}

interface WithOptions {
  readonly options: readonly Dhcpv6Option[];
}

const HEAD = 4;
/** A real message has less than fifty; more are made to be a burden. */
const MAX_OPTIONS = 256;
const MAX_VALUE = 0xffff;

const IAID_LENGTH = 4;
/** IAID, T1 and T2. */
const TIMED_ASSOCIATION = 12;
const ADDRESS_LENGTH = IPV6_LENGTH + 8;
const PREFIX_LENGTH = 9 + IPV6_LENGTH;
/** 0xffffffff in a time field (RFC 8415, section 7.7). */
const INFINITE = 0xffffffff;

const UTF8 = new TextDecoder();

/** RFC 8415, section 11.1: a type, and 1 to 128 bytes. */
const SHORTEST_DUID = 3;
const LONGEST_DUID = 130;
const DUID_LINK_LAYER_TIME = 1;
const DUID_LINK_LAYER = 3;
const ETHERNET = 1;

/** Values are copied, as the frame's buffer is used again. */
export function optionsAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): Dhcpv6Option[] | 'bad-length' | 'too-many' {
  const options: Dhcpv6Option[] = [];
  for (let at = start; at < end; ) {
    if (end - at < HEAD) return 'bad-length';
    if (options.length === MAX_OPTIONS) return 'too-many';
    const valueEnd = at + HEAD + uint16At(bytes, at + 2);
    if (valueEnd > end) return 'bad-length';
    options.push({ code: uint16At(bytes, at), value: copyOfBytes(bytes, at + HEAD, valueEnd) });
    at = valueEnd;
  }
  return options;
}

/** The head and the options after it. Throws RangeError for an option that is longer than an option may be. */
export function writeOptions(head: Uint8Array, options: readonly Dhcpv6Option[]): Uint8Array {
  const length = options.reduce((sum, { value }) => sum + HEAD + value.length, head.length);
  const bytes = new Uint8Array(length);
  bytes.set(head);
  const view = new DataView(bytes.buffer);
  let at = head.length;
  for (const { code, value } of options) {
    if (value.length > MAX_VALUE)
      throw new RangeError(`Cannot encode DHCPv6 option ${code}: ${value.length} bytes`);
    view.setUint16(at, code);
    view.setUint16(at + 2, value.length);
    bytes.set(value, at + HEAD);
    at += HEAD + value.length;
  }
  return bytes;
}

function optionValue({ options }: WithOptions, code: number): Uint8Array | undefined {
  return options.find((option) => option.code === code)?.value;
}

/** The client's DUID as lower-case hex. */
export function clientDuid(message: WithOptions): string | null {
  return duidOf(message, OPTION.clientIdentifier);
}

/** The server's DUID as lower-case hex. */
export function serverDuid(message: WithOptions): string | null {
  return duidOf(message, OPTION.serverIdentifier);
}

function duidOf(message: WithOptions, code: number): string | null {
  const value = optionValue(message, code);
  if (value === undefined || value.length < SHORTEST_DUID || value.length > LONGEST_DUID) return null;
  return value.toHex();
}

/** The MAC that the client's DUID was made of: of one of its network cards, not always of the one that it asks by. */
export function macOfDuid(message: WithOptions): Mac | null {
  const value = optionValue(message, OPTION.clientIdentifier);
  if (value === undefined || value.length < HEAD || uint16At(value, 2) !== ETHERNET) return null;
  const type = uint16At(value, 0);
  const macStart = type === DUID_LINK_LAYER ? HEAD : type === DUID_LINK_LAYER_TIME ? HEAD + 4 : null;
  return macStart !== null && value.length === macStart + MAC_LENGTH ? macAt(value, macStart) : null;
}

/** What the relay next to the client saw as the client's link-layer address (RFC 6939). */
export function clientLinkLayerAddress(relay: WithOptions): Mac | null {
  const value = optionValue(relay, OPTION.clientLinkLayerAddress);
  return value?.length === 2 + MAC_LENGTH && uint16At(value, 0) === ETHERNET ? macAt(value, 2) : null;
}

/** The client takes what a server gives it without asking for it once more. */
export function hasRapidCommit(message: WithOptions): boolean {
  return optionValue(message, OPTION.rapidCommit) !== undefined;
}

/** Of the whole message; success where it has none. */
export function statusOf(message: WithOptions): number {
  const value = optionValue(message, OPTION.statusCode);
  return value !== undefined && value.length >= 2 ? uint16At(value, 0) : STATUS_SUCCESS;
}

/** The client's name (RFC 4704), safe to log; its last part may be missing. Null where absent or malformed. */
export function fqdn(message: WithOptions): string | null {
  const value = optionValue(message, OPTION.clientFqdn);
  if (value === undefined) return null;
  const labels: string[] = [];
  for (let at = 1; at < value.length && value[at] !== 0; ) {
    const labelEnd = at + 1 + value[at]!;
    // RFC 1035: a label is 63 bytes at most, and what is longer would be a pointer.
    if (value[at]! > 63 || labelEnd > value.length) return null;
    labels.push(UTF8.decode(value.subarray(at + 1, labelEnd)));
    at = labelEnd;
  }
  return labels.length === 0 ? null : printable(labels.join('.'));
}

/** In order of appearance, without malformed ones. */
export function associationsOf({ options }: WithOptions): Association[] {
  return options.flatMap(({ code, value }) => {
    const kind = kindOf(code);
    const association = kind && associationIn(kind, value);
    return association ? [association] : [];
  });
}

function kindOf(code: number): AssociationKind | null {
  switch (code) {
    case OPTION.addresses:
      return 'na';
    case OPTION.temporaryAddresses:
      return 'ta';
    case OPTION.prefixes:
      return 'pd';
    default:
      return null;
  }
}

function associationIn(kind: AssociationKind, value: Uint8Array): Association | null {
  const head = kind === 'ta' ? IAID_LENGTH : TIMED_ASSOCIATION;
  if (value.length < head) return null;
  const options = optionsAt(value, head, value.length);
  if (typeof options === 'string') return null;
  const leases = options.flatMap((option) => {
    const lease = kind === 'pd' ? prefixIn(option) : addressIn(option);
    return lease ? [lease] : [];
  });
  return { kind, iaid: uint32At(value, 0), status: statusOf({ options }), leases };
}

function addressIn({ code, value }: Dhcpv6Option): AssociationLease | null {
  if (code !== OPTION.address || value.length < ADDRESS_LENGTH) return null;
  const status = statusWithin(value, ADDRESS_LENGTH);
  if (status === null) return null;
  return {
    ip: ipv6At(value, 0),
    prefixLength: null,
    validSeconds: secondsAt(value, IPV6_LENGTH + 4),
    status,
  };
}

function prefixIn({ code, value }: Dhcpv6Option): AssociationLease | null {
  if (code !== OPTION.prefix || value.length < PREFIX_LENGTH) return null;
  const status = statusWithin(value, PREFIX_LENGTH);
  const prefixLength = value[8]!;
  if (status === null || prefixLength > 128) return null;
  return { ip: ipv6At(value, 9), prefixLength, validSeconds: secondsAt(value, 4), status };
}

/** Null where the options are malformed. */
function statusWithin(value: Uint8Array, start: number): number | null {
  const options = optionsAt(value, start, value.length);
  return typeof options === 'string' ? null : statusOf({ options });
}

function secondsAt(value: Uint8Array, offset: number): number {
  const seconds = uint32At(value, offset);
  return seconds === INFINITE ? Number.POSITIVE_INFINITY : seconds;
}
