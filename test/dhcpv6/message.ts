import { fromHex } from '../hex.ts';

export const VIP_HEX = 'fd000005000000000000000000000060';
export const OTHER_HEX = 'fd000005000000000000000000000061';
/** DUID-LL of 02:00:00:00:00:aa. */
export const CLIENT_DUID = '000300010200000000aa';
/** DUID-LLT of 02:00:00:00:00:01. */
export const SERVER_DUID = '00010001 2c5e1a00 020000000001';

/** An option in hex: code, length, value. */
export function option(code: number, value = ''): string {
  const length = fromHex(value).length;
  return `${hex16(code)}${hex16(length)}${value.replaceAll(/\s+/g, '')}`;
}

export const CLIENT_ID = option(1, CLIENT_DUID);
export const SERVER_ID = option(2, SERVER_DUID);

/** IAADDR: the address, preferred and valid lifetime, options. */
export function address(ip: string, valid = '00001c20', options = ''): string {
  return option(5, `${ip} 00000e10 ${valid} ${options}`);
}

/** IAPREFIX: preferred and valid lifetime, length, prefix, options. */
export function prefix(ip: string, length: string, valid = '00001c20', options = ''): string {
  return option(26, `00000e10 ${valid} ${length} ${ip} ${options}`);
}

export function addresses(options: string, iaid = '00000001'): string {
  return option(3, `${iaid} 00000708 00000b40 ${options}`);
}

export function temporary(options: string, iaid = '00000001'): string {
  return option(4, `${iaid} ${options}`);
}

export function prefixes(options: string, iaid = '00000001'): string {
  return option(25, `${iaid} 00000708 00000b40 ${options}`);
}

/** A message between client and server. */
export function message(type: string, ...options: readonly string[]): string {
  return `${type} 001000 ${options.join('')}`;
}

/** A relay's message around another one. */
export function relayed(type: string, inner: string, before = '', after = '', hops = '00'): string {
  const link = 'fd000005000000000000000000000001';
  const peer = 'fe8000000000000000000000000000aa';
  return `${type} ${hops} ${link} ${peer} ${before} ${option(9, inner)} ${after}`;
}

function hex16(number: number): string {
  return number.toString(16).padStart(4, '0');
}
