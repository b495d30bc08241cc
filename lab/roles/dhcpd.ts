// ISC dhcpd.
import type { Host } from '../host.ts';
import { DEFAULT_LEASE_SECONDS, type DhcpServer, type DhcpServerOptions, netmaskOf } from './dhcp-server.ts';

const CONFIG = '/run/lab/dhcpd.conf';
const LEASES = '/run/lab/dhcpd.leases';

/** Resolves once it serves. */
export async function startDhcpd(host: Host, options: DhcpServerOptions): Promise<DhcpServer> {
  const { subnet, range, leaseSeconds = DEFAULT_LEASE_SECONDS } = options;
  await host.writeFile(
    CONFIG,
    `authoritative;
ping-check false;
default-lease-time ${leaseSeconds};
max-lease-time ${leaseSeconds};
subnet ${subnet.split('/')[0]} netmask ${netmaskOf(subnet)} { range ${range[0]} ${range[1]}; }
`,
  );
  await host.writeFile(LEASES, '');
  const files = ['-cf', CONFIG, '-lf', LEASES, '-pf', '/run/lab/dhcpd.pid'];
  const process = host.spawn([
    'dhcpd',
    '-4',
    '-f',
    '-d',
    ...files,
    '-user',
    'root',
    '-group',
    'root',
    'eth0',
  ]);
  await process.waitForLine(/^Server starting service/);
  return { process };
}
