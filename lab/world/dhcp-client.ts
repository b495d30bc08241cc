// A DHCP client by its usual habits (RFC 2131, section 4.4): it asks everyone until it has an address, looks whether that is free,
// renews by unicast, asks for its old address first when it comes back, and declines what somebody else has.
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import {
  DHCPACK,
  DHCPDECLINE,
  DHCPDISCOVER,
  DHCPNAK,
  DHCPOFFER,
  DHCPRELEASE,
  DHCPREQUEST,
  leaseSeconds,
  serverIdentifier,
} from '../../src/dhcp/option.ts';
import type { DhcpPacket } from '../../src/dhcp/packet.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import { type ClaimHabits, claimAddress } from './address-claim.ts';
import { clientIdOfMac, type DhcpSpec, fromClient, toEveryone } from './dhcp-frames.ts';
import type { Timer } from './events.ts';
import type { Frame } from './frame.ts';
import type { Host, Listener } from './host.ts';
import type { Surroundings } from './surroundings.ts';

export interface DhcpClientHabits {
  readonly hostname: string;
  readonly claim: ClaimHabits;
  /** Option 61 as hex; null: made of the MAC. */
  readonly clientId: string | null;
}

const FIRST_TRY = 4 * SECOND;
const LAST_TRY = 64 * SECOND;
/** Section 3.1, step 5. */
const AFTER_DECLINE = 10 * SECOND;
const REQUEST_TRIES = 3;

type State =
  | { readonly kind: 'off' }
  | { readonly kind: 'looking' }
  | { readonly kind: 'asking'; readonly ip: Ipv4; readonly server: Ipv4 | null }
  | { readonly kind: 'bound'; readonly ip: Ipv4; readonly server: Ipv4; readonly serverMac: Mac };

export class DhcpClient implements Listener {
  readonly #world: Surroundings;
  readonly #host: Host;
  readonly #habits: DhcpClientHabits;
  #state: State = { kind: 'off' };
  #timer: Timer | null = null;
  #transactionId = 0;
  /** What it had before. */
  #last: Ipv4 | null = null;

  constructor(world: Surroundings, host: Host, habits: DhcpClientHabits) {
    this.#world = world;
    this.#host = host;
    this.#habits = habits;
    host.listeners.add(this);
  }

