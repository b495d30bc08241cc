// Runs inside a test's network namespace, because a packet socket belongs to the namespace of its process. Commands come as
// JSON lines on standard input, what happens goes out as JSON lines. `node agent.ts INTERFACE...`; without any it chooses. The
// environment's RING_BYTES is the length of each ring.
import { createInterface } from 'node:readline';
import { chooseInterfaces } from '../../../src/host/capture/interfaces.ts';
import { LiveCapture } from '../../../src/host/capture/live-capture.ts';
import { readInterfaces } from '../../../src/host/capture/netlink-socket.ts';
import { NoPacketSocketPermission, PacketSocket } from '../../../src/host/capture/packet-socket.ts';
import { Clock, systemClocks } from '../../../src/host/clock.ts';
import type { Link } from '../../../src/net/frame.ts';

export type Command =
  /** Sends on a socket of its own, so that the capture sees the frames as outgoing. */
  | { do: 'send'; interface: string; hex: string; times: number }
  | { do: 'send-through-capture'; link: Link; hex: string }
  | { do: 'counters' }
  | { do: 'interfaces' }
  | { do: 'throw-in-handler' }
  | { do: 'close' };

let throwing = false;
/** Lines are printed for so many frames after each command, so that a flood doesn't fill the pipe. */
const FRAME_LINES = 100;
let frameLines = FRAME_LINES;

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const clock = new Clock(systemClocks());
const capture = start();
say({ say: 'ready' });

for await (const line of createInterface({ input: process.stdin })) {
  const command: Command = JSON.parse(line);
  frameLines = FRAME_LINES;
  switch (command.do) {
    case 'send':
      send(command.interface, Buffer.from(command.hex, 'hex'), command.times);
      break;
    case 'send-through-capture':
      say({ say: 'sent', result: capture.send(command.link, Buffer.from(command.hex, 'hex')) });
      break;
    case 'counters':
      say({ say: 'counters', counters: capture.counters() });
      break;
    case 'interfaces':
      say({ say: 'interfaces', interfaces: capture.interfaces(), captured: capture.captured() });
      break;
    case 'throw-in-handler':
      throwing = true;
      break;
    case 'close':
      await capture.close();
      say({ say: 'closed' });
      break;
  }
}
await capture.close();

function start(): LiveCapture {
  const configured = process.argv.length > 2 ? process.argv.slice(2) : null;
  try {
    return new LiveCapture({
      choose: (all) => chooseInterfaces(all, configured),
      clock,
      ...(process.env.RING_BYTES && { ringBytes: Number(process.env.RING_BYTES) }),
      handler: (frame) => {
        if (throwing) throw new Error('the handler is broken');
        frameLines -= 1;
        if (frameLines < 0) return;
        say({
          say: 'frame',
          hex: Buffer.from(frame.bytes.subarray(frame.start, frame.end)).toString('hex'),
          wireLength: frame.wireLength,
          at: clock.toWall(frame.at),
          handledAt: clock.toWall(clock.now()),
          link: frame.link,
          strippedVlan: frame.strippedVlan,
          outgoing: frame.outgoing,
        });
      },
      onBatch: () => {},
      onChange: (event) => say({ say: 'change', ...event }),
      onError: (error) => say({ say: 'error', message: error.message }),
    });
  } catch (error) {
    if (!(error instanceof NoPacketSocketPermission)) throw error;
    say({ say: 'no-permission', message: error.message });
    process.exit(2);
  }
}

function send(interfaceName: string, frame: Uint8Array, times: number): void {
  const index = readInterfaces().find(({ name }) => name === interfaceName)?.index;
  if (index === undefined) throw new Error(`no interface ${interfaceName}`);
  const socket = new PacketSocket(index);
  const before = systemClocks().realtime();
  let result = 'sent';
  for (let i = 0; i < times && result === 'sent'; i += 1) result = socket.send(frame);
  socket.close();
  say({ say: 'sent', result, before });
}
