// What one DHCPv6 message says about leases (RFC 8415, section 18). A server answers by unicast, which a switch hides from all
// but its client: most is concluded from what clients ask for.

import { BoundedMap } from '../base/bounded-map.ts';
import type { Client, LeaseState, LeaseStep } from '../dhcp/lease.ts';
import { type Ipv6, isGroupMac, isHostAddress, type Mac } from '../net/address.ts';
import {
  type Association,
  type AssociationLease,
  associationsOf,
  clientDuid,
  clientLinkLayerAddress,
  fqdn,
  hasRapidCommit,
  macOfDuid,
  STATUS_SUCCESS,
  serverDuid,
  statusOf,
} from './option.ts';
import {
  ADVERTISE,
  CONFIRM,
  DECLINE,
  type Dhcpv6Message,
  type Dhcpv6Packet,
  INFORMATION_REQUEST,
  REBIND,
  RELEASE,
  RENEW,
  REPLY,
  REQUEST,
  SOLICIT,
} from './packet.ts';

/** Why a well-formed message says nothing about a lease. */
export type NoLeaseInIt =
  | 'dhcp-discover'
  | 'dhcp-inform'
  | 'dhcp-no-address'
  | 'dhcp-other-message'
  | 'dhcp-unknown-client'
  | 'dhcp-refusal-by-another-server';

/** What one message tells. */
export interface Dhcpv6Exchange {
  readonly fromServer: boolean;
  /** The clients, one for each association, that look for new addresses, and have given up what they only wished for. */
  readonly startOver: readonly Client[];
  readonly steps: readonly LeaseStep[];
  /** Why there is no step; null where there are some. */
  readonly nothing: NoLeaseInIt | null;
}

/** How a message came. */
export interface Dhcpv6Envelope {
  readonly source: Ipv6;
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
}

/** What a client asked for, to understand an answer, which may leave out the addresses and always leaves out the MAC. */
interface Asked {
  readonly messageType: number;
  readonly mac: Mac;
  readonly hostname: string | null;
  /** The DUID of the one server that is to answer; null: any. */
  readonly chosen: string | null;
  readonly associations: readonly Association[];
}

/** Exchanges last seconds; more open ones than this at once are a flood. */
const MAX_OPEN_EXCHANGES = 1024;
/**
 * A client has a few associations, and a few addresses; a message that names more is made to be a burden, and the rest of it is
 * neither looked at nor kept.
 */
const MAX_STEPS = 8;

/** Follows exchanges by transaction id and client. */
export class Dhcpv6Exchanges {
  readonly #open = new BoundedMap<string, Asked>(MAX_OPEN_EXCHANGES);

  /** `place` tells apart broadcast domains: transaction ids are only meaningful within one. */
  observe(packet: Dhcpv6Packet, place: string, envelope: Dhcpv6Envelope): Dhcpv6Exchange {
    const { message } = packet;
    const duid = clientDuid(message);
    const key = `${place}/${duid}/${message.transactionId}`;
    switch (message.messageType) {
      case ADVERTISE:
      case REPLY:
        if (duid === null) return nothing('dhcp-unknown-client', true);
        return this.#answer(packet, duid, key, envelope);
      case INFORMATION_REQUEST:
        return nothing('dhcp-inform');
      case SOLICIT:
      case REQUEST:
      case CONFIRM:
      case RENEW:
      case REBIND:
      case RELEASE:
      case DECLINE: {
        const mac = clientMac(packet, envelope, this.#open.get(key));
        if (duid === null || mac === null) return nothing('dhcp-unknown-client');
        const asked: Asked = {
          messageType: message.messageType,
          mac,
          hostname: fqdn(message),
          chosen: serverDuid(message),
          associations: fewAssociationsOf(message),
        };
        this.#open.set(key, asked);
        return question(message, duid, asked);
      }
      default:
        // RECONFIGURE, which makes a client ask anew; an address that a client made up and registers (RFC 9686); and others.
        return nothing('dhcp-other-message');
    }
  }

  #answer(
    { relays, message }: Dhcpv6Packet,
    duid: string,
    key: string,
    { source, destinationMac }: Dhcpv6Envelope,
  ): Dhcpv6Exchange {
    const asked = this.#open.get(key);
    const isRelayed = relays.length > 0;
    const recipient = isRelayed || isGroupMac(destinationMac) ? null : destinationMac;
    const mac = asked?.mac ?? recipient ?? macOfDuid(message);
    if (mac === null) return nothing('dhcp-unknown-client', true);
    if (asked?.chosen && asked.chosen !== serverDuid(message))
      return nothing('dhcp-refusal-by-another-server', true);
    const fields = { mac, hostname: asked?.hostname ?? null, server: isRelayed ? null : source };
    if (message.messageType === ADVERTISE) {
      const offered = associationsOf(message).flatMap((one) =>
        one.leases.filter(isGiven).map((lease) => stepOf('offered', duid, one, lease, fields)),
      );
      return told(offered, true);
    }
    return told(repliedTo(message, duid, asked, fields), true);
  }
}

function fewAssociationsOf(message: Dhcpv6Message): Association[] {
  const few = associationsOf(message).slice(0, MAX_STEPS);
  return few.map((one) => ({ ...one, leases: one.leases.slice(0, MAX_STEPS) }));
}

