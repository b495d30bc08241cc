// What Pi-hole's API (version 6) answers about its DHCP server.
import { at, textAt, textsAt } from '../base/json.ts';
import { isIpv4, parseIp, parseMac } from '../net/address.ts';
import type { Draft } from './draft.ts';
import { type Reading, read, unreadable } from './imported.ts';

/** The session's id, of the answer to a login. */
export function piholeSession(document: unknown): Reading<string> {
  const sid = textAt(document, 'session', 'sid');
  if (at(document, 'session', 'valid') === true && sid !== undefined) return read(sid);
  return unreadable('the password was not accepted');
}

export function addPiholeLease(draft: Draft, lease: unknown): void {
  const expires = at(lease, 'expires');
  const ip = textAt(lease, 'ip') ?? '';
  // dnsmasq's file holds those of DHCPv6 as well.
  if (ip.includes(':')) return;
  if (typeof expires !== 'number') return draft.notUnderstood();
  draft.lease({
    ip,
    mac: textAt(lease, 'hwaddr') ?? '',
    clientId: textAt(lease, 'clientid') ?? null,
    hostname: textAt(lease, 'name') ?? null,
    expiresAt: expires === 0 ? Number.POSITIVE_INFINITY : expires,
  });
}

/** Whether it holds the settings of the DHCP server. */
export function addPiholeConfig(draft: Draft, document: unknown): boolean {
  const dhcp = at(document, 'config', 'dhcp');
  const active = at(dhcp, 'active');
  if (typeof active !== 'boolean') return false;
  if (!active) {
    draft.doubt('its DHCP server is off: its range means nothing');
    return true;
  }
  draft.range(`${textAt(dhcp, 'start')}-${textAt(dhcp, 'end')}`);
  // Each a line of dnsmasq's `dhcp-host`.
  for (const line of textsAt(dhcp, 'hosts')) {
    const words = line.split(',').map((word) => word.trim());
    const ip = words.find((word) => {
      const parsed = parseIp(word);
      return parsed !== undefined && isIpv4(parsed);
    });
    if (ip === undefined) continue;
    const mac = words.find((word) => parseMac(word) !== undefined) ?? null;
    const name = words.find((word) => word !== ip && word !== mac && /^[a-z0-9_.-]+$/i.test(word)) ?? null;
    draft.reservation(ip, mac, name);
  }
  return true;
}
