// Captures on several interfaces at once and follows them as they come and go.
import type { Micros } from '../../base/time.ts';
import { emptyFrame, type FrameHandler, type Link } from '../../net/frame.ts';
import type { Clock } from '../clock.ts';
import { libc } from '../libc.ts';
import {
  type InterfaceChoice,
  type InterfaceInfo,
  linkOf,
  type SkippedInterface,
  vlansCapturedElsewhere,
} from './interfaces.ts';
import { InterfaceChanges, readInterfaces } from './netlink-socket.ts';
import type { Delivery } from './packet-ring.ts';
import { checkPacketSocketPermission, PacketSocket, type SendResult } from './packet-socket.ts';
import { type Load, PollLoop, type Watched } from './poll-loop.ts';
import { ringBytesFor, WHOLE_RING } from './ring-shape.ts';

/** Notifications make changes known at once; this is the net under them. */
const RESCAN_MS = 5_000;
/** A burst of notifications (a pod's interfaces being made) is answered once. */
const SETTLE_MS = 100;

/** A change worth a line in the log. */
export interface CaptureEvent {
  readonly interface: string;
  /**
   * `added`: captured from now on. `down` and `up`: the link was lost, or is back, while the capture stays open. `gone`: no longer
   * captured, until it is back.
   */
  readonly state: 'added' | 'up' | 'down' | 'gone';
  readonly reason: string;
}

/** Counts by interface name, since the start; they survive the interface. */
export interface CaptureCounters {
  readonly interface: string;
  readonly up: boolean;
  /** Frames handed to the handler. */
  readonly received: number;
  /** Frames that the kernel had no room for. */
  readonly dropped: number;
  readonly linkLosses: number;
}

export interface CapturedInterface {
  readonly info: InterfaceInfo;
  readonly link: Link;
}

export interface LiveCaptureOptions {
  /** Bytes of each ring. @default by the number of interfaces */
  readonly ringBytes?: number;
  readonly choose: (all: readonly InterfaceInfo[]) => InterfaceChoice;
  readonly clock: Clock;
  /** Runs before the handler is given frames that are ready. @default nothing */
  readonly onReading?: () => void;
  /** The kernel had no room for some of the frames since the last look, which was then. @default nothing */
  readonly onLost?: (since: Micros) => void;
  /** `frame.at` is on the clock's timeline. */
  readonly handler: FrameHandler;
  /** Runs after the handler was given the frames that were ready. */
  readonly onBatch: () => void;
  readonly onChange: (event: CaptureEvent) => void;
  /**
   * So many are captured that rings had to be made smaller than for a few; told again when they become smaller still.
   * @default nothing
   */
  readonly onSmallRings?: (rings: { readonly interfaces: number; readonly bytes: number }) => void;
  /** The interfaces could not be listed; the capture goes on with those it has. */
  readonly onError: (error: Error) => void;
}

interface Capture {
  lookedAt: Micros;
  info: InterfaceInfo;
  readonly socket: PacketSocket;
  readonly watched: Watched;
  delivery: Delivery;
  readonly counts: Counts;
}

interface Counts {
  up: boolean;
  received: number;
  dropped: number;
  linkLosses: number;
}

export class LiveCapture {
  readonly #options: LiveCaptureOptions;
  readonly #loop: PollLoop;
  readonly #changes: InterfaceChanges;
  readonly #captures = new Map<number, Capture>();
  readonly #links = new Map<string, Link>();
  readonly #counts = new Map<string, Counts>();
  /** Why an interface is not captured, as last reported. */
  readonly #reported = new Map<string, string>();
  readonly #rescanTimer: NodeJS.Timeout;
  #settleTimer: NodeJS.Timeout | undefined;
  #rescanWanted = false;
  #smallestRing = WHOLE_RING;
  #all: readonly InterfaceInfo[] = [];

  /** Throws NoPacketSocketPermission, or Error where the platform is not supported. */
  constructor(options: LiveCaptureOptions) {
    checkPacketSocketPermission();
    this.#options = options;
    this.#changes = new InterfaceChanges();
    this.#loop = new PollLoop();
    this.#loop.add({ fd: this.#changes.fd, onReady: () => this.#onNotification() });
    this.#rescanTimer = setInterval(() => this.#rescan(), RESCAN_MS);
    this.#rescan();
  }

  /** Every interface of the host, as last listed. */
  interfaces(): readonly InterfaceInfo[] {
    return this.#all;
  }

