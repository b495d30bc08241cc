// dnsmasq as the DHCP server, as in most home routers.
import type { Host } from '../host.ts';
import { DEFAULT_LEASE_SECONDS, type DhcpServer, type DhcpServerOptions, netmaskOf } from './dhcp-server.ts';

export interface DnsmasqOptions extends DhcpServerOptions {
  /** Hands out addresses without pinging them first, as simple routers do. @default false */
  readonly noPing?: boolean;
}

export const DNSMASQ_LEASES = '/run/lab/dnsmasq.leases';

/** Resolves once it serves. */
export async function startDnsmasq(host: Host, options: DnsmasqOptions): Promise<DhcpServer> {
  const { subnet, range, leaseSeconds = DEFAULT_LEASE_SECONDS, noPing = false } = options;
  const process = host.spawn([
    'dnsmasq',
    // Debug mode: in the foreground, and no change of user, which a namespace of a single user refuses.
    ...['--no-daemon', '--log-dhcp', '--conf-file=/dev/null'],
    // No DNS.
    ...['--port=0', '--interface=eth0', '--bind-interfaces', '--pid-file='],
    ...['--dhcp-authoritative', `--dhcp-leasefile=${DNSMASQ_LEASES}`],
    `--dhcp-range=${range[0]},${range[1]},${netmaskOf(subnet)},${leaseSeconds}`,
    ...(noPing ? ['--no-ping'] : []),
  ]);
  await process.waitForLine(/^dnsmasq-dhcp.*sockets bound/);
  return { process, leaseFile: DNSMASQ_LEASES };
}