  /** Joins the LAN: asks for what it had, or for anything. */
  start(): void {
    if (this.#state.kind !== 'off') return;
    this.#newExchange();
    if (this.#last === null) return this.#look(FIRST_TRY);
    this.#ask({ kind: 'asking', ip: this.#last, server: null }, REQUEST_TRIES);
  }

  /** @param politely it tells the server. */
  stop(politely: boolean): void {
    if (politely && this.#state.kind === 'bound') {
      const { ip: clientIp, server } = this.#state;
      this.#toServer({ type: DHCPRELEASE, clientIp, server });
    }
    this.#set({ kind: 'off' });
    this.#host.card.ip = null;
  }

  /** Another MAC is another client. */
  forget(): void {
    this.#last = null;
  }

  /** It had the address on another LAN. */
  remember(ip: Ipv4): void {
    this.#last = ip;
  }

  /** As servers know it, as hex. */
  get id(): string {
    return this.#clientId.toHex();
  }

  frame({ dhcp, ethernet }: Frame): void {
    const { message, toServer } = dhcp ?? {};
    if (!message || toServer || message.clientMac !== this.#host.card.mac) return;
    if (message.transactionId !== this.#transactionId) return;
    this.#answered(message, ethernet.sourceMac);
  }

  #answered(message: DhcpPacket, from: Mac): void {
    const state = this.#state;
    const server = serverIdentifier(message);
    if (state.kind === 'looking' && message.messageType === DHCPOFFER && server)
      return this.#ask({ kind: 'asking', ip: message.yourIp, server }, REQUEST_TRIES);
    if (state.kind === 'off' || state.kind === 'looking' || server === null) return;
    if (message.messageType === DHCPNAK && (state.server === null || state.server === server)) {
      this.#host.card.ip = null;
      this.#last = null;
      this.#newExchange();
      return this.#look(FIRST_TRY);
    }
    if (message.messageType !== DHCPACK) return;
    const bound = { kind: 'bound', ip: message.yourIp, server, serverMac: from } as const;
    const seconds = leaseSeconds(message) ?? 3_600;
    if (state.kind === 'bound') return this.#bind(bound, seconds);
    this.#set({ ...state, server });
    claimAddress(this.#world, this.#host, bound.ip, this.#habits.claim, (free) => {
      if (this.#state.kind !== 'asking' || this.#state.ip !== bound.ip) return;
      if (free) return this.#bind(bound, seconds);
      this.#toEveryone({ type: DHCPDECLINE, requested: bound.ip, server });
      this.#last = null;
      this.#set({ kind: 'looking' });
      this.#wait(AFTER_DECLINE, () => {
        this.#newExchange();
        this.#look(FIRST_TRY);
      });
    });
  }

  #look(next: Micros): void {
    this.#set({ kind: 'looking' });
    this.#toEveryone({ type: DHCPDISCOVER, requested: this.#last });
    this.#wait(next + this.#host.random.between(-500, 500) * MILLISECOND, () =>
      this.#look(Math.min(2 * next, LAST_TRY)),
    );
  }

  #ask(state: State & { readonly kind: 'asking' }, tries: number): void {
    this.#set(state);
    const { ip: requested, server } = state;
    this.#toEveryone({ type: DHCPREQUEST, requested, ...(server && { server }) });
    this.#wait(FIRST_TRY, () => {
      if (tries > 1) return this.#ask(state, tries - 1);
      this.#last = null;
      this.#newExchange();
      this.#look(FIRST_TRY);
    });
  }

  #bind(bound: State & { readonly kind: 'bound' }, seconds: number): void {
    this.#set(bound);
    this.#last = bound.ip;
    if (!Number.isFinite(seconds)) return;
    this.#wait((seconds / 2) * SECOND, () => this.#renew(bound, seconds));
  }

  #renew(bound: State & { readonly kind: 'bound' }, seconds: number): void {
    this.#newExchange();
    this.#toServer({ type: DHCPREQUEST, clientIp: bound.ip });
    this.#wait((seconds / 4) * SECOND, () => this.#renew(bound, seconds));
  }

  #toServer(spec: Pick<DhcpSpec, 'type' | 'clientIp' | 'server'>): void {
    if (this.#state.kind !== 'bound') return;
    const { ip, server, serverMac } = this.#state;
    const { card } = this.#host;
    const way = {
      sourceMac: card.mac,
      sourceIp: ip,
      destinationMac: serverMac,
      destinationIp: server,
    };
    this.#host.send(card, fromClient({ ...this.#about, ...spec }, way), this);
  }

  #toEveryone(spec: Pick<DhcpSpec, 'type' | 'requested' | 'server'>): void {
    const { card } = this.#host;
    this.#host.send(card, fromClient({ ...this.#about, ...spec }, toEveryone(card.mac)), this);
  }

  get #about(): Omit<DhcpSpec, 'type'> {
    return {
      clientMac: this.#host.card.mac,
      clientId: this.#clientId,
      transactionId: this.#transactionId,
      hostname: this.#habits.hostname,
    };
  }

  get #clientId(): Uint8Array {
    const { clientId } = this.#habits;
    return clientId === null ? clientIdOfMac(this.#host.card.mac) : Uint8Array.fromHex(clientId);
  }

  #newExchange(): void {
    this.#transactionId = this.#host.random.between(1, 0xfffffffe);
  }

  #set(state: State): void {
    this.#state = state;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(time: Micros, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#world.queue.after(time, run);
  }
}
