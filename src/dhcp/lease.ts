// What one DHCP message says about a lease (RFC 2131), or one of BOOTP about an address given for ever (RFC 951, RFC 1534).

import { BoundedMap } from '../base/bounded-map.ts';
import type { Seconds } from '../base/time.ts';
import { hexOfMac, type IpAddress, type Ipv4, type Mac, UNSPECIFIED_IPV4 } from '../net/address.ts';
import { accepted, type Decoded, refused } from '../net/result.ts';
import {
  clientIdentifier,
  DHCPACK,
  DHCPDECLINE,
  DHCPDISCOVER,
  DHCPINFORM,
  DHCPNAK,
  DHCPOFFER,
  DHCPRELEASE,
  DHCPREQUEST,
  hasRapidCommit,
  hostname,
  isOfNetworkBoot,
  leaseSeconds,
  OPTION,
  requestedIp,
  serverIdentifier,
} from './option.ts';
import { BOOT_REPLY, type DhcpPacket } from './packet.ts';

export const LEASE_STATES = [
  'offered',
  'requested',
  'acknowledged',
  'declined',
  'released',
  'refused',
] as const;
export type LeaseState = (typeof LEASE_STATES)[number];

/** One step in the life of a lease, as one message or one line of a lease file shows it. */
export interface LeaseStep {
  readonly state: LeaseState;
  readonly ip: IpAddress;
  /** Of a delegated prefix, whose first address is `ip`. Absent: a single address. */
  readonly prefixLength?: number;
  /** What else the client holds by the same message: a client of DHCPv6 may have several addresses. */
  readonly beside?: readonly IpAddress[];
  readonly mac: Mac;
  /**
   * Who the server takes the client for: option 61 as hex, else its hardware address (RFC 2131, section 4.2); in DHCPv6 its DUID
   * as hex, `na`, `ta` or `pd`, and the number of the identity association: `0003…/na/00000001`.
   */
  readonly clientId: string;
  /** The client asks for the address it had before (INIT-REBOOT, CONFIRM), which the server may still refuse. */
  readonly unconfirmed: boolean;
  /** The server's identifier (option 54), or where a DHCPv6 server's own message came from; null where neither is seen. */
  readonly server: IpAddress | null;
  /** The client's host name (option 12, in DHCPv6 option 39), with anything unprintable replaced. */
  readonly hostname: string | null;
  /** The lease's length in seconds (option 51); null where unknown, Infinity for a lease that never ends. */
  readonly seconds: Seconds | null;
}

/** What one message tells: the server behind it, whether the client begins anew, and the lease's step if any. */
export interface Exchange {
  /** The server that leases by this message, or that the client names because it takes that server's offer; else null. */
  readonly server: Ipv4 | null;
  /** Option 54 names it; else it is known by the address that its message came from. */
  readonly isNamed: boolean;
  readonly fromServer: boolean;
  /** The client that looks for a new address (DISCOVER), and so has given up what it only wished for. */
  readonly startsOver: Client | null;
  /** The client asked for an address by REQUEST, or was seen to be given one. */
  readonly goesOn: boolean;
  /** In a refusal: the server whose offer the client had taken. Another one's refusal means nothing to it. */
  readonly chosen: Ipv4 | null;
  readonly step: Decoded<LeaseStep, NoLease>;
}

/** Who looks for an address. */
export interface Client {
  readonly mac: Mac;
  readonly clientId: string;
  readonly hostname: string | null;
  /** It uses the address that a server acknowledges at once, without a REQUEST that others would hear (RFC 4039). */
  readonly rapidCommit: boolean;
}

