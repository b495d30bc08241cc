import { fromHex, toHex } from '../hex.ts';

interface Fields {
  /** op, htype, hlen, hops, xid, secs, flags; ciaddr, yiaddr, siaddr, giaddr; chaddr and its padding. */
  readonly head?: string;
  readonly sname?: string;
  readonly file?: string;
  readonly cookie?: string;
  readonly options: string;
}

export const CLIENT_HEAD = `01 01 06 00 40f8267d 0000 0000
  00000000 00000000 00000000 00000000  0200000000aa 00000000000000000000`;
export const SERVER_HEAD = `02 01 06 00 40f8267d 0000 8000
  00000000 c0a80132 c0a80101 00000000  0200000000aa 00000000000000000000`;

/** A message from its fields in hex, each filled up with zeros, the whole to BOOTP's 300 bytes. */
export function messageHex({
  head = CLIENT_HEAD,
  sname = '',
  file = '',
  cookie = '63825363',
  options,
}: Fields): string {
  const hex = (text: string) => toHex(fromHex(text));
  const fixed = hex(head) + hex(sname).padEnd(2 * 64, '0') + hex(file).padEnd(2 * 128, '0') + cookie;
  return (fixed + hex(options)).padEnd(2 * 300, '0');
}

export function message(fields: Fields): Uint8Array {
  return fromHex(messageHex(fields));
}

/** The same without the filling: the options field ends where its hex does. */
export function shortMessage(fields: Fields): Uint8Array {
  return message(fields).slice(0, 240 + fromHex(fields.options).length);
}
