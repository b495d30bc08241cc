// One machine has as many IPv6 addresses as it wants: who counts as one client, and who does not.
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { clientOf } from '../../../src/serve/http/client.ts';
import { Connections } from '../../../src/serve/http/connections.ts';

it.each([
  ['an IPv4 address', '192.168.1.7', '192.168.1.7'],
  ['the same within IPv6', '::ffff:192.168.1.7', '192.168.1.7'],
  ['an IPv6 address', 'fd00:0:0:1:a:b:c:d', clientOf('fd00:0:0:1::1')],
  ['one with a zone', 'fe80::a:b%eth0', clientOf('fe80::1')],
  ['nothing', undefined, '?'],
  ['what is no address', 'nonsense', 'nonsense'],
])('%s is one client', (_what, address, client) => {
  expect(clientOf(address)).toBe(client);
});

it('two networks of 64 bits are two clients, two IPv4 addresses too', () => {
  expect(clientOf('fd00:0:0:1::1')).not.toBe(clientOf('fd00:0:0:2::1'));
  expect(clientOf('192.168.1.7')).not.toBe(clientOf('192.168.1.8'));
});

it('a network of 64 bits may hold as many connections as one machine, whatever addresses it uses', () => {
  const connections = new Connections(() => 'stranger', { ofOneClient: 2 });
  const open = (from: string) => {
    const socket = new Socket();
    Object.defineProperty(socket, 'remoteAddress', { value: from });
    connections.opened(socket);
    return socket;
  };
  const sockets = ['fd00::1', 'fd00::2', 'fd00:0:0:1::1', 'fd00::3'].map(open);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, false, false, false]);
  connections.close();
});
