// dhcpcd as a DHCPv6 client. It asks at once, and does not wait for a router that tells it to.
import type { Host } from '../host.ts';
import type { LabProcess, WaitOptions } from '../process.ts';

export interface Dhcpv6Client {
  readonly process: LabProcess;
  /** Resolves with the address once the client has it; see {@link LabProcess.waitForLine} for errors. */
  bound(options?: WaitOptions): Promise<string>;
}

const CONFIG = '/run/lab/dhcpcd-v6.conf';

// The machine's hooks would write its /etc/resolv.conf.
export async function startDhcpcdv6(host: Host, hostname: string): Promise<Dhcpv6Client> {
  await host.writeFile(
    CONFIG,
    ['duid ll', 'noipv6rs', 'ia_na 1', `hostname ${hostname}`, 'fqdn both', ''].join('\n'),
  );
  const process = host.spawn([
    'dhcpcd',
    ...['--ipv6only', '--nobackground', '--debug', '--config', CONFIG, '--script', '/bin/true'],
    'eth0',
  ]);
  return {
    process,
    bound: async (options) => (await process.waitForLine(/adding address ([0-9a-f:]+)\//, options))[1]!,
  };
}
