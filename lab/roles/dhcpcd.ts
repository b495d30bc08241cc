// dhcpcd: before it uses an address it asks the LAN whether anyone has it (RFC 5227), and declines it if so.
import type { Host } from '../host.ts';
import { type DhcpClient, dhcpClient, installScript } from './dhcp-client.ts';

export async function startDhcpcd(host: Host): Promise<DhcpClient> {
  const script = await installScript(host);
  await host.writeFile('/run/lab/dhcpcd.conf', 'duid\n');
  return dhcpClient(
    host.spawn([
      'dhcpcd',
      ...[
        '--ipv4only',
        '--nobackground',
        '--noipv4ll',
        '--debug',
        '--config',
        '/run/lab/dhcpcd.conf',
        '--script',
        script,
      ],
      'eth0',
    ]),
  );
}
