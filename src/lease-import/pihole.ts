// What Pi-hole's API (version 6) answers about its DHCP server.
import { at, textAt, textsAt } from '../base/json.ts';
import { addDnsmasqHost } from './dnsmasq-conf.ts';
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
  for (const host of textsAt(dhcp, 'hosts')) addDnsmasqHost(draft, host);
  return true;
}
