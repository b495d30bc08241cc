// Connects again and again, by node: `node client.ts ADDRESS PORT INTERVAL_MS` prints for each connection that was accepted when it
// was asked for, in milliseconds, and that it was.
import { createConnection } from 'node:net';

const [host, port, interval] = process.argv.slice(2);
process.stdout.write('asking\n');
setInterval(() => {
  const at = Date.now();
  const socket = createConnection({ host: host!, port: Number(port) });
  socket.on('connect', () => {
    // A SYN that was sent again says nothing of its own time.
    if (Date.now() - at < 900) process.stdout.write(`served ${at}\n`);
    socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  setTimeout(() => socket.destroy(), 1_000);
}, Number(interval));
