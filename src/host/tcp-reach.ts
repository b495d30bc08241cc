// Whether a TCP port of a machine can be reached: connects, and closes at once.
import { createConnection } from 'node:net';

/** `silent`: nobody answers, as behind a firewall that drops. `away`: the machine itself cannot be reached. */
export type Reach = 'open' | 'refused' | 'silent' | 'away';

/** The kernel sends its SYN again after a second and after three. */
const ANSWER_WITHIN_MS = 3_500;

export async function reachTcp(host: string, port: number, withinMs = ANSWER_WITHIN_MS): Promise<Reach> {
  return await new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (reach: Reach) => {
      socket.destroy();
      resolve(reach);
    };
    socket.setTimeout(withinMs, () => end('silent'));
    socket.once('connect', () => end('open'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED' || code === 'ECONNRESET') end('refused');
      else end(code === 'ETIMEDOUT' ? 'silent' : 'away');
    });
  });
}
