// Server-sent events (WHATWG HTML, section 9.2): many readers of unknown manners, so everything about them is bounded.

import type { IsoTime, Micros } from '../../base/time.ts';
import type { FailoverTest } from '../../failover/failover-test.ts';
import type { WatchEvent } from '../../watch/view.ts';
import type { EventType, ResetReason } from '../render/event-schemas.ts';
import { renderEvent, renderFailoverTest } from '../render/render.ts';
import type { Sources } from '../tables/sources.ts';
import { type Connection, isStranger } from './connections.ts';

/** The part of a response that a stream writes to. */
export interface EventSink {
  write(chunk: string): boolean;
  /** Bytes written but not yet taken by the network. */
  readonly writableLength: number;
  end(): void;
  destroy(): void;
}

export interface EventStreamLimits {
  /** @default 32 */
  readonly maxClients: number;
  /** Of these, kept for the node and its cluster. @default 8 */
  readonly reserved: number;
  /** Of one machine of the LAN. @default 4 */
  readonly ofOneClient: number;
  /** A client that lets more bytes than this pile up is dropped. @default 262144 */
  readonly maxBufferedBytes: number;
  /** Events kept for clients that come back. @default 256 */
  readonly remembered: number;
}

const DEFAULT_LIMITS: EventStreamLimits = {
  maxClients: 32,
  reserved: 8,
  ofOneClient: 4,
  maxBufferedBytes: 262_144,
  remembered: 256,
};

/** What a client asks for. */
export interface Following {
  /** The last id that it saw. Undefined: a new client, which gets only what is new. */
  readonly lastEventId?: string | undefined;
  /** Undefined: all. */
  readonly types?: readonly EventType[] | undefined;
}

/** Who asks; undefined: the node itself. */
type Asker = Pick<Connection, 'client' | 'origin'> | undefined;

interface Follower {
  /** What it wants to hear of; null: of everything. */
  readonly types: ReadonlySet<EventType> | null;
  /** Of a stranger; null: of the node or its cluster. */
  readonly stranger: string | null;
}

interface Remembered {
  readonly type: EventType;
  readonly sequence: number;
  readonly rendered: () => object;
  /** Made once somebody wants it: a flood of leases that nobody follows is not rendered. */
  chunk: string | null;
}

export class EventStream {
  readonly #limits: EventStreamLimits;
  readonly #epoch: string;
  readonly #iso: IsoTime;
  readonly #now: () => Micros;
  readonly #clients = new Map<EventSink, Follower>();
  readonly #ring: Remembered[] = [];
  #sequence = 0;
  #slow = 0;

  /** @param epoch tells this process's event ids from those of an earlier one. */
  constructor(
    epoch: string,
    { iso, now }: Pick<Sources, 'iso' | 'now'>,
    limits: Partial<EventStreamLimits> = {},
  ) {
    this.#epoch = epoch;
    this.#iso = iso;
    this.#now = now;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** How many clients were dropped because they read too slowly. */
  get dropped(): number {
    return this.#slow;
  }

  /** Why nobody more may follow, or not this client; null: it may. */
  refusal(asker: Asker): 'full' | 'too many of one client' | null {
    const { maxClients, reserved, ofOneClient } = this.#limits;
    if (this.#clients.size >= maxClients) return 'full';
    const stranger = strangerOf(asker);
    if (stranger === null) return null;
    const strangers = [...this.#clients.values()].filter((one) => one.stranger !== null);
    if (strangers.length >= maxClients - reserved) return 'full';
    const own = strangers.filter((one) => one.stranger === stranger);
    return own.length >= ofOneClient ? 'too many of one client' : null;
  }

  publish(events: readonly WatchEvent[]): void {
    for (const event of events) this.#publishOne(event.type, () => renderEvent(event, this.#iso));
  }

  /** A failover test is new, or another than before. */
  publishTest(test: FailoverTest, at: Micros): void {
    const event = { type: 'failover-test', at: this.#iso(at), ...renderFailoverTest(test) } as const;
    this.#publishOne(event.type, () => event);
  }

  /**
   * Sends what the client missed, then everything from now on. The caller has asked for a `refusal`. Where more may have been
   * missed than is remembered, a `reset` says so before all that is: better told twice than never.
   */
  attach(sink: EventSink, { lastEventId, types }: Following = {}, asker?: Asker): void {
    const stranger = strangerOf(asker);
    this.#clients.set(sink, { types: types === undefined ? null : new Set(types), stranger });
    const { after, reset } =
      lastEventId === undefined ? { after: this.#sequence, reset: null } : this.#resume(lastEventId);
    // At once, so that the client sees its stream open before anything happens; and a polite pace for coming back, with an
    // id to come back with.
    this.#send(sink, `retry: 3000\nid: ${this.#epoch}-${after}\n\n`);
    if (reset !== null) {
      const event = { type: 'reset', at: this.#iso(this.#now()), reason: reset };
      this.#send(sink, `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    }
    for (const entry of this.#ring) if (entry.sequence > after) this.#offer(sink, entry);
  }

  detach(sink: EventSink): void {
    this.#clients.delete(sink);
  }

  /**
   * A comment, so that proxies keep the connection and dead clients are found; about every 15 seconds. And the latest id, so
   * that a client which wants to hear of few events does not come back with one that is long forgotten.
   */
  heartbeat(): void {
    const chunk = `id: ${this.#epoch}-${this.#sequence}\n\n: still here\n\n`;
    for (const sink of this.#clients.keys()) this.#send(sink, chunk);
  }

  close(): void {
    for (const sink of this.#clients.keys()) sink.end();
    this.#clients.clear();
  }

  #publishOne(type: EventType, rendered: () => object): void {
    this.#sequence += 1;
    const entry = { type, sequence: this.#sequence, rendered, chunk: null };
    this.#ring.push(entry);
    if (this.#ring.length > this.#limits.remembered) this.#ring.shift();
    for (const sink of this.#clients.keys()) this.#offer(sink, entry);
  }

  /** After which event a client goes on, and whether it may have missed more than what is remembered. */
  #resume(lastEventId: string): { readonly after: number; readonly reset: ResetReason | null } {
    const [, epoch, sequence] = /^(\d{1,15})-(\d{1,15})$/.exec(lastEventId) ?? [];
    if (epoch !== undefined && epoch !== this.#epoch) return { after: 0, reset: 'restarted' };
    const after = Number(sequence);
    if (epoch === undefined || after > this.#sequence) return { after: 0, reset: 'unknown-id' };
    const isForgotten = after < (this.#ring[0]?.sequence ?? this.#sequence + 1) - 1;
    return { after, reset: isForgotten ? 'forgotten' : null };
  }

  #offer(sink: EventSink, entry: Remembered): void {
    const follower = this.#clients.get(sink);
    if (follower === undefined) return;
    if (follower.types === null || follower.types.has(entry.type)) this.#send(sink, this.#chunkOf(entry));
  }

  #chunkOf(entry: Remembered): string {
    const { sequence, type, rendered } = entry;
    entry.chunk ??= `id: ${this.#epoch}-${sequence}\nevent: ${type}\ndata: ${JSON.stringify(rendered())}\n\n`;
    return entry.chunk;
  }

  #send(sink: EventSink, chunk: string): void {
    if (!this.#clients.has(sink)) return;
    sink.write(chunk);
    if (sink.writableLength <= this.#limits.maxBufferedBytes) return;
    this.#slow += 1;
    this.#clients.delete(sink);
    sink.destroy();
  }
}

function strangerOf(asker: Asker): string | null {
  return asker !== undefined && isStranger(asker) ? asker.client : null;
}
