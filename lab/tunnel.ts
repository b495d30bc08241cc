// Leads from a Unix socket into the network namespace that this program runs in: `node lab/tunnel.ts SOCKET PORT`
// passes each connection to SOCKET on to 127.0.0.1:PORT. File names cross namespaces, network addresses don't.
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { passOn } from './pass-on.ts';

const [socketPath = '', port = ''] = process.argv.slice(2);
const server = createServer((client) => passOn(client, { host: '127.0.0.1', port: Number(port) }));
// A program that was started a second time gets a tunnel of its own.
rmSync(socketPath, { force: true });
server.listen(socketPath, () => process.stdout.write('listening\n'));
