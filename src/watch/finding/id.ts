// How findings are named outside: `foreign-claim_192.168.1.0-24_192.168.1.50_02:00:00:00:00:aa`. An interface has another name on
// each node; its network has not. Only characters that stand for themselves in a URL.

import type { OwnNetwork } from '../../intent/index.ts';
import { type IpAddress, isIpv4, isLinkLocal } from '../../net/address.ts';
import { type IpRange, ipOfNumber, rangeContains, rangeText } from '../../net/range.ts';
import type { Segment } from '../lan/segment.ts';
import { type Identity, nameOf } from './entry.ts';

/** Kind, segment, address, and the culprit where it is part of the identity. */
export function findingId({ kind, segment, ip, culprit }: Identity, networks: readonly OwnNetwork[]): string {
  const place = segment && placeOf(segment, ip, networks);
  const parts = [kind, ...(place ? [place] : []), ip, ...(culprit ? [nameOf(culprit)] : [])];
  return parts.map(inUrl).join('_');
}

/** The network that this agent has an address in there: the one that the address is of, else the first. */
function placeOf(segment: Segment, ip: IpAddress, networks: readonly OwnNetwork[]): string {
  const own = networks.filter((one) => one.segment === segment.name && !isLinkLocalNetwork(one));
  const network = own.find((one) => rangeContains(one, ip)) ?? own.toSorted(byFamilyAndAddress)[0];
  if (!network) return segment.name;
  // Two interfaces in one network: the second one keeps its name.
  const isSecond = networks.some(
    (other) => other.segment < segment.name && rangeText(other) === rangeText(network),
  );
  return isSecond ? segment.name : networkText(network);
}

function byFamilyAndAddress(a: IpRange, b: IpRange): number {
  return a.family - b.family || (a.first < b.first ? -1 : 1);
}

function isLinkLocalNetwork({ family, first }: IpRange): boolean {
  const address = ipOfNumber(family, first);
  return !isIpv4(address) && isLinkLocal(address);
}

/** `192.168.1.0-24` for 192.168.1.0/24. */
function networkText({ family, first, last }: IpRange): string {
  const hostBits = (last - first).toString(2).replace(/^0$/, '').length;
  return `${ipOfNumber(family, first)}-${(family === 4 ? 32 : 128) - hostBits}`;
}

/** Interfaces, and nodes of a static intent, may be called anything. */
function inUrl(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9.:-]/gu, (character) =>
    [...new TextEncoder().encode(character)].map((byte) => `~${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
