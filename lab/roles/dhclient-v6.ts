// dhclient as a DHCPv6 client that declines an address which somebody has: dhcpcd of Debian 12 leaves it be, and says nothing.
import type { Host } from '../host.ts';
import type { LabProcess } from '../process.ts';

const SCRIPT = '/run/lab/dhclient-v6-event';

// As Debian's own script does: 3 makes dhclient decline.
const SCRIPT_TEXT = `#!/bin/sh
case $reason in
  BOUND6 | RENEW6 | REBIND6)
    ip -6 address add "$new_ip6_address/64" dev eth0 2>/dev/null
    while ip -6 address show dev eth0 | grep "inet6 $new_ip6_address/" | grep -v dadfailed | grep -q tentative; do sleep 0.05; done
    ip -6 address show dev eth0 | grep "inet6 $new_ip6_address/" | grep -q dadfailed || exit 0
    ip -6 address del "$new_ip6_address/64" dev eth0
    exit 3
    ;;
esac
exit 0
`;

export async function startDhclientv6(host: Host): Promise<LabProcess> {
  await host.writeFile(SCRIPT, SCRIPT_TEXT, 0o755);
  await host.writeFile('/run/lab/dhclient-v6.conf', '');
  return host.spawn([
    'dhclient',
    ...['-6', '-d', '-v', '-D', 'LL'],
    ...[
      '-cf',
      '/run/lab/dhclient-v6.conf',
      '-lf',
      '/run/lab/dhclient-v6.leases',
      '-pf',
      '/run/lab/dhclient-v6.pid',
    ],
    ...['-sf', SCRIPT, 'eth0'],
  ]);
}
