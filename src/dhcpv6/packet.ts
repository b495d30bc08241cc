// DHCPv6 messages (RFC 8415, and RFC 9915, which takes its place without a change of the format), and what relays put them in.
import { IPV6_LENGTH, type Ipv6, ipv6At, writeIp } from '../net/address.ts';
import { uint16At } from '../net/bytes.ts';
import { accepted, type Decoded, refused } from '../net/result.ts';
import { type Dhcpv6Option, OPTION, optionsAt, writeOptions } from './option.ts';

// RFC 8415, section 7.3.
export const SOLICIT = 1;
export const ADVERTISE = 2;
export const REQUEST = 3;
export const CONFIRM = 4;
export const RENEW = 5;
export const REBIND = 6;
export const REPLY = 7;
export const RELEASE = 8;
export const DECLINE = 9;
const RECONFIGURE = 10;
export const INFORMATION_REQUEST = 11;
const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;

const MESSAGE_TYPE_NAMES: Readonly<Record<number, string>> = {
  [SOLICIT]: 'solicit',
  [ADVERTISE]: 'advertise',
  [REQUEST]: 'request',
  [CONFIRM]: 'confirm',
  [RENEW]: 'renew',
  [REBIND]: 'rebind',
  [REPLY]: 'reply',
  [RELEASE]: 'release',
  [DECLINE]: 'decline',
  [RECONFIGURE]: 'reconfigure',
  [INFORMATION_REQUEST]: 'information-request',
};

/** The lower-case word; `other` for a type beyond RFC 8415, so that the words stay few. */
export function messageTypeName(type: number): string {
  return MESSAGE_TYPE_NAMES[type] ?? 'other';
}

/** Between a client and a server. */
export interface Dhcpv6Message {
  /** The number as it came, known or not. */
  readonly messageType: number;
  /** 24 bits. */
  readonly transactionId: number;
  /** In order of appearance. */
  readonly options: readonly Dhcpv6Option[];
}

/** What one relay put around a message. */
export interface RelayHop {
  readonly messageType: typeof RELAY_FORWARD | typeof RELAY_REPLY;
  readonly hopCount: number;
  /** Says which link the client is on; unspecified where another option does. */
  readonly linkAddress: Ipv6;
  /** Of the client, or of the relay that is nearer to it. */
  readonly peerAddress: Ipv6;
  /** Those before the relayed message and after it, which is the option in between. */
  readonly before: readonly Dhcpv6Option[];
  readonly after: readonly Dhcpv6Option[];
}

export interface Dhcpv6Packet {
  /** Outermost first; the last one is next to the client. Empty where the message is not relayed. */
  readonly relays: readonly RelayHop[];
  readonly message: Dhcpv6Message;
}

export type Dhcpv6Refusal =
  | 'truncated'
  | 'bad-option-length'
  | 'too-many-options'
  | 'no-relayed-message'
  | 'too-many-relays';

const TRANSACTION_ID = 1;
const OPTIONS = 4;
const HOP_COUNT = 1;
const LINK_ADDRESS = 2;
const PEER_ADDRESS = LINK_ADDRESS + IPV6_LENGTH;
const RELAY_OPTIONS = PEER_ADDRESS + IPV6_LENGTH;

/** HOP_COUNT_LIMIT (RFC 8415, section 7.6). */
const MAX_RELAYS = 8;

const TRUNCATED = refused('truncated');
const BAD_OPTION_LENGTH = refused('bad-option-length');
const TOO_MANY_OPTIONS = refused('too-many-options');
const NO_RELAYED_MESSAGE = refused('no-relayed-message');
const TOO_MANY_RELAYS = refused('too-many-relays');

