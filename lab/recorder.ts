// Writes every ARP, NDP and DHCP frame that an interface sees to standard output, as a pcap file. Stands in for tcpdump
// where that cannot run: it insists on changing its user, which a user namespace of a single user refuses.

import { chooseInterfaces } from '../src/host/capture/interfaces.ts';
import { LiveCapture } from '../src/host/capture/live-capture.ts';
import { Clock, systemClocks } from '../src/host/clock.ts';
import { pcapHeader, pcapRecord } from '../src/pcap/writer.ts';

const LAST_FRAMES_MS = 100;

const [interfaceName = ''] = process.argv.slice(2);
const clock = new Clock(systemClocks());

const capture = new LiveCapture({
  choose: (all) => chooseInterfaces(all, [interfaceName]),
  clock,
  handler: ({ at, bytes, start, end, wireLength }) => {
    process.stdout.write(pcapRecord(clock.toWall(at), bytes.subarray(start, end), wireLength));
  },
  onBatch: () => {},
  onChange: () => {},
  onError: (error) => {
    throw error;
  },
});
process.stdout.write(pcapHeader());
process.stderr.write('listening\n');
// The kernel hands over a block of frames some milliseconds after its first frame.
process.on('SIGTERM', () => setTimeout(() => void capture.close(), LAST_FRAMES_MS));
