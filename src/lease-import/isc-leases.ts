// ISC dhcpd's lease file: a journal of blocks, of which the last one of an address counts.
import type { Seconds } from '../base/time.ts';
import type { Draft } from './draft.ts';
import type { TextReader } from './imported.ts';
import { bytesOfString, type IscToken, IscTokens } from './isc-tokens.ts';

/** Words of one statement. */
const MAX_WORDS = 16;

interface Block {
  readonly ip: string;
  state: string;
  mac: string;
  clientId: string | null;
  hostname: string | null;
  endsAt: Seconds | null;
}

export class IscLeases implements TextReader {
  readonly #draft: Draft;
  readonly #tokens = new IscTokens((token) => this.#token(token));
  #words: string[] = [];
  #depth = 0;
  /** The lease whose block this is. */
  #block: Block | null = null;
  #understood = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  add(text: string): void {
    this.#tokens.add(text);
  }

  finish(): string | null {
    const isHalf = this.#tokens.finish() || this.#depth > 0;
    if (this.#understood === 0 && (isHalf || this.#words.length > 0))
      return 'holds no lease of a lease file of ISC dhcpd';
    if (isHalf) this.#draft.doubt('it ends in the middle of a block, which was left out');
    return null;
  }

  #token(token: IscToken): void {
    switch (token.kind) {
      case 'word':
      case 'string':
        if (this.#words.length < MAX_WORDS) this.#words.push(token.text);
        return;
      case '{':
        this.#depth += 1;
        if (this.#depth === 1 && this.#words[0] === 'lease') this.#block = emptyBlock(this.#words[1] ?? '');
        this.#words = [];
        return;
      case '}':
        this.#depth = Math.max(0, this.#depth - 1);
        if (this.#depth === 0) this.#close();
        this.#words = [];
        return;
      case ';':
        if (this.#depth === 1 && this.#block) takeIn(this.#block, this.#words);
        // Such as `authoring-byte-order little-endian;`.
        if (this.#depth === 0 && this.#words.length === 2) this.#understood += 1;
        this.#words = [];
        return;
      default:
        token satisfies never;
    }
  }

  #close(): void {
    const block = this.#block;
    this.#block = null;
    // Another block, such as `failover peer … state { … }`.
    this.#understood += 1;
    if (!block) return;
    const { ip, state, mac, clientId, hostname, endsAt: expiresAt } = block;
    // Somebody answered its ping, or a client declined it.
    if (state === 'abandoned') this.#draft.declined(ip, expiresAt);
    else if (state === 'active') this.#draft.lease({ ip, mac, clientId, hostname, expiresAt });
    else this.#draft.free(ip);
  }
}

function emptyBlock(ip: string): Block {
  // Files of old versions tell no state.
  return { ip, state: 'active', mac: '', clientId: null, hostname: null, endsAt: null };
}

function takeIn(block: Block, [first = '', second = '', ...rest]: readonly string[]): void {
  if (first === 'binding' && second === 'state') block.state = rest[0] ?? '';
  else if (first === 'abandoned') block.state = 'abandoned';
  else if (first === 'hardware' && second === 'ethernet') block.mac = rest[0] ?? '';
  else if (first === 'uid') block.clientId = bytesOfString(second).toHex();
  else if (first === 'client-hostname') block.hostname = new TextDecoder().decode(bytesOfString(second));
  else if (first === 'ends') block.endsAt = timeOf([second, ...rest]);
}

/** `never`, `epoch SECONDS`, or `WEEKDAY YYYY/MM/DD HH:MM:SS` in UTC. */
function timeOf([first = '', second = '', third = '']: readonly string[]): Seconds | null {
  if (first === 'never') return Number.POSITIVE_INFINITY;
  if (first === 'epoch') return /^\d{1,15}$/.test(second) ? Number(second) : null;
  const [, year, month, day] = /^(\d{4})\/(\d\d)\/(\d\d)$/.exec(second) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${third}Z`);
  return Number.isNaN(time) ? null : time / 1000;
}
