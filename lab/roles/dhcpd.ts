// ISC dhcpd.
import type { Host } from '../host.ts';
import { DEFAULT_LEASE_SECONDS, type DhcpServer, type DhcpServerOptions, netmaskOf } from './dhcp-server.ts';

export const DHCPD_CONFIG = '/run/lab/dhcpd.conf';
export const DHCPD_LEASES = '/run/lab/dhcpd.leases';

export interface DhcpdOptions extends DhcpServerOptions {
  /** Pings an address before it offers it, and sets aside for a day what answers, as by default. @default false */
  readonly ping?: boolean;
}

/** Resolves once it serves. */
export async function startDhcpd(host: Host, options: DhcpdOptions): Promise<DhcpServer> {
  const { subnet, range, leaseSeconds = DEFAULT_LEASE_SECONDS, ping = false } = options;
  await host.writeFile(
    DHCPD_CONFIG,
    `authoritative;
ping-check ${ping};
default-lease-time ${leaseSeconds};
max-lease-time ${leaseSeconds};
subnet ${subnet.split('/')[0]} netmask ${netmaskOf(subnet)} { range ${range[0]} ${range[1]}; }
`,
  );
  await host.writeFile(DHCPD_LEASES, '');
  const files = ['-cf', DHCPD_CONFIG, '-lf', DHCPD_LEASES, '-pf', '/run/lab/dhcpd.pid'];
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
  return { process, leaseFile: DHCPD_LEASES };
}