/** The bounds are those of the UDP payload. Values are copied, as the frame's buffer is used again. */
export function decodeDhcpv6(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Decoded<Dhcpv6Packet, Dhcpv6Refusal> {
  const relays: RelayHop[] = [];
  let at = start;
  let until = end;
  while (isRelayType(bytes[at], at < until)) {
    if (relays.length === MAX_RELAYS) return TOO_MANY_RELAYS;
    const relay = relayAt(bytes, at, until);
    if (!relay.ok) return relay;
    relays.push(relay.value.hop);
    at = relay.value.messageStart;
    until = relay.value.messageEnd;
  }
  if (until - at < OPTIONS) return TRUNCATED;
  const options = optionsAt(bytes, at + OPTIONS, until);
  if (typeof options === 'string') return options === 'too-many' ? TOO_MANY_OPTIONS : BAD_OPTION_LENGTH;
  const message: Dhcpv6Message = {
    messageType: bytes[at]!,
    transactionId: (bytes[at + TRANSACTION_ID]! << 16) | uint16At(bytes, at + TRANSACTION_ID + 1),
    options,
  };
  return accepted({ relays, message });
}

function isRelayType(type: number | undefined, isWithin: boolean): type is RelayHop['messageType'] {
  return isWithin && (type === RELAY_FORWARD || type === RELAY_REPLY);
}

function relayAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): Decoded<
  { readonly hop: RelayHop; readonly messageStart: number; readonly messageEnd: number },
  Dhcpv6Refusal
> {
  if (end - start < RELAY_OPTIONS) return TRUNCATED;
  const optionAt = relayedMessageAt(bytes, start + RELAY_OPTIONS, end);
  if (optionAt === null) return NO_RELAYED_MESSAGE;
  const messageStart = optionAt + 4;
  const messageEnd = messageStart + uint16At(bytes, optionAt + 2);
  if (messageEnd > end) return BAD_OPTION_LENGTH;
  const before = optionsAt(bytes, start + RELAY_OPTIONS, optionAt);
  const after = optionsAt(bytes, messageEnd, end);
  if (before === 'too-many' || after === 'too-many') return TOO_MANY_OPTIONS;
  if (before === 'bad-length' || after === 'bad-length') return BAD_OPTION_LENGTH;
  const hop: RelayHop = {
    messageType: bytes[start] === RELAY_FORWARD ? RELAY_FORWARD : RELAY_REPLY,
    hopCount: bytes[start + HOP_COUNT]!,
    linkAddress: ipv6At(bytes, start + LINK_ADDRESS),
    peerAddress: ipv6At(bytes, start + PEER_ADDRESS),
    before,
    after,
  };
  return accepted({ hop, messageStart, messageEnd });
}

/** Where the first Relay Message option begins; null where there is none. */
function relayedMessageAt(bytes: Uint8Array, start: number, end: number): number | null {
  for (let at = start; end - at >= 4; at += 4 + uint16At(bytes, at + 2)) {
    if (uint16At(bytes, at) === OPTION.relayMessage) return at;
  }
  return null;
}

/** The UDP payload. Throws RangeError for an option that is longer than an option may be. */
export function encodeDhcpv6({ relays, message }: Dhcpv6Packet): Uint8Array {
  let bytes = encodeMessage(message);
  for (const relay of relays.toReversed()) bytes = encodeRelay(relay, bytes);
  return bytes;
}

function encodeMessage({ messageType, transactionId, options }: Dhcpv6Message): Uint8Array {
  const head = new Uint8Array(OPTIONS);
  new DataView(head.buffer).setUint32(0, transactionId);
  head[0] = messageType;
  return writeOptions(head, options);
}

function encodeRelay(relay: RelayHop, relayed: Uint8Array): Uint8Array {
  const head = new Uint8Array(RELAY_OPTIONS);
  head[0] = relay.messageType;
  head[HOP_COUNT] = relay.hopCount;
  writeIp(head, LINK_ADDRESS, relay.linkAddress);
  writeIp(head, PEER_ADDRESS, relay.peerAddress);
  return writeOptions(head, [...relay.before, { code: OPTION.relayMessage, value: relayed }, ...relay.after]);
}
