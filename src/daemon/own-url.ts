// Where this agent's own pages can be read by others: for the links in alerts.
import { type IpAddress, isLinkLocal } from '../net/address.ts';
import type { Core } from './core.ts';

const ANYWHERE = ['0.0.0.0', '::'];
const LOOPBACK = /^(127\.|::1$)/;

/** Null as well while nothing is served yet. */
export function agentUrl({ config, late }: Core): string | null {
  const { capture, serving } = late;
  if (!capture || !serving) return null;
  const own = capture.captured().flatMap(({ info }) => info.addresses.map(({ ip }) => ip));
  return ownUrl(config.http.address, serving.port, own);
}

/**
 * `http://192.168.1.10:9797`; null where none can be named.
 * @param address what is listened on.
 * @param own the addresses of this machine's captured interfaces, in their order.
 */
export function ownUrl(address: string, port: number, own: readonly IpAddress[]): string | null {
  const reached = ANYWHERE.includes(address) ? own.filter((one) => !isLinkLocal(one)) : [address];
  // With `::` both sorts are listened on; every browser reaches IPv4 in a LAN that has it.
  const ip = reached.find((one) => !one.includes(':')) ?? (address === '0.0.0.0' ? undefined : reached[0]);
  return ip === undefined || LOOPBACK.test(ip) ? null : urlOf(ip, port);
}

export function urlOf(address: string, port: number): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
