// Two tables that give one address to two machines.
import type { Ipv4, Mac } from '../net/address.ts';
import type { Imported } from './imported.ts';

/** One line for each pair of tables that do. */
export function disagreements(tables: ReadonlyMap<string, Pick<Imported, 'leases'>>): string[] {
  const lines: string[] = [];
  const holders = [...tables].map(([name, { leases }]) => ({
    name,
    byIp: new Map<Ipv4, Mac>(leases.map(({ ip, mac }) => [ip, mac])),
  }));
  for (const [index, one] of holders.entries()) {
    for (const other of holders.slice(index + 1)) {
      const differing = [...one.byIp].filter(([ip, mac]) => (other.byIp.get(ip) ?? mac) !== mac);
      const [first] = differing[0] ?? [];
      const more = differing.length > 1 ? ` and ${differing.length - 1} more` : '';
      if (first) lines.push(`${one.name} and ${other.name} give ${first}${more} to different machines`);
    }
  }
  return lines;
}
