// The real programs that the lab runs, and the Debian package that each comes from.
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const PACKAGE_OF = {
  amtool: 'prometheus-alertmanager',
  arping: 'iputils-arping',
  dhclient: 'isc-dhcp-client',
  dhcpcd: 'dhcpcd-base',
  dhcpd: 'isc-dhcp-server',
  dnsmasq: 'dnsmasq-base',
  ip: 'iproute2',
  'kea-ctrl-agent': 'kea-ctrl-agent',
  'kea-dhcp4': 'kea-dhcp4-server',
  keepalived: 'keepalived',
  ndisc6: 'ndisc6',
  nft: 'nftables',
  nsenter: 'util-linux',
  prometheus: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  promtool: 'prometheus',
  tcpdump: 'tcpdump',
  trafgen: 'netsniff-ng',
  udhcpc: 'udhcpc',
  udhcpd: 'udhcpd',
  unshare: 'util-linux',
} as const;

export type Tool = keyof typeof PACKAGE_OF;

// Debian leaves these off the PATH of everyone but root.
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** The search path for everything that runs in the lab, whoever started it. */
export const LAB_PATH = [...new Set([...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS])]
  .filter((folder) => folder !== '')
  .join(delimiter);

/** The root of this checkout. */
export const PROJECT_FOLDER = resolve(import.meta.dirname, '..') as `/${string}`;

/**
 * The full path of a program.
 *
 * @throws {Error} where it is not installed; the message names the Debian package that has it.
 */
export function toolPath(tool: Tool): string {
  for (const folder of LAB_PATH.split(delimiter)) {
    const path = join(folder, tool);
    if (isExecutable(path)) return path;
  }
  throw new Error(`Cannot run ${tool}: it is not installed (apt-get install ${PACKAGE_OF[tool]})`);
}

/** The first of these tools that is missing, in words for a skipped test; undefined where all are here. */
export function missingTool(...tools: Tool[]): string | undefined {
  for (const tool of tools) {
    try {
      toolPath(tool);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
