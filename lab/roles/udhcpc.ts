// busybox udhcpc, as in many phones, boxes and containers: it takes what it is given and announces nothing.
import type { Host } from '../host.ts';
import { type DhcpClient, dhcpClient, installScript } from './dhcp-client.ts';

export interface UdhcpcOptions {
  readonly hostname?: string;
  /** The address to ask the server for. */
  readonly request?: string;
}

export async function startUdhcpc(host: Host, options: UdhcpcOptions = {}): Promise<DhcpClient> {
  const script = await installScript(host);
  const { hostname, request } = options;
  return dhcpClient(
    host.spawn([
      'udhcpc',
      ...['--foreground', '--interface', 'eth0', '--script', script, '--timeout', '1', '--tryagain', '1'],
      ...(hostname ? ['-x', `hostname:${hostname}`] : []),
      ...(request ? ['--request', request] : []),
    ]),
  );
}
