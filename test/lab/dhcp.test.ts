import { describe, expect, it } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { startDhclient } from '../../lab/roles/dhclient.ts';
import { startDhcpcd } from '../../lab/roles/dhcpcd.ts';
import { startDhcpd } from '../../lab/roles/dhcpd.ts';
import { startDnsmasq } from '../../lab/roles/dnsmasq.ts';
import { startKea } from '../../lab/roles/kea.ts';
import { startUdhcpc } from '../../lab/roles/udhcpc.ts';
import { labUnavailable } from './available.ts';
import { dhcpTypes, readFrames } from './frames.ts';

const SUBNET = '192.168.1.0/24';
const ROUTER = { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' };
const NODE = { mac: '02:00:00:00:00:11', address: '192.168.1.11/24' };
const PHONE = { mac: '02:00:00:00:00:aa' };

const skip = labUnavailable('dnsmasq', 'dhcpd', 'kea-dhcp4', 'udhcpc', 'dhclient', 'dhcpcd');

describe.skipIf(skip)('DHCP in the lab', () => {
  const pairs = [
    { server: 'dnsmasq', client: 'udhcpc', startServer: startDnsmasq, startClient: startUdhcpc },
    { server: 'dhcpd', client: 'dhclient', startServer: startDhcpd, startClient: startDhclient },
    { server: 'kea', client: 'udhcpc', startServer: startKea, startClient: startUdhcpc },
    { server: 'kea', client: 'dhclient', startServer: startKea, startClient: startDhclient },
  ];
  it.each(pairs)('$server leases $client the address it asks for', async ({ startServer, startClient }) => {
    await using lab = await Lab.create();
    const router = await lab.host('router', ROUTER);
    const phone = await lab.host('phone', PHONE);
    const capture = await lab.switch.capture();
    await startServer(router, { subnet: SUBNET, range: ['192.168.1.100', '192.168.1.200'] });

    const client = await startClient(phone, { hostname: 'luca-phone', request: '192.168.1.150' });
    expect(await client.bound()).toBe('192.168.1.150');
    expect(await phone.addresses()).toEqual(['192.168.1.150']);

    const types = dhcpTypes(readFrames(await capture.stop()));
    // In order of first appearance: dnsmasq pings before it offers, and the client asks again meanwhile.
    expect([...new Set(types)]).toEqual(['DISCOVER', 'OFFER', 'REQUEST', 'ACK']);
  });

  it('dhcpcd declines an address that it finds taken, and keeps clear of it', async () => {
    await using lab = await Lab.create();
    const router = await lab.host('router', ROUTER);
    const node = await lab.host('w1', NODE);
    const phone = await lab.host('phone', PHONE);
    const announcer = await startAnnouncer(node);
    await announcer.announce('192.168.1.50');
    const capture = await lab.switch.capture();
    // The only address there is, so that the server must offer it; it does not ask before.
    await startDhcpd(router, { subnet: SUBNET, range: ['192.168.1.50', '192.168.1.50'] });
    const client = await startDhcpcd(phone);
    await client.process.waitForLine(
      /DAD detected 192\.168\.1\.50|hardware address .* claims 192\.168\.1\.50/,
    );
    await client.process.waitForLine(/DECLINE/i, { timeoutMs: 15_000 });
    expect(await phone.addresses()).not.toContain('192.168.1.50');

    const frames = readFrames(await capture.stop());
    const decline = frames.find(
      ({ layers }) => layers.protocol === 'dhcp' && layers.packet.messageType === 4,
    );
    expect(decline?.sourceMac).toBe(PHONE.mac);
  });
});