  captured(): CapturedInterface[] {
    return [...this.#captures.values()].map(({ info, delivery }) => ({ info, link: delivery.frame.link }));
  }

  /** Hands over what is ready now, rather than at the next turn. */
  read(): void {
    for (const capture of [...this.#captures.values()]) this.#drain(capture, true);
  }

  counters(): CaptureCounters[] {
    this.#readDropped();
    return [...this.#counts].map(([name, counts]) => ({ interface: name, ...counts }));
  }

  /**
   * Sends an Ethernet frame without a VLAN tag to a link's segment: through `eth0.10`'s own interface for VLAN 10 of `eth0`.
   * The capture doesn't see it.
   */
  send(link: Link, frame: Uint8Array): SendResult {
    for (const { socket, delivery } of this.#captures.values()) {
      const own = delivery.frame.link;
      if (own.interface === link.interface && own.vlan === link.vlan) return socket.send(frame);
    }
    return 'no-such-interface';
  }

  /**
   * At the end of the process: resolves when nothing will be called any more. The sockets are closed aside: where there are
   * hundreds, whoever waited for that would wait for seconds.
   */
  async close(): Promise<void> {
    clearInterval(this.#rescanTimer);
    clearTimeout(this.#settleTimer);
    this.#readDropped();
    const captures = [...this.#captures.values()];
    for (const { watched } of captures) this.#loop.remove(watched);
    this.#captures.clear();
    await this.#loop.close();
    for (const { socket } of captures) socket.closeAside();
    this.#changes.close();
  }

  #onNotification(): Load {
    this.#changes.drain();
    this.#rescanSoon();
    return 'little';
  }

  /** At once, unless that was done a moment ago: then once more when the moment has passed. */
  #rescanSoon(): void {
    if (this.#settleTimer !== undefined) {
      this.#rescanWanted = true;
      return;
    }
    this.#rescanWanted = false;
    this.#rescan();
    this.#settleTimer = setTimeout(() => {
      this.#settleTimer = undefined;
      if (this.#rescanWanted) this.#rescanSoon();
    }, SETTLE_MS);
  }

  #rescan(): void {
    try {
      this.#all = readInterfaces();
    } catch (error) {
      this.#options.onError(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#options.clock.check();
    this.#readDropped();
    const choice = this.#options.choose(this.#all);
    for (const capture of [...this.#captures.values()]) this.#review(capture, choice);
    this.#openAll(choice.chosen.filter(({ index }) => !this.#captures.has(index)));
    for (const skipped of choice.skipped) this.#reportSkipped(skipped);
    this.#renewDeliveries();
  }

  #review(capture: Capture, choice: InterfaceChoice): void {
    const info = this.#all.find((candidate) => candidate.index === capture.info.index);
    const end = endOf(capture.info.name, info, choice);
    if (info === undefined || end !== null) this.#close(capture, end ?? 'deleted');
    else this.#follow(capture, info);
  }

  #follow(capture: Capture, info: InterfaceInfo): void {
    const { counts } = capture;
    const wasUp = counts.up;
    const losses = info.carrierLosses - capture.info.carrierLosses;
    counts.up = info.running;
    counts.linkLosses += Math.max(losses, wasUp && !info.running ? 1 : 0);
    capture.info = info;
    if (wasUp && !info.running) this.#report(info.name, 'down', info.up ? 'no-carrier' : 'switched-off');
    else if (!wasUp && info.running) this.#report(info.name, 'up', 'link-back');
    else if (info.running && losses > 0) this.#report(info.name, 'up', 'link-lost-for-a-moment');
  }

  #openAll(added: readonly InterfaceInfo[]): void {
    if (added.length === 0) return;
    const { ringBytes, onSmallRings } = this.#options;
    const open = [...this.#captures.values()].reduce((sum, { socket }) => sum + socket.ringBytes, 0);
    const bytes = ringBytes ?? ringBytesFor(open, added.length, libc().getpagesize());
    for (const info of added) this.#open(info, bytes);
    if (ringBytes !== undefined || bytes >= this.#smallestRing) return;
    this.#smallestRing = bytes;
    onSmallRings?.({ interfaces: this.#captures.size, bytes });
  }

  #open(info: InterfaceInfo, ringBytes: number): void {
    let socket: PacketSocket;
    try {
      socket = new PacketSocket(info.index, ringBytes);
    } catch (error) {
      // Deleted since it was listed, or no memory: the next rescan tries again.
      const reason = `cannot-open: ${error instanceof Error ? error.message : error}`;
      this.#reportOnce(info.name, 'gone', reason);
      return;
    }
    const counts = this.#counts.get(info.name) ?? { up: false, received: 0, dropped: 0, linkLosses: 0 };
    counts.up = info.running;
    this.#counts.set(info.name, counts);
    const capture: Capture = {
      info,
      socket,
      counts,
      lookedAt: this.#options.clock.now(),
      delivery: this.#delivery(info),
      watched: {
        fd: socket.fd,
        onReady: ({ failed }) => {
          if (failed) {
            socket.clearError();
            this.#rescanSoon();
          }
          return this.#drain(capture);
        },
      },
    };
    this.#captures.set(info.index, capture);
    this.#reported.delete(info.name);
    this.#loop.add(capture.watched);
    this.#report(info.name, 'added', info.running ? 'up' : 'no-carrier');
  }

  #drain(capture: Capture, whole = false): Load {
    const { socket, delivery, counts } = capture;
    const { clock, onReading, onBatch } = this.#options;
    const onLook = () => {
      clock.check();
      onReading?.();
    };
    const { delivered, load } = socket.drain(delivery, onLook, whole);
    counts.received += delivered;
    // What was lost is known before the time is judged in which it would have come.
    if (load !== 'little') this.#takeDropped(capture);
    if (delivered > 0) onBatch();
    return load;
  }

  #close(capture: Capture, reason: string): void {
    const { info, socket, counts, watched } = capture;
    this.#captures.delete(info.index);
    this.#loop.remove(watched);
    this.#drain(capture);
    this.#takeDropped(capture);
    socket.close();
    if (counts.up) counts.linkLosses += 1;
    counts.up = false;
    this.#reported.set(info.name, 'absent');
    this.#report(info.name, 'gone', reason);
  }

  #reportSkipped({ name, index, reason }: SkippedInterface): void {
    if (index !== null && this.#captures.has(index)) return;
    if (reason === 'absent' || reason === 'down') this.#reportOnce(name, 'gone', reason);
  }

  #reportOnce(name: string, state: CaptureEvent['state'], reason: string): void {
    if (this.#reported.get(name) === reason) return;
    this.#reported.set(name, reason);
    this.#report(name, state, reason);
  }

  #report(name: string, state: CaptureEvent['state'], reason: string): void {
    this.#options.onChange({ interface: name, state, reason });
  }

  /** A VLAN interface that came or went changes its parent's share, and a renamed parent its link. */
  #renewDeliveries(): void {
    for (const capture of this.#captures.values()) capture.delivery = this.#delivery(capture.info);
  }

  #delivery(info: InterfaceInfo): Delivery {
    const { handler, clock } = this.#options;
    const captured = [...this.#captures.values()].map((capture) => capture.info);
    return {
      frame: emptyFrame(this.#link(info)),
      handler,
      toTimeline: (realtime) => clock.fromKernel(realtime),
      leftOutVlans: vlansCapturedElsewhere(info, captured),
    };
  }

  /** The same object for the same link, so that it can be looked up by identity. */
  #link(info: InterfaceInfo): Link {
    const link = linkOf(info, this.#all);
    const key = `${link.interface} ${link.vlan}`;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    this.#links.set(key, link);
    return link;
  }

  #readDropped(): void {
    for (const capture of this.#captures.values()) this.#takeDropped(capture);
  }

  #takeDropped(capture: Capture): void {
    const { clock, onLost } = this.#options;
    const dropped = capture.socket.takeDropped();
    if (dropped > 0) onLost?.(capture.lookedAt);
    capture.counts.dropped += dropped;
    capture.lookedAt = clock.now();
  }
}

/**
 * Why a capture ends; null where it goes on. An interface that is merely down keeps its socket, which goes on by itself when
 * the interface does.
 */
function endOf(name: string, info: InterfaceInfo | undefined, choice: InterfaceChoice): string | null {
  if (info === undefined) return 'deleted';
  if (info.name !== name) return `renamed to ${info.name}`;
  if (choice.chosen.includes(info)) return null;
  const reason = choice.skipped.find((skipped) => skipped.index === info.index)?.reason ?? 'not-chosen';
  return reason === 'down' ? null : reason;
}
