// Server-sent events (WHATWG HTML, section 9.2): many readers of unknown manners, so everything about them is bounded.

import type { IsoTime, Micros } from '../../base/time.ts';
import type { FailoverTest } from '../../failover/failover-test.ts';
import type { WatchEvent } from '../../watch/view.ts';
import { renderEvent, renderFailoverTest } from '../render/render.ts';

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
  /** A client that lets more bytes than this pile up is dropped. @default 262144 */
  readonly maxBufferedBytes: number;
  /** Events kept for clients that come back. @default 256 */
  readonly remembered: number;
}

const DEFAULT_LIMITS: EventStreamLimits = { maxClients: 32, maxBufferedBytes: 262_144, remembered: 256 };

interface Remembered {
  readonly sequence: number;
  readonly chunk: string;
}

export class EventStream {
  readonly #limits: EventStreamLimits;
  readonly #epoch: string;
  readonly #iso: IsoTime;
  readonly #clients = new Set<EventSink>();
  readonly #ring: Remembered[] = [];
  #sequence = 0;
  #slow = 0;

  /** @param epoch tells this process's event ids from those of an earlier one. */
  constructor(epoch: string, iso: IsoTime, limits: Partial<EventStreamLimits> = {}) {
    this.#epoch = epoch;
    this.#iso = iso;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** How many clients were dropped because they read too slowly. */
  get dropped(): number {
    return this.#slow;
  }

  get full(): boolean {
    return this.#clients.size >= this.#limits.maxClients;
  }

  publish(events: readonly WatchEvent[]): void {
    for (const event of events) this.#publishOne(renderEvent(event, this.#iso));
  }

  /** A failover test is new, or another than before. */
  publishTest(test: FailoverTest, at: Micros): void {
    this.#publishOne({ type: 'failover-test', at: this.#iso(at), ...renderFailoverTest(test) });
  }

  /**
   * Sends what the client missed, then everything from now on. The caller has checked `full`.
   * @param lastEventId the last id the client saw. One of an earlier process, or a forgotten one, gets all that is
   *   remembered: better told twice than never. Undefined: a new client, which gets only what is new.
   */
  attach(sink: EventSink, lastEventId: string | undefined): void {
    this.#clients.add(sink);
    // At once, so that the client sees its stream open before anything happens; and a polite pace for coming back.
    this.#send(sink, 'retry: 3000\n\n');
    if (lastEventId === undefined) return;
    const [epoch, sequence] = lastEventId.split('-');
    const after = epoch === this.#epoch && /^\d{1,15}$/.test(sequence ?? '') ? Number(sequence) : 0;
    for (const entry of this.#ring) if (entry.sequence > after) this.#send(sink, entry.chunk);
  }

  detach(sink: EventSink): void {
    this.#clients.delete(sink);
  }

  /** A comment, so that proxies keep the connection and dead clients are found; about every 15 seconds. */
  heartbeat(): void {
    for (const sink of this.#clients) this.#send(sink, ': still here\n\n');
  }

  close(): void {
    for (const sink of this.#clients) sink.end();
    this.#clients.clear();
  }

  #publishOne(event: { readonly type: string; readonly at: string }): void {
    this.#sequence += 1;
    const chunk = `id: ${this.#epoch}-${this.#sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    this.#ring.push({ sequence: this.#sequence, chunk });
    if (this.#ring.length > this.#limits.remembered) this.#ring.shift();
    for (const sink of this.#clients) this.#send(sink, chunk);
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
