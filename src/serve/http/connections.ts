// Who holds a connection, for how long, and what waits in memory to be read there: the port faces the LAN. Whoever asks for
// nothing or reads nothing gives way to those who do, and a part is kept for the node and its cluster.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Millis } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';
import { clientOf, ipOf, type Origin } from './client.ts';
import type { Pieces } from './pieces.ts';

export interface ConnectionLimits {
  /** @default 512 */
  readonly connections: number;
  /** Of these, kept for insiders. @default 64 */
  readonly reserved: number;
  /** One machine of the LAN must not take every connection from the others. @default 48 */
  readonly ofOneClient: number;
  /** Requests that one connection may have open at once; more are nobody's but an attacker's. @default 4 */
  readonly open: number;
  /** A connection on which nothing of its answer is read for so long is ended. @default 10 000 */
  readonly noProgress: Millis;
  /**
   * Bytes of answers that wait to be read, of strangers and of insiders apart. Those that are not read on give way; who owes
   * nothing is answered up to twice as many. @default 1 MiB
   */
  readonly unread: number;
  /** But for so long each may wait, or be without progress. @default 3 000 */
  readonly mayWait: Millis;
  /** Bytes a second that it is to be read by from then on. @default 32 KiB */
  readonly pace: number;
  /** For so long it is remembered who was cut off because it did not read. @default 30 000 */
  readonly remembered: Millis;
}

const DEFAULT_LIMITS: ConnectionLimits = {
  connections: 512,
  reserved: 64,
  ofOneClient: 48,
  open: 4,
  noProgress: 10_000,
  unread: 1024 * 1024,
  mayWait: 3_000,
  pace: 32 * 1024,
  remembered: 30_000,
};

const LOOK_EVERY: Millis = 1_000;
/** Clients that are remembered: more than can be cut off meanwhile, but for a crowd that makes up addresses. */
const MOST_REMEMBERED = 1_024;

export interface Connection {
  readonly socket: Socket;
  readonly client: string;
  readonly origin: Origin;
}

interface Held extends Connection {
  /** The requests that were not answered to the end, each with its answer once that is ready. */
  readonly open: Map<ServerResponse, Pieces | 'in hand' | 'ready'>;
  /** Since when everybody waits for the client. */
  idleSince: Millis;
  /** Bytes that the network was to be given yet when it was looked at last, and when they became fewer. */
  left: number;
  progressAt: Millis;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #originOf: (ip: IpAddress) => Origin;
  readonly #all = new Map<Socket, Held>();
  readonly #asking = new WeakMap<ServerResponse, Held>();
  /** By client, what it was cut off from, the latest last. */
  readonly #unpaid = new Map<string, { readonly bytes: number; readonly at: Millis }>();
  readonly #timer: NodeJS.Timeout;

  constructor(originOf: (ip: IpAddress) => Origin, limits: Partial<ConnectionLimits> = {}) {
    this.#originOf = originOf;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_EVERY).unref();
  }

