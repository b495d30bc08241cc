// Kea's DHCPv4 server, ISC's successor of dhcpd.
import type { Host } from '../host.ts';
import { DEFAULT_LEASE_SECONDS, type DhcpServer, type DhcpServerOptions } from './dhcp-server.ts';

const CONFIG = '/run/lab/kea.json';
const LEASES = '/run/lab/kea-leases4.csv';

/** Resolves once it serves. */
export async function startKea(host: Host, options: DhcpServerOptions): Promise<DhcpServer> {
  const { subnet, range, leaseSeconds = DEFAULT_LEASE_SECONDS } = options;
  const config = {
    Dhcp4: {
      authoritative: true,
      'interfaces-config': { interfaces: ['eth0'], 'dhcp-socket-type': 'raw' },
      'lease-database': { type: 'memfile', persist: true, name: LEASES },
      'valid-lifetime': leaseSeconds,
      subnet4: [{ id: 1, subnet, pools: [{ pool: range.join(' - ') }] }],
      loggers: [{ name: 'kea-dhcp4', severity: 'INFO', output_options: [{ output: 'stdout' }] }],
    },
  };
  await host.writeFile(CONFIG, JSON.stringify(config));
  const process = host.spawn(['kea-dhcp4', '-c', CONFIG], {
    KEA_PIDFILE_DIR: '/run/lab',
    KEA_LOCKFILE_DIR: '/run/lab',
    KEA_LOGGER_DESTINATION: 'stdout',
  });
  await process.waitForLine(/DHCP4_STARTED/);
  return { process, leaseFile: LEASES };
}
