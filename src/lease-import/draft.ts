// An import while it is being read: bounded, its names cleaned, the last word on each address kept.
import { SECOND, type Seconds, toIso } from '../base/time.ts';
import type { ListedLease } from '../dhcp/listed-lease.ts';
import { printable } from '../dhcp/option.ts';
import type { Reservation } from '../dhcp/router-knowledge.ts';
import {
  type Ipv4,
  isGroupMac,
  isHostAddress,
  isIpv4,
  type Mac,
  parseIp,
  parseMac,
  ZERO_MAC,
} from '../net/address.ts';
import { type IpRange, parseRange, rangeText } from '../net/range.ts';
import type { Imported } from './imported.ts';

/** More addresses than a /18 has; what is beyond is left out, and said. */
export const MAX_LEASES = 20_000;
const MAX_RANGES = 256;
const MAX_RESERVATIONS = 5_000;
const MAX_DOUBTS = 8;
/** Characters of one doubt. */
const MAX_DOUBT = 300;
/** All leases over for so long: rather is the server's clock wrong, or the table old. */
const CLOCK_OFF = 86_400;
/** DHCP's "for ever", in seconds (RFC 2131, section 3.3). */
export const FOREVER = 0xffff_ffff;

export interface LeaseWords {
  readonly ip: string;
  readonly mac: string;
  /** Hex, with or without colons. */
  readonly clientId?: string | null;
  readonly hostname?: string | null;
  readonly expiresAt: Seconds | null;
}

export class Draft {
  /** By address: the table's last word. */
  readonly #leases = new Map<Ipv4, ListedLease>();
  /** With the time until which the server leaves it alone; null: not known. */
  readonly #declined = new Map<Ipv4, Seconds | null>();
  readonly #ranges = new Map<string, IpRange>();
  readonly #reservations: Reservation[] = [];
  readonly #doubts = new Set<string>();
  #unread = 0;
  #surplus = 0;

  lease({ ip: ipText, mac: macText, clientId = null, hostname = null, expiresAt }: LeaseWords): void {
    const [ip, mac] = [ipv4Of(ipText), stationMac(macText)];
    if (ip === undefined || mac === undefined) return this.notUnderstood();
    this.#declined.delete(ip);
    if (!this.#leases.has(ip) && this.#isFull()) return;
    this.#leases.set(ip, {
      ip,
      mac,
      clientId: clientId === null ? null : hexOf(clientId),
      hostname: nameOf(hostname),
      expiresAt,
    });
  }

  declined(ipText: string, until: Seconds | null): void {
    const ip = ipv4Of(ipText);
    if (ip === undefined) return this.notUnderstood();
    this.#leases.delete(ip);
    if (this.#declined.has(ip) || !this.#isFull()) this.#declined.set(ip, until);
  }

  /** The address is nobody's, whatever stood before. */
  free(ipText: string): void {
    const ip = ipv4Of(ipText);
    if (ip === undefined) return this.notUnderstood();
    this.#leases.delete(ip);
    this.#declined.delete(ip);
  }

  /** @param text `FIRST-LAST`, a network, or a single address; IPv6 is passed over. */
  range(text: string): void {
    const range = parseRange(text);
    if (typeof range === 'string') return this.notUnderstood();
    if (range.family === 6) return;
    if (this.#ranges.size < MAX_RANGES) this.#ranges.set(rangeText(range), range);
    else this.doubt(`more than ${MAX_RANGES} ranges: the rest is left out`);
  }

  /** Of a client that is known by another mark than its MAC nothing is kept. */
  reservation(ipText: string, macText: string | null, name: string | null): void {
    const ip = ipv4Of(ipText);
    if (ip === undefined) return this.notUnderstood();
    const mac = stationMac(macText ?? '');
    if (mac === undefined) return;
    if (this.#reservations.length < MAX_RESERVATIONS)
      this.#reservations.push({ ip, mac, name: nameOf(name) });
    else this.doubt(`more than ${MAX_RESERVATIONS} reservations: the rest is left out`);
  }

  doubt(line: string): void {
    if (this.#doubts.size < MAX_DOUBTS) this.#doubts.add(printable(line).slice(0, MAX_DOUBT));
  }

  /** One more line or entry that means nothing here. */
  notUnderstood(): void {
    this.#unread += 1;
  }

  get unread(): number {
    return this.#unread;
  }

  /** @param now Unix time: leases that are over by then are none. */
  finish(now: Seconds): Imported {
    const leases = this.#current(now);
    if (this.#unread > 0)
      this.doubt(
        `${this.#unread} ${this.#unread === 1 ? 'entry was' : 'entries were'} not understood and left out`,
      );
    if (this.#surplus > 0) this.doubt(`more than ${MAX_LEASES} leases: ${this.#surplus} were left out`);
    return {
      ranges: [...this.#ranges.values()],
      reservations: this.#reservations,
      leases,
      declined: [...this.#declined].flatMap(([ip, until]) =>
        until === null || until > now ? [{ ip, mac: null }] : [],
      ),
      readAt: now,
      doubts: [...this.#doubts],
    };
  }

  /** Where all ended long ago, the server's clock is wrong rather than all machines gone: then nobody knows when they end. */
  #current(now: Seconds): ListedLease[] {
    const all = [...this.#leases.values()];
    const ends = all.flatMap(({ expiresAt }) => (isEnd(expiresAt) ? expiresAt : []));
    const latest = ends.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (ends.length > 0 && latest < now - CLOCK_OFF) {
      this.doubt(
        `all ${ends.length} leases with an end had ended by ${isoOf(latest)}: the server's clock is wrong, or the table is old; vipwatch keeps these leases`,
      );
      return all.map((lease) => (isEnd(lease.expiresAt) ? { ...lease, expiresAt: null } : lease));
    }
    return all.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  }

  #isFull(): boolean {
    const isFull = this.#leases.size + this.#declined.size >= MAX_LEASES;
    if (isFull) this.#surplus += 1;
    return isFull;
  }
}

function ipv4Of(text: string): Ipv4 | undefined {
  const ip = parseIp(text);
  return ip !== undefined && isIpv4(ip) && isHostAddress(ip) ? ip : undefined;
}

/** One machine's own. */
function stationMac(text: string): Mac | undefined {
  const mac = parseMac(text);
  return mac === undefined || mac === ZERO_MAC || isGroupMac(mac) ? undefined : mac;
}

function hexOf(text: string): string | null {
  const hex = text.replaceAll(':', '').toLowerCase();
  return /^([0-9a-f]{2}){2,255}$/.test(hex) ? hex : null;
}

function nameOf(text: string | null): string | null {
  return text === null || text === '' || text === '*' ? null : printable(text);
}

/** It is known, and there is one. */
function isEnd(expiresAt: Seconds | null): expiresAt is Seconds {
  return expiresAt !== null && Number.isFinite(expiresAt);
}

function isoOf(seconds: Seconds): string {
  // What a broken file gives as a time need be none that a calendar has; it is before now.
  return toIso(Math.max(seconds, 0) * SECOND)
    .slice(0, 16)
    .replace('T', ' ');
}