/** How a message came. */
export interface Envelope {
  /** The sender's address in the IP header. */
  readonly source: Ipv4;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Why a well-formed message says nothing about a lease. */
export type NoLease =
  | 'dhcp-discover'
  | 'dhcp-inform'
  | 'dhcp-no-address'
  | 'proxy-dhcp'
  | 'dhcp-unmatched-refusal'
  | 'dhcp-other-message';

/** What a client asked for, to understand a refusal, which names no address, and an answer that leaves out the client. */
interface Asked {
  readonly ip: Ipv4 | null;
  readonly client: Client;
  /** The server whose offer it takes, named only then (RFC 2131, section 4.3.2). */
  readonly chosen: Ipv4 | null;
  /** It asks for settings (INFORM): an answer leases nothing, whatever address stands in it. */
  readonly informs: boolean;
}

/** ProxyDHCP and boot servers listen there, and answer from there (PXE 2.1, section 2.2.3). */
const PROXY_PORT = 4011;

/** Exchanges last seconds; more open ones than this at once are a flood. */
const MAX_OPEN_EXCHANGES = 1024;

const SERVER_MESSAGES: ReadonlySet<number | null> = new Set([DHCPOFFER, DHCPACK, DHCPNAK]);

const DISCOVER_SAYS_NOTHING = refused('dhcp-discover');
const INFORM_SAYS_NOTHING = refused('dhcp-inform');
const NO_ADDRESS = refused('dhcp-no-address');
const PROXY_DHCP = refused('proxy-dhcp');
const UNMATCHED_REFUSAL = refused('dhcp-unmatched-refusal');
const OTHER_MESSAGE = refused('dhcp-other-message');

/** Follows exchanges by transaction id and client (RFC 2131, sections 3 and 4.3). */
export class Exchanges {
  readonly #open = new BoundedMap<string, Asked>(MAX_OPEN_EXCHANGES);

