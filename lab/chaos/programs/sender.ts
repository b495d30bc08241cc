// Sends frames from eth0 of the host that it runs on, by lines on standard input:
//   `flood KIND RATE SECONDS SEED`   so many frames a second, for so long; a new one ends the one before
//   `send HEX`                       one frame
// Says `flooded KIND SENT MISSED` when a flood is over.
import { createInterface } from 'node:readline';
import { readInterfaces } from '../../../src/host/capture/netlink-socket.ts';
import { PacketSocket } from '../../../src/host/capture/packet-socket.ts';
import { Random } from '../../world/random.ts';
import { type FloodKind, poolOf } from '../frames.ts';

const POOL = 8192;
const TURN_MS = 5;
/** What was missed by a busy machine is not made up for beyond this. */
const MOST_AT_ONCE = 500;

const eth0 = readInterfaces().find(({ name }) => name === 'eth0');
if (!eth0) throw new Error('this host has no eth0');
const socket = new PacketSocket(eth0.index, 64 * 1024);
let end = () => {};

function flood(kind: FloodKind, rate: number, seconds: number, seed: string): void {
  end();
  const pool = poolOf(kind, new Random(seed), POOL);
  const started = performance.now();
  let due = 0;
  let sent = 0;
  let missed = 0;
  const timer = setInterval(() => {
    const elapsed = Math.min((performance.now() - started) / 1000, seconds);
    const wanted = Math.floor(elapsed * rate) - due;
    const now = Math.min(wanted, MOST_AT_ONCE);
    for (let i = 0; i < now; i += 1) {
      if (socket.send(pool[(due + i) % POOL]!) === 'sent') sent += 1;
      else missed += 1;
    }
    missed += wanted - now;
    due += wanted;
    if (elapsed >= seconds) end();
  }, TURN_MS);
  end = () => {
    clearInterval(timer);
    end = () => {};
    console.log(`flooded ${kind} ${sent} ${missed}`);
  };
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(' ');
  if (command === 'send') socket.send(Buffer.from(words[0]!, 'hex'));
  else if (command === 'flood')
    flood(words[0] as FloodKind, Number(words[1]), Number(words[2]), words[3] ?? '');
  else throw new Error(`no such command: ${line}`);
}
