// Made-up MACs.
import { type Mac, macAt } from '../../src/net/address.ts';
import type { Random } from './random.ts';

/** Administered locally, and one station's. */
export function stationMac(random: Random): Mac {
  const bytes = random.bytes(6);
  bytes[0] = (bytes[0]! & 0xfc) | 0x02;
  return macAt(bytes, 0);
}
