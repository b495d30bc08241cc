// What dnsmasq's configuration says of ranges and reservations.
import { parseIp, parseMac } from '../net/address.ts';
import type { Draft } from './draft.ts';
import type { TextReader } from './imported.ts';
import { Lines } from './lines.ts';

/** Options that name further files. */
const FURTHER = new Set(['conf-file', 'conf-dir', 'conf-script', 'dhcp-hostsfile', 'dhcp-hostsdir']);
/** A range with one of these in place of its end leases to nobody by itself. */
const LEASES_NOTHING = new Set(['static', 'proxy']);

export class DnsmasqConf implements TextReader {
  readonly #draft: Draft;
  readonly #lines = new Lines((line) => this.#line(line));

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  add(text: string): void {
    this.#lines.add(text);
  }

  finish(): string | null {
    this.#lines.finish();
    return null;
  }

  #line(line: string): void {
    const [, option = '', value = ''] = /^\s*([a-z0-9-]+)\s*=\s*(.*?)\s*(?:\s#.*)?$/.exec(line) ?? [];
    if (FURTHER.has(option))
      this.#draft.doubt(`its ${option} names further files; vipwatch does not read them`);
    else if (option === 'dhcp-range') this.#range(parts(value));
    else if (option === 'dhcp-host') addDnsmasqHost(this.#draft, value);
  }

  /** `[tag:…,][set:…,]START,END|MODE[,MASK[,BROADCAST]][,TIME]` */
  #range(words: readonly string[]): void {
    const [first = '', last = ''] = words.filter((word) => !/^(tag|set|net|interface):/.test(word));
    if (first.includes(':') || LEASES_NOTHING.has(last)) return;
    if (parseIp(last) === undefined) return this.#draft.notUnderstood();
    this.#draft.range(`${first}-${last}`);
  }
}

/** @param host what `dhcp-host` says, in words of any order: MACs, an address, a name, a time, tags. */
export function addDnsmasqHost(draft: Draft, host: string): void {
  const words = parts(host);
  const ip = words.find((word) => parseIp(word) !== undefined && !word.includes(':'));
  if (ip === undefined || words.includes('ignore')) return;
  const macs = words.filter((word) => parseMac(word) !== undefined);
  const name = words.find(
    (word) => /^[a-z0-9_][a-z0-9_.-]*$/i.test(word) && word !== ip && !macs.includes(word) && !isTime(word),
  );
  for (const mac of macs) draft.reservation(ip, mac, name ?? null);
}

function parts(value: string): string[] {
  return value.split(',').map((part) => part.trim());
}

function isTime(word: string): boolean {
  return /^(\d+[smhdw]?|infinite)$/i.test(word);
}
