// dnsmasq as the DHCPv6 server. It leases addresses, and says nothing of routers.
import type { Host } from '../host.ts';
import type { DhcpServer } from './dhcp-server.ts';

export interface Dnsmasqv6Options {
  /** First and last address, within the /64 of the host's own. */
  readonly range: readonly [string, string];
  /** At least two minutes; dnsmasq wants no less. @default 1 hour */
  readonly leaseSeconds?: number;
}

const LEASES = '/run/lab/dnsmasq-v6.leases';

/** Resolves once it serves. The host's address must be past its duplicate address detection. */
export async function startDnsmasqv6(host: Host, options: Dnsmasqv6Options): Promise<DhcpServer> {
  const { range, leaseSeconds = 3600 } = options;
  const process = host.spawn([
    'dnsmasq',
    ...['--no-daemon', '--log-dhcp', '--conf-file=/dev/null'],
    ...['--port=0', '--interface=eth0', '--bind-interfaces', '--pid-file='],
    ...['--dhcp-authoritative', `--dhcp-leasefile=${LEASES}`],
    `--dhcp-range=${range[0]},${range[1]},64,${leaseSeconds}`,
  ]);
  await process.waitForLine(/^dnsmasq-dhcp.*sockets bound/);
  return { process, leaseFile: LEASES };
}
