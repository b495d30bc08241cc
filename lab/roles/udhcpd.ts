// BusyBox's udhcpd, the DHCP server of small routers: it keeps what it offered for a minute.
import type { Host } from '../host.ts';
import { DEFAULT_LEASE_SECONDS, type DhcpServer, type DhcpServerOptions, netmaskOf } from './dhcp-server.ts';

const CONFIG = '/run/lab/udhcpd.conf';
const LEASES = '/run/lab/udhcpd.leases';

/** Resolves once it serves. It writes its leases on SIGUSR1. */
export async function startUdhcpd(host: Host, options: DhcpServerOptions): Promise<DhcpServer> {
  const { subnet, range, leaseSeconds = DEFAULT_LEASE_SECONDS } = options;
  await host.writeFile(
    CONFIG,
    `start ${range[0]}
end ${range[1]}
interface eth0
lease_file ${LEASES}
pidfile /run/lab/udhcpd.pid
option subnet ${netmaskOf(subnet)}
option lease ${leaseSeconds}
`,
  );
  await host.writeFile(LEASES, '');
  const process = host.spawn(['udhcpd', '-f', CONFIG]);
  await process.waitForLine(/started/);
  return { process, leaseFile: LEASES };
}
