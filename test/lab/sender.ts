// Sends the frames given as hex arguments from eth0 of the host that it runs on, in order.
import { readInterfaces } from '../../src/host/capture/netlink-socket.ts';
import { PacketSocket } from '../../src/host/capture/packet-socket.ts';
import { fromHex } from '../hex.ts';

const eth0 = readInterfaces().find(({ name }) => name === 'eth0');
if (!eth0) throw new Error('this host has no eth0');
const socket = new PacketSocket(eth0.index);
for (const hex of process.argv.slice(2)) {
  const result = socket.send(fromHex(hex));
  if (result !== 'sent') throw new Error(`the frame was not sent: ${result}`);
}
socket.close();
