// The LAN's switch: learns who is where, forgets it with time, floods what it does not know, and can be torn in two.
import { type Micros, SECOND } from '../../src/base/time.ts';
import { isGroupMac, type Mac } from '../../src/net/address.ts';
import type { EventQueue } from './events.ts';
import { Frame } from './frame.ts';
import { Lane, type LinkHabits } from './link.ts';
import type { Random } from './random.ts';

/** What hangs on a port. */
export interface Attached {
  receive(frame: Frame): void;
}

/** The usual one (IEEE 802.1D). */
const AGEING: Micros = 300 * SECOND;

export class Port {
  readonly name: string;
  /** Ports of another side cannot be reached. */
  side = 0;
  /** How long a frame waits for a station that sleeps; null: it is lost. */
  nap: ((frame: Frame) => Micros | null) | null = null;
  readonly #lan: Switch;
  readonly #up: Lane;
  readonly #down: Lane;
  #plugged = true;

  constructor(
    lan: Switch,
    name: string,
    queue: EventQueue,
    random: Random,
    habits: LinkHabits,
    station: Attached,
  ) {
    this.#lan = lan;
    this.name = name;
    this.#up = new Lane(queue, random.fork('up'), habits, (frame) => lan.forward(frame, this));
    this.#down = new Lane(queue, random.fork('down'), habits, (frame) => {
      if (this.#plugged) station.receive(frame);
    });
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  /** The station sends. */
  send(bytes: Uint8Array): void {
    if (this.#plugged) this.#up.send(new Frame(bytes));
  }

  /** The switch sends to the station. */
  hand(frame: Frame): void {
    if (!this.#plugged) return;
    const wait = this.nap === null ? 0 : this.nap(frame);
    if (wait !== null) this.#down.send(frame, wait);
  }

  set habits(habits: LinkHabits) {
    this.#up.habits = habits;
    this.#down.habits = habits;
  }

  /** What was learned of the port goes at once. */
  pull(): void {
    this.#plugged = false;
    this.#lan.forget(this);
  }

  plugBack(): void {
    this.#plugged = true;
  }
}

export class Switch {
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #onFrame: (frame: Frame, from: Port) => void;
  readonly #ports: Port[] = [];
  readonly #table = new Map<Mac, { readonly port: Port; readonly at: Micros }>();

  /** @param onFrame told of every frame that enters: the referee. */
  constructor(queue: EventQueue, random: Random, onFrame: (frame: Frame, from: Port) => void) {
    this.#queue = queue;
    this.#random = random;
    this.#onFrame = onFrame;
  }

  connect(name: string, habits: LinkHabits, station: Attached): Port {
    const port = new Port(this, name, this.#queue, this.#random.fork(name), habits, station);
    this.#ports.push(port);
    return port;
  }

  forward(frame: Frame, from: Port): void {
    this.#onFrame(frame, from);
    const { sourceMac, destinationMac } = frame.ethernet;
    const { now } = this.#queue;
    if (!isGroupMac(sourceMac)) this.#table.set(sourceMac, { port: from, at: now });
    const port = frame.isGroup ? undefined : this.whereIs(destinationMac, from);
    if (port) {
      if (port !== from) port.hand(frame);
      return;
    }
    this.#flood(frame, from);
  }

  /** The port that leads to it from another one; undefined: not known, frames for it go to all. */
  whereIs(mac: Mac, from: Port): Port | undefined {
    const known = this.#table.get(mac);
    if (known === undefined || this.#queue.now - known.at > AGEING) return undefined;
    return known.port.side === from.side ? known.port : undefined;
  }

  #flood(frame: Frame, from: Port): void {
    for (const port of this.#ports) if (port !== from && port.side === from.side) port.hand(frame);
  }

  forget(port: Port): void {
    for (const [mac, known] of this.#table) if (known.port === port) this.#table.delete(mac);
  }
}
