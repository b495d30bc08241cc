// A DHCP server by its usual habits: it answers by unicast, refuses to everyone, and keeps an address for whoever had it.
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import {
  clientIdentifier,
  DHCPACK,
  DHCPDECLINE,
  DHCPDISCOVER,
  DHCPNAK,
  DHCPOFFER,
  DHCPRELEASE,
  DHCPREQUEST,
  requestedIp,
  serverIdentifier,
} from '../../src/dhcp/option.ts';
import type { DhcpPacket } from '../../src/dhcp/packet.ts';
import { type Ipv4, ipv4Number, UNSPECIFIED_IPV4 } from '../../src/net/address.ts';
import { ipOfNumber } from '../../src/net/range.ts';
import { arpRequest } from './arp-frames.ts';
import { clientIdOfMac, type DhcpSpec, fromServer, toEveryone } from './dhcp-frames.ts';
import type { Frame } from './frame.ts';
import type { Card, Host, Listener } from './host.ts';
import type { Surroundings } from './surroundings.ts';

export interface DhcpServerHabits {
  readonly first: Ipv4;
  readonly last: Ipv4;
  readonly leaseSeconds: number;
  /** Looks whether anybody answers for an address before it offers it, as dnsmasq and ISC dhcpd do. */
  readonly checks: boolean;
  /** Refuses what it knows nothing of; else it is silent. */
  readonly authoritative: boolean;
}

const ANSWER_DELAY = [2 * MILLISECOND, 25 * MILLISECOND] as const;
const CHECK_TAKES: Micros = SECOND;
/** An address that somebody declined is left alone for so long. */
const DECLINED_FOR: Micros = 600 * SECOND;

export class DhcpServer implements Listener {
  readonly #world: Surroundings;
  readonly #host: Host;
  readonly #habits: DhcpServerHabits;
  /** By client. */
  readonly #leases = new Map<string, Ipv4>();
  /** Set aside for a client by hand, or by a wrong configuration. */
  readonly #reserved = new Map<string, Ipv4>();
  readonly #declined = new Map<Ipv4, Micros>();
  /** Answered for by somebody while it looked. */
  readonly #inUse = new Set<Ipv4>();
  serving = true;

  constructor(world: Surroundings, host: Host, habits: DhcpServerHabits) {
    this.#world = world;
    this.#host = host;
    this.#habits = habits;
    host.listeners.add(this);
  }

  /** @param client its identifier, as hex. */
  reserve(client: string, ip: Ipv4): void {
    this.#reserved.set(client, ip);
    this.#leases.delete(client);
  }

  frame(frame: Frame, card: Card): void {
    if (!this.serving) return;
    if (frame.arp) this.#inUse.add(frame.arp.senderIp);
    const { dhcp } = frame;
    if (!dhcp?.toServer) return;
    const { message } = dhcp;
    const client = clientOf(message);
    switch (message.messageType) {
      case DHCPDISCOVER:
        return this.#offer(message, client, card);
      case DHCPREQUEST:
        return this.#request(message, client, card, dhcp.ip.source);
      case DHCPDECLINE: {
        const ip = requestedIp(message);
        if (ip) this.#declined.set(ip, this.#world.queue.now);
        this.#leases.delete(client);
        return;
      }
      case DHCPRELEASE:
        // It gets the same address when it comes back.
        return;
      default:
    }
  }

  #offer(message: DhcpPacket, client: string, card: Card): void {
    const known = this.#reserved.get(client) ?? this.#leases.get(client);
    const ip = known ?? this.#free(client, requestedIp(message));
    if (ip === undefined) return;
    // Nobody else is offered it meanwhile.
    this.#leases.set(client, ip);
    if (!this.#habits.checks || known) return this.#answer(DHCPOFFER, message, card, ip);
    this.#inUse.delete(ip);
    this.#host.send(card, arpRequest(card.mac, this.#own, ip));
    this.#world.queue.after(CHECK_TAKES, () => {
      if (!this.#inUse.has(ip)) return this.#answer(DHCPOFFER, message, card, ip);
      this.#declined.set(ip, this.#world.queue.now);
      this.#leases.delete(client);
      this.#offer(message, client, card);
    });
  }

  #request(message: DhcpPacket, client: string, card: Card, source: Ipv4): void {
    const named = serverIdentifier(message);
    if (named !== null && named !== this.#own) return;
    const wanted = requestedIp(message) ?? (message.clientIp === UNSPECIFIED_IPV4 ? null : message.clientIp);
    if (wanted === null) return;
    const known = this.#reserved.get(client) ?? this.#leases.get(client);
    if (known === wanted || (named !== null && this.#has(wanted))) {
      this.#leases.set(client, wanted);
      return this.#answer(DHCPACK, message, card, wanted);
    }
    const isRenewal = source !== UNSPECIFIED_IPV4;
    if (!this.#habits.authoritative && !isRenewal && known === undefined) return;
    this.#later(() => {
      const refusal = { ...this.#about(message), type: DHCPNAK, server: this.#own };
      this.#host.send(card, fromServer(refusal, toEveryone(card.mac, this.#own)), this);
    });
  }

  #answer(type: number, message: DhcpPacket, card: Card, ip: Ipv4): void {
    this.#later(() => {
      const { leaseSeconds: seconds } = this.#habits;
      const spec = { ...this.#about(message), type, yourIp: ip, server: this.#own, seconds };
      const way = {
        sourceMac: card.mac,
        sourceIp: this.#own,
        destinationMac: message.clientMac,
        destinationIp: ip,
      };
      this.#host.send(card, fromServer(spec, way), this);
    });
  }

  #about({ clientMac, transactionId }: DhcpPacket): Omit<DhcpSpec, 'type'> {
    return { clientMac, clientId: null, transactionId };
  }

  #later(run: () => void): void {
    this.#world.queue.after(this.#host.random.between(...ANSWER_DELAY), () => {
      if (this.serving) run();
    });
  }

  /** The one it wants, or the first that is free from a place that depends on the client. */
  #free(client: string, wanted: Ipv4 | null): Ipv4 | undefined {
    const first = ipv4Number(this.#habits.first);
    const count = ipv4Number(this.#habits.last) - first + 1;
    const given = new Set([...this.#leases.values(), ...this.#reserved.values()]);
    const isFree = (ip: Ipv4) =>
      !given.has(ip) &&
      ip !== this.#own &&
      this.#world.queue.now - (this.#declined.get(ip) ?? Number.NEGATIVE_INFINITY) >= DECLINED_FOR;
    if (wanted && this.#has(wanted) && isFree(wanted)) return wanted;
    const start = [...client].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % count, 7);
    for (let i = 0; i < count; i += 1) {
      const ip = ipOfNumber(4, BigInt(first + ((start + i) % count))) as Ipv4;
      if (isFree(ip)) return ip;
    }
    return undefined;
  }

  #has(ip: Ipv4): boolean {
    const { first, last } = this.#habits;
    return ipv4Number(ip) >= ipv4Number(first) && ipv4Number(ip) <= ipv4Number(last);
  }

  get #own(): Ipv4 {
    return this.#host.card.ip!;
  }
}

function clientOf(message: DhcpPacket): string {
  return clientIdentifier(message) ?? clientIdOfMac(message.clientMac).toHex();
}
