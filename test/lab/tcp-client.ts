// Connects once, by node: `node tcp-client.ts ADDRESS PORT` prints what the server said, or the code of the error.
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';

/** Linux asks again after 1 s, so that one lost question is no silence. */
const TIMEOUT_MS = 2_500;

const [host, port] = process.argv.slice(2);
const socket = createConnection({ host: host!, port: Number(port) });
const timer = setTimeout(() => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })), TIMEOUT_MS);
const said = await text(socket).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
clearTimeout(timer);
process.stdout.write(`${said.trim()}\n`);
