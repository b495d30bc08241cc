// The lease file of dnsmasq, as of Pi-hole, OpenWrt and most home routers: `EXPIRY MAC IP NAME CLIENTID`, one lease a line.
import type { Seconds } from '../base/time.ts';
import type { Draft } from './draft.ts';
import type { TextReader } from './imported.ts';
import { Lines } from './lines.ts';

const FIELDS = 5;
/** A router without a clock writes how long a lease lasts, not when it ends: no time of this century is so small. */
const FIRST_TIME: Seconds = 1e9;

export class DnsmasqLeases implements TextReader {
  readonly #draft: Draft;
  readonly #lines = new Lines((line, isWhole) => this.#line(line, isWhole));
  #isDhcpv6 = false;
  #understood = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  add(text: string): void {
    this.#lines.add(text);
  }

  finish(): string | null {
    this.#lines.finish();
    if (this.#understood === 0 && this.#draft.unread > 0) return 'holds no line of a lease file of dnsmasq';
    return null;
  }

  #line(line: string, isWhole: boolean): void {
    if (line === '') return;
    // What follows are leases of DHCPv6, by other columns.
    if (line.startsWith('duid ')) {
      this.#isDhcpv6 = true;
      this.#understood += 1;
    }
    if (this.#isDhcpv6) return;
    const fields = line.split(' ');
    const [expiry = '', mac = '', ip = '', name = '', clientId = ''] = fields;
    if (!isWhole && (fields.length < FIELDS || clientId === ''))
      return this.#draft.doubt('it ends in the middle of a line, which was left out');
    if (!/^\d{1,15}$/.test(expiry) || fields.length < FIELDS - 1) return this.#draft.notUnderstood();
    const before = this.#draft.unread;
    this.#draft.lease({
      ip,
      // Another hardware type than Ethernet stands before it.
      mac: mac.replace(/^[0-9a-f]{2}-/i, ''),
      clientId: clientId === '*' || clientId === '' ? null : clientId,
      hostname: name,
      expiresAt: expiryOf(Number(expiry)),
    });
    if (this.#draft.unread === before) this.#understood += 1;
  }
}

function expiryOf(seconds: number): Seconds | null {
  if (seconds === 0) return Number.POSITIVE_INFINITY;
  return seconds < FIRST_TIME ? null : seconds;
}