  /** `place` tells apart broadcast domains: transaction ids are only meaningful within one. */
  observe(packet: DhcpPacket, place: string, envelope: Envelope): Exchange {
    const key = `${place}/${packet.clientMac}/${packet.transactionId}`;
    const isReply = packet.operation === BOOT_REPLY;
    if (isOfProxy(packet, envelope)) return isReply ? leasesNothing(PROXY_DHCP) : fromClient(PROXY_DHCP);
    if (isReply && isBootp(packet)) return leasesNothing(this.#bootpReply(packet, key));
    if (isReply !== SERVER_MESSAGES.has(packet.messageType)) return fromClient(OTHER_MESSAGE);
    switch (packet.messageType) {
      case DHCPDISCOVER:
        return saying(DISCOVER_SAYS_NOTHING, { startsOver: this.#discover(packet, key) });
      case DHCPREQUEST:
        return this.#request(packet, key);
      case DHCPDECLINE:
        return fromClient(this.#clientStep('declined', packet, requestedIp(packet)));
      case DHCPRELEASE:
        return fromClient(this.#clientStep('released', packet, known(packet.clientIp)));
      case DHCPINFORM:
        this.#remember(key, { ip: null, client: clientOf(packet), chosen: null, informs: true });
        return fromClient(INFORM_SAYS_NOTHING);
      case DHCPOFFER:
        // A ProxyDHCP server tells where to boot from and leaves addresses to another server (PXE 2.1, section 2.2.3).
        if (!known(packet.yourIp)) return leasesNothing(PROXY_DHCP);
        return fromServer(packet, envelope, this.#serverStep('offered', packet, key, packet.yourIp));
      case DHCPACK:
        // Whoever answers an INFORM gives settings, and need not be a server that leases (RFC 2131, section 3.4).
        if (this.#open.get(key)?.informs) return leasesNothing(INFORM_SAYS_NOTHING);
        if (!known(packet.yourIp)) return leasesNothing(NO_ADDRESS);
        return fromServer(packet, envelope, this.#serverStep('acknowledged', packet, key, packet.yourIp));
      case DHCPNAK:
        return fromServer(packet, envelope, this.#refusal(packet, key), this.#open.get(key)?.chosen);
      default:
        return fromClient(OTHER_MESSAGE);
    }
  }

  /** Selecting names a server; rebooting names only an address; renewing and rebinding have one (section 4.3.2). */
  #request(packet: DhcpPacket, key: string): Exchange {
    const server = serverIdentifier(packet);
    const wanted = requestedIp(packet);
    const ip = wanted ?? known(packet.clientIp);
    const client = clientOf(packet);
    this.#remember(key, { ip, client, chosen: server, informs: false });
    const unconfirmed = server === null && wanted !== null && known(packet.clientIp) === null;
    const step = this.#clientStep('requested', packet, ip, { unconfirmed, client, server });
    return saying(step, { server, isNamed: server !== null, goesOn: true });
  }

  /** BOOTP knows no times: the client keeps the address for ever (RFC 1534, section 2). */
  #bootpReply(packet: DhcpPacket, key: string): Exchange['step'] {
    const step = this.#serverStep('acknowledged', packet, key, known(packet.yourIp));
    return step.ok ? accepted({ ...step.value, seconds: Number.POSITIVE_INFINITY }) : step;
  }

  #clientStep(
    state: LeaseState,
    packet: DhcpPacket,
    ip: Ipv4 | null | undefined,
    {
      unconfirmed = false,
      client = clientOf(packet),
      server = serverIdentifier(packet),
    }: { readonly unconfirmed?: boolean; readonly client?: Client; readonly server?: Ipv4 | null } = {},
  ): Exchange['step'] {
    if (!ip) return NO_ADDRESS;
    return accepted({
      state,
      ip,
      mac: packet.clientMac,
      clientId: client.clientId,
      unconfirmed,
      server,
      hostname: client.hostname,
      seconds: null,
    });
  }

  #serverStep(state: LeaseState, packet: DhcpPacket, key: string, ip: Ipv4 | null): Exchange['step'] {
    if (!ip) return NO_ADDRESS;
    const asked = this.#open.get(key);
    return accepted({
      state,
      ip,
      mac: packet.clientMac,
      clientId: asked?.client.clientId ?? clientIdOf(packet),
      unconfirmed: false,
      server: serverIdentifier(packet),
      hostname: asked?.client.hostname ?? null,
      seconds: leaseSeconds(packet),
    });
  }

  #refusal(packet: DhcpPacket, key: string): Exchange['step'] {
    const asked = this.#open.get(key);
    return asked?.ip ? this.#serverStep('refused', packet, key, asked.ip) : UNMATCHED_REFUSAL;
  }

  #discover(packet: DhcpPacket, key: string): Client {
    const client = clientOf(packet);
    this.#remember(key, { ip: null, client, chosen: null, informs: false });
    return client;
  }

  /** What is asked once more, as a client that is not answered does, is kept as it is. */
  #remember(key: string, asked: Asked): void {
    const before = this.#open.get(key);
    this.#open.set(key, before && isSame(before, asked) ? before : asked);
  }
}

function isSame(a: Asked, b: Asked): boolean {
  return (
    a.ip === b.ip &&
    a.chosen === b.chosen &&
    a.informs === b.informs &&
    a.client.clientId === b.client.clientId &&
    a.client.hostname === b.client.hostname
  );
}

/** Field by field: what is spread into an object takes longer than all the rest of an exchange. */
function saying(
  step: Exchange['step'],
  {
    server = null,
    isNamed = false,
    fromServer = false,
    startsOver = null,
    goesOn = false,
    chosen = null,
  }: Partial<Exchange>,
): Exchange {
  return { server, isNamed, fromServer, startsOver, goesOn, chosen, step };
}

/** A message that says nothing but its step. */
function fromClient(step: Exchange['step']): Exchange {
  return saying(step, {});
}

/** Answered by a machine that is no DHCP server for it, whatever address it gives. */
function leasesNothing(step: Exchange['step']): Exchange {
  return saying(step, { fromServer: true, goesOn: step.ok });
}

/** A server that leaves out option 54 is known by where its message came from, unless a relay sent it on. */
function fromServer(
  packet: DhcpPacket,
  { source }: Envelope,
  step: Exchange['step'],
  chosen: Ipv4 | null = null,
): Exchange {
  const named = serverIdentifier(packet);
  const sender = packet.relayIp === UNSPECIFIED_IPV4 ? known(source) : null;
  return saying(step, {
    server: named ?? sender,
    isNamed: named !== null,
    fromServer: true,
    goesOn: packet.messageType === DHCPACK,
    chosen,
  });
}

/**
 * Of an exchange about where to boot from. A server that leases as well tells for how long; a boot server that is asked by
 * broadcast answers from the usual port, and does not.
 */
function isOfProxy(packet: DhcpPacket, { sourcePort, destinationPort }: Envelope): boolean {
  if (sourcePort === PROXY_PORT || destinationPort === PROXY_PORT) return true;
  const gives = packet.messageType === DHCPOFFER || packet.messageType === DHCPACK;
  return gives && isOfNetworkBoot(packet) && leaseSeconds(packet) === null;
}

function isBootp({ options }: DhcpPacket): boolean {
  return !options.some(({ code }) => code === OPTION.messageType);
}

function clientOf(packet: DhcpPacket): Client {
  return {
    mac: packet.clientMac,
    clientId: clientIdOf(packet),
    hostname: hostname(packet),
    rapidCommit: hasRapidCommit(packet),
  };
}

/** Option 61; without it the hardware type and address, which is also what most clients put there. */
function clientIdOf(packet: DhcpPacket): string {
  return clientIdentifier(packet) ?? `01${hexOfMac(packet.clientMac)}`;
}

function known(ip: Ipv4): Ipv4 | null {
  return ip === UNSPECIFIED_IPV4 ? null : ip;
}
