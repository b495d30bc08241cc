// Two servers that know nothing of each other lease the same address twice.
import type { Cluster } from '../model/cluster.ts';
import { counted, listed, skip, type Verdict } from './verdict.ts';

export function dhcpServers({ facts: { dhcp, wire } }: Cluster): Verdict {
  if (wire === null || wire.dhcpServers === null)
    return skip('the LAN was not asked which DHCP servers answer');
  // A server that offers no address only tells where to boot from (proxyDHCP).
  const leasing = wire.dhcpServers.filter(({ offersAddresses }) => offersAddresses).map(({ ip }) => ip);
  const looked = counted(leasing.length, 'server');
  // Pairs of one product are named, both, by whoever runs them.
  const unexpected =
    dhcp.expectedServers === null ? leasing : leasing.filter((ip) => !dhcp.expectedServers!.includes(ip));
  const isWrong = dhcp.expectedServers === null ? leasing.length > 1 : unexpected.length > 0;
  if (!isWrong) return { problems: [], looked };
  const message = `On ${wire.interface} ${counted(leasing.length, 'DHCP server')} ${leasing.length === 1 ? 'answers' : 'answer'}: ${listed(leasing)}. Each may lease what the other keeps free.`;
  const remedy =
    'Turn off the one that nobody means to run. Where both are meant, as in a pair that knows of each other, name both in dhcp.servers.';
  return { problems: [{ subjects: [], ip: unexpected[0] ?? null, message, remedy }], looked };
}
