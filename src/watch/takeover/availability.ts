// Whether each VIP was answered, by the minute, for the last 24 hours: as it was seen from here, two bits a minute.
import { MINUTE, type Micros } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';

/** Minutes that are remembered. */
export const AVAILABILITY_MINUTES = 1_440;

const UNSEEN = 0;
const ANSWERED = 1;
const UNANSWERED = 2;
/** A minute in which it was answered and unanswered is both. */
const LETTERS = ['-', 'u', 'd', 'p'] as const;

export class Availability {
  /** Four minutes a byte, in a ring. */
  readonly #rings = new Map<IpAddress, Uint8Array>();
  /** The latest that is told of, since the epoch. */
  #minute = 0;

  /** @param up null: nobody asked. */
  note(ip: IpAddress, up: boolean | null, at: Micros): void {
    if (up !== null) this.#add(ip, minuteOf(at), up ? ANSWERED : UNANSWERED);
  }

  /** It is proven that nobody answered for some of this time. */
  unanswered(ip: IpAddress, from: Micros, to: Micros): void {
    const last = minuteOf(to);
    for (let minute = Math.max(minuteOf(from), last - AVAILABILITY_MINUTES + 1); minute <= last; minute += 1)
      this.#add(ip, minute, UNANSWERED);
  }

  /** Forgets addresses that are no VIPs any more. */
  keepOnly(vips: ReadonlySet<IpAddress>): void {
    for (const ip of this.#rings.keys()) if (!vips.has(ip)) this.#rings.delete(ip);
  }

  /** A letter a minute, the oldest first, up to the minute of `now`: `u`p, `d`own, `p`artly, `-` not seen from here. */
  of(ip: IpAddress, now: Micros): string {
    this.#advance(minuteOf(now));
    const ring = this.#rings.get(ip);
    if (!ring) return LETTERS[UNSEEN].repeat(AVAILABILITY_MINUTES);
    let text = '';
    for (let ago = AVAILABILITY_MINUTES - 1; ago >= 0; ago -= 1)
      text += LETTERS[read(ring, this.#minute - ago)];
    return text;
  }

  #add(ip: IpAddress, minute: number, state: number): void {
    this.#advance(minute);
    if (minute <= this.#minute - AVAILABILITY_MINUTES) return;
    let ring = this.#rings.get(ip);
    if (!ring) {
      ring = new Uint8Array(AVAILABILITY_MINUTES / 4);
      this.#rings.set(ip, ring);
    }
    write(ring, minute, read(ring, minute) | state);
  }

  /** Nothing is known of a minute that has only begun. */
  #advance(minute: number): void {
    if (minute <= this.#minute) return;
    const passed = Math.min(minute - this.#minute, AVAILABILITY_MINUTES);
    this.#minute = minute;
    for (const ring of this.#rings.values())
      for (let ago = 0; ago < passed; ago += 1) write(ring, minute - ago, UNSEEN);
  }
}

/** When the first of the remembered minutes began. */
export function availabilityStart(now: Micros): Micros {
  return (minuteOf(now) - AVAILABILITY_MINUTES + 1) * MINUTE;
}

function minuteOf(at: Micros): number {
  return Math.floor(at / MINUTE);
}

function read(ring: Uint8Array, minute: number): 0 | 1 | 2 | 3 {
  const slot = minute % AVAILABILITY_MINUTES;
  return ((ring[slot >> 2]! >> ((slot & 3) * 2)) & 3) as 0 | 1 | 2 | 3;
}

function write(ring: Uint8Array, minute: number, state: number): void {
  const slot = minute % AVAILABILITY_MINUTES;
  const shift = (slot & 3) * 2;
  ring[slot >> 2] = (ring[slot >> 2]! & ~(3 << shift)) | (state << shift);
}
