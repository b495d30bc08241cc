// A TCP server on every address of the host that it runs on, by node: `node tcp-server.ts PORT [GREETING]`.
import { createServer } from 'node:net';

const [port, greeting] = process.argv.slice(2);
createServer((socket) => {
  // Whoever only asks for a connection resets it.
  socket.on('error', () => {});
  if (greeting === undefined) socket.destroy();
  else socket.end(`${greeting}\n`);
}).listen({ port: Number(port), host: '::' }, () => process.stdout.write('listening\n'));