type Fields = Pick<LeaseStep, 'mac' | 'hostname' | 'server'>;

function question(message: Dhcpv6Message, duid: string, asked: Asked): Dhcpv6Exchange {
  const { messageType, mac, hostname, associations } = asked;
  if (messageType === SOLICIT) {
    const rapidCommit = hasRapidCommit(message);
    const startOver = associations.map((one) => ({
      mac,
      clientId: clientIdOf(duid, one),
      hostname,
      rapidCommit,
    }));
    // The addresses in it are hints, which a server need not heed.
    return { ...nothing('dhcp-discover'), startOver };
  }
  const state = messageType === DECLINE ? 'declined' : messageType === RELEASE ? 'released' : 'requested';
  const unconfirmed = mayBeWish(messageType, associations);
  const fields = { mac, hostname, server: null };
  return told(
    associations.flatMap((one) =>
      one.leases.map((lease) => ({ ...stepOf(state, duid, one, lease, fields), unconfirmed })),
    ),
    false,
  );
}

/**
 * A CONFIRM asks whether addresses of before still fit the link, and a client that has delegated prefixes asks the same by
 * REBIND (section 18.2.12): after a "no", which is not seen here, it begins anew. In a REQUEST stands what the server that it
 * names has offered; a RENEW, and a REBIND otherwise, are sent by the address's holder alone.
 */
function mayBeWish(messageType: number, associations: readonly Association[]): boolean {
  return (
    messageType === CONFIRM || (messageType === REBIND && associations.some(({ kind }) => kind === 'pd'))
  );
}

function repliedTo(
  message: Dhcpv6Message,
  duid: string,
  asked: Asked | undefined,
  fields: Fields,
): LeaseStep[] {
  const refuse = (one: Association, leases: readonly AssociationLease[]) =>
    leases.map((lease) => stepOf('refused', duid, one, lease, fields));
  const wanted = asked?.associations ?? [];
  switch (asked?.messageType) {
    case RELEASE:
    case DECLINE:
      return [];
    case CONFIRM:
      return wanted.flatMap((one) =>
        statusOf(message) === STATUS_SUCCESS
          ? one.leases.map((lease) => stepOf('requested', duid, one, lease, fields))
          : refuse(one, one.leases),
      );
    default:
      break;
  }
  if (statusOf(message) !== STATUS_SUCCESS) return wanted.flatMap((one) => refuse(one, one.leases));
  return associationsOf(message).flatMap((one) => {
    if (one.status !== STATUS_SUCCESS) {
      const same = wanted.find(({ kind, iaid }) => kind === one.kind && iaid === one.iaid);
      return refuse(one, same?.leases ?? one.leases);
    }
    const given = one.leases.filter(isGiven);
    return [
      ...refuse(
        one,
        one.leases.filter((lease) => !isGiven(lease)),
      ),
      ...given.map((lease) => ({
        ...stepOf('acknowledged', duid, one, lease, fields),
        seconds: lease.validSeconds,
      })),
    ];
  });
}

/** A server that says 0 takes the address back. */
function isGiven({ status, validSeconds }: AssociationLease): boolean {
  return status === STATUS_SUCCESS && validSeconds > 0;
}

function stepOf(
  state: LeaseState,
  duid: string,
  association: Association,
  { ip, prefixLength }: AssociationLease,
  { mac, hostname, server }: Fields,
): LeaseStep {
  const others = association.leases.map((lease) => lease.ip).filter((other) => other !== ip);
  return {
    state,
    ip,
    ...(prefixLength !== null && { prefixLength }),
    ...(others.length > 0 && { beside: others }),
    mac,
    clientId: clientIdOf(duid, association),
    unconfirmed: false,
    server,
    hostname,
    seconds: null,
  };
}

/** A server keeps leases by the client's DUID, the association's kind and its number (section 12). */
function clientIdOf(duid: string, { kind, iaid }: Association): string {
  return `${duid}/${kind}/${iaid.toString(16).padStart(8, '0')}`;
}

/**
 * A relay sends a frame of its own. What it says of the client; or where the client's frame was seen as well, its source; else
 * what its DUID was made of.
 */
function clientMac(
  { relays, message }: Dhcpv6Packet,
  { sourceMac }: Dhcpv6Envelope,
  asked: Asked | undefined,
): Mac | null {
  const relay = relays.at(-1);
  if (!relay) return sourceMac;
  return clientLinkLayerAddress(relayOptions(relay)) ?? asked?.mac ?? macOfDuid(message);
}

function relayOptions({ before, after }: Dhcpv6Packet['relays'][number]) {
  return { options: [...before, ...after] };
}

function told(all: readonly LeaseStep[], fromServer: boolean): Dhcpv6Exchange {
  const steps = all.filter(({ ip }) => isHostAddress(ip)).slice(0, MAX_STEPS);
  return { fromServer, startOver: [], steps, nothing: steps.length === 0 ? 'dhcp-no-address' : null };
}

function nothing(reason: NoLeaseInIt, fromServer = false): Dhcpv6Exchange {
  return { fromServer, startOver: [], steps: [], nothing: reason };
}
