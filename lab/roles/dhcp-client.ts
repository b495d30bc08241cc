// What the DHCP clients of the lab share: the script that gives the interface its address. The clients' own scripts
// would also write the machine's /etc/resolv.conf.
import type { Host } from '../host.ts';
import type { LabProcess, WaitOptions } from '../process.ts';

export interface DhcpClient {
  readonly process: LabProcess;
  /** Resolves with the address once the client has bound it; see {@link LabProcess.waitForLine} for errors. */
  bound(options?: WaitOptions): Promise<string>;
}

const SCRIPT = '/run/lab/dhcp-event';

// The three clients name the same things differently. udhcpc gives the event as its first argument.
const SCRIPT_TEXT = `#!/bin/sh
event=\${reason:-$1}
address=\${ip:-$new_ip_address}
prefix=\${mask:-24}
case $event in
  bound | renew | BOUND | RENEW | REBIND | REBOOT)
    ip -4 address flush dev eth0
    ip address add "$address/$prefix" broadcast + dev eth0
    echo "lease $address"
    ;;
  deconfig | EXPIRE | FAIL | RELEASE | STOP) ip -4 address flush dev eth0 ;;
  PREINIT) ip link set eth0 up ;;
esac
exit 0
`;

/** Puts the script on the host and returns its path there. */
export async function installScript(host: Host): Promise<string> {
  await host.writeFile(SCRIPT, SCRIPT_TEXT, 0o755);
  return SCRIPT;
}

export function dhcpClient(process: LabProcess): DhcpClient {
  return { process, bound: async (options) => (await process.waitForLine(/^lease ([\d.]+)$/, options))[1]! };
}
