// ISC dhclient.
import type { Host } from '../host.ts';
import { type DhcpClient, dhcpClient, installScript } from './dhcp-client.ts';

const LEASES = '/run/lab/dhclient.leases';
const CONFIG = '/run/lab/dhclient.conf';

export interface DhclientOptions {
  readonly hostname?: string;
  /** The address to ask the server for. */
  readonly request?: string;
}

export async function startDhclient(host: Host, options: DhclientOptions = {}): Promise<DhcpClient> {
  const script = await installScript(host);
  const { hostname, request } = options;
  const config = [
    // Without it, several seconds may pass before the first message, to spread a street's restart after a power cut.
    'initial-delay 0;',
    ...(hostname ? [`send host-name "${hostname}";`] : []),
    ...(request ? [`send dhcp-requested-address ${request};`] : []),
  ];
  await host.writeFile(CONFIG, `${config.join('\n')}\n`);
  const files = ['-sf', script, '-lf', LEASES, '-pf', '/run/lab/dhclient.pid', '-cf', CONFIG];
  return dhcpClient(host.spawn(['dhclient', '-4', '-d', ...files, 'eth0']));
}
