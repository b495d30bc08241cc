// Kea's DHCPv4 server, ISC's successor of dhcpd.
import { existsSync } from 'node:fs';
import type { Host } from '../host.ts';
import { DEFAULT_LEASE_SECONDS, type DhcpServer, type DhcpServerOptions } from './dhcp-server.ts';

export const KEA_CONFIG = '/run/lab/kea.json';
export const KEA_LEASES = '/run/lab/kea-leases4.csv';
/** Where it takes commands. */
export const KEA_SOCKET = '/run/lab/kea4.sock';
/** Of Debian: commands that list leases. */
const LEASE_COMMANDS = '/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_lease_cmds.so';

/** Resolves once it serves. */
export async function startKea(host: Host, options: DhcpServerOptions): Promise<DhcpServer> {
  const { subnet, range, leaseSeconds = DEFAULT_LEASE_SECONDS } = options;
  const config = {
    Dhcp4: {
      authoritative: true,
      'interfaces-config': { interfaces: ['eth0'], 'dhcp-socket-type': 'raw' },
      'lease-database': { type: 'memfile', persist: true, name: KEA_LEASES },
      'control-socket': { 'socket-type': 'unix', 'socket-name': KEA_SOCKET },
      ...(existsSync(LEASE_COMMANDS) && { 'hooks-libraries': [{ library: LEASE_COMMANDS }] }),
      'valid-lifetime': leaseSeconds,
      subnet4: [{ id: 1, subnet, pools: [{ pool: range.join(' - ') }] }],
      loggers: [{ name: 'kea-dhcp4', severity: 'INFO', output_options: [{ output: 'stdout' }] }],
    },
  };
  await host.writeFile(KEA_CONFIG, JSON.stringify(config));
  const process = host.spawn(['kea-dhcp4', '-c', KEA_CONFIG], {
    KEA_PIDFILE_DIR: '/run/lab',
    KEA_LOCKFILE_DIR: '/run/lab',
    KEA_LOGGER_DESTINATION: 'stdout',
  });
  await process.waitForLine(/DHCP4_STARTED/);
  return { process, leaseFile: KEA_LEASES };
}
