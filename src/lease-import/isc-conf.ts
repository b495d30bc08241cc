// What ISC dhcpd's configuration says of ranges and reservations.
import { parseIp } from '../net/address.ts';
import type { Draft } from './draft.ts';
import type { TextReader } from './imported.ts';
import { type IscToken, IscTokens } from './isc-tokens.ts';

const MAX_WORDS = 64;

interface Host {
  readonly name: string;
  readonly depth: number;
  mac: string | null;
  ips: readonly string[];
}

export class IscConf implements TextReader {
  readonly #draft: Draft;
  readonly #tokens = new IscTokens((token) => this.#token(token));
  #words: string[] = [];
  #depth = 0;
  #host: Host | null = null;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  add(text: string): void {
    this.#tokens.add(text);
  }

  finish(): string | null {
    this.#tokens.finish();
    if (this.#depth > 0) this.#draft.doubt('its configuration ends in the middle of a block');
    return null;
  }

  #token(token: IscToken): void {
    if (token.kind === 'word' || token.kind === 'string') {
      if (this.#words.length < MAX_WORDS) this.#words.push(token.text);
      return;
    }
    const words = this.#words;
    this.#words = [];
    if (token.kind === ';') return this.#statement(words);
    this.#depth = Math.max(0, this.#depth + (token.kind === '{' ? 1 : -1));
    if (token.kind === '{') {
      if (words[0] === 'host') this.#host = { name: words[1] ?? '', depth: this.#depth, mac: null, ips: [] };
    } else if (this.#host && this.#depth < this.#host.depth) {
      const { name, mac, ips } = this.#host;
      for (const ip of ips) this.#draft.reservation(ip, mac, name);
      this.#host = null;
    }
  }

  #statement([first, ...rest]: readonly string[]): void {
    if (first === 'include')
      this.#draft.doubt('its configuration includes further files; vipwatch does not read them');
    else if (first === 'range') {
      const [from = '', to = from] = rest.filter((word) => word !== 'dynamic-bootp');
      this.#draft.range(`${from}-${to}`);
    } else if (this.#host && first === 'hardware' && rest[0] === 'ethernet') {
      this.#host.mac = rest[1] ?? null;
    } else if (this.#host && first === 'fixed-address') {
      // It may be a name, which only the server can look up.
      this.#host.ips = rest.filter((word) => parseIp(word) !== undefined);
    }
  }
}