  /** A connection was opened. It is closed at once where nobody can give way to it. */
  opened(socket: Socket): void {
    const ip = ipOf(socket.remoteAddress ?? '');
    const now = performance.now();
    const one: Held = {
      socket,
      client: clientOf(socket.remoteAddress),
      origin: ip === undefined ? 'stranger' : this.#originOf(ip),
      open: new Map(),
      idleSince: now,
      left: 0,
      progressAt: now,
    };
    if (!this.#makeWayFor(one)) {
      socket.destroy();
      return;
    }
    this.#all.set(socket, one);
    socket.once('close', () => this.#all.delete(socket));
  }

  of(socket: Socket): Connection | undefined {
    return this.#all.get(socket);
  }

  /** A request came in on a connection. False: it is one too many, and the connection is ended. */
  asked(response: ServerResponse, socket: Socket): boolean {
    const one = this.#all.get(socket);
    if (one === undefined || one.open.size >= this.#limits.open) {
      this.#end(socket);
      return false;
    }
    one.open.set(response, 'in hand');
    this.#asking.set(response, one);
    response.once('close', () => {
      one.open.delete(response);
      one.idleSince = performance.now();
    });
    return true;
  }

  /** From now on it is the client that is waited for. */
  answered(response: ServerResponse, answer: Pieces | null): void {
    const one = this.#asking.get(response);
    if (!one?.open.has(response)) return;
    one.open.set(response, answer ?? 'ready');
    one.idleSince = performance.now();
  }

  /** Bytes that a client was answered and does not read, or did not lately, for which it was cut off. */
  owedBy(client: string): number {
    let owed = this.#unpaid.get(client)?.bytes ?? 0;
    for (const one of this.#all.values()) if (one.client === client) owed += unreadOf(one);
    return owed;
  }

  /** Whether another answer may be made for a client: those that wait longest give way for it. */
  hasRoom(client: string, forStrangers: boolean): boolean {
    const now = performance.now();
    const peers = [...this.#all.values()].filter((one) => isStranger(one) === forStrangers);
    let unread = peers.reduce((sum, one) => sum + unreadOf(one), 0);
    // Who reads does not wait for those who do not.
    const most = this.owedBy(client) === 0 ? 2 * this.#limits.unread : this.#limits.unread;
    if (unread < most) return true;
    const late = peers.filter((one) => this.#isLate(one, now));
    for (const one of late.sort((a, b) => a.idleSince - b.idleSince)) {
      if (unread < most) break;
      unread -= unreadOf(one);
      this.#cutOff(one, now);
    }
    return unread < most;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Ends what is in the way of a new connection; false where none of it is idle. A crowd that comes at once costs no lists. */
  #makeWayFor(one: Held): boolean {
    const { connections, reserved, ofOneClient } = this.#limits;
    const isOwn = ({ client }: Held) => client === one.client;
    if (this.#count(isOwn) >= ofOneClient) return this.#endIdlest(isOwn);
    if (isStranger(one) && this.#count(isStranger) >= connections - reserved)
      return this.#endIdlest(isStranger);
    if (this.#all.size < connections) return true;
    return this.#endIdlest(isStranger) || (!isStranger(one) && this.#endIdlest(() => true));
  }

  #count(isMeant: (one: Held) => boolean): number {
    let count = 0;
    for (const one of this.#all.values()) if (isMeant(one)) count += 1;
    return count;
  }

  #endIdlest(isMeant: (one: Held) => boolean): boolean {
    let idlest: Held | undefined;
    for (const one of this.#all.values())
      if (isMeant(one) && isIdle(one) && (!idlest || one.idleSince < idlest.idleSince)) idlest = one;
    if (idlest) this.#end(idlest.socket);
    return idlest !== undefined;
  }

  /** It has had its time, and is not reading on. */
  #isLate(one: Held, now: Millis): boolean {
    const { mayWait, pace } = this.#limits;
    if (unreadOf(one) === 0 || !isIdle(one)) return false;
    noteProgress(one, now);
    if (now - Math.max(one.idleSince, one.progressAt) >= mayWait) return true;
    return takenOf(one) < (pace * (now - one.idleSince - mayWait)) / 1000;
  }

  /** It did not read what it asked for. */
  #cutOff(one: Held, now: Millis): void {
    const bytes = unreadOf(one) + (this.#unpaid.get(one.client)?.bytes ?? 0);
    this.#unpaid.delete(one.client);
    this.#unpaid.set(one.client, { bytes, at: now });
    if (this.#unpaid.size > MOST_REMEMBERED) this.#unpaid.delete(this.#unpaid.keys().next().value!);
    this.#end(one.socket);
  }

  #end(socket: Socket): void {
    this.#all.delete(socket);
    socket.destroy();
  }

  #look(now: Millis): void {
    for (const [client, { at }] of this.#unpaid)
      if (now - at >= this.#limits.remembered) this.#unpaid.delete(client);
    for (const one of this.#all.values()) {
      noteProgress(one, now);
      if (now - one.progressAt >= this.#limits.noProgress) this.#cutOff(one, now);
    }
  }
}

export function isStranger({ origin }: Pick<Connection, 'origin'>): boolean {
  return origin === 'stranger';
}

function isIdle({ open }: Held): boolean {
  for (const answer of open.values()) if (answer === 'in hand') return false;
  return true;
}

function noteProgress(one: Held, now: Millis): void {
  let left = 0;
  for (const [response, answer] of one.open) left += leftOf(response, answer);
  if (left === 0 || left < one.left) one.progressAt = now;
  one.left = left;
}

/** Bytes of memory that wait to be read, whether the network has them already or not. */
function unreadOf({ open }: Held): number {
  let unread = 0;
  for (const [response, answer] of open)
    unread += response.writableLength + (typeof answer === 'string' ? 0 : answer.held);
  return unread;
}

/** Bytes that the network has taken of the answers that are not read to the end. */
function takenOf({ open }: Held): number {
  let taken = 0;
  for (const [response, answer] of open)
    if (typeof answer !== 'string') taken += answer.length - leftOf(response, answer);
  return taken;
}

function leftOf(response: ServerResponse, answer: Pieces | 'in hand' | 'ready'): number {
  return response.writableLength + (typeof answer === 'string' ? 0 : answer.left);
}
