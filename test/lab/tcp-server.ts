// A TCP server on every address of the host that it runs on, by node: `node tcp-server.ts PORT`.
import { createServer } from 'node:net';

const port = Number(process.argv[2]);
createServer((socket) => socket.destroy()).listen({ port, host: '::' }, () =>
  process.stdout.write('listening\n'),
);
