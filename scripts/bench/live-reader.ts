// Runs inside a namespace: captures as the daemon does, judges every frame, and prints what it counted.

import { chooseInterfaces } from '../../src/host/capture/interfaces.ts';
import { LiveCapture } from '../../src/host/capture/live-capture.ts';
import { Clock, systemClocks } from '../../src/host/clock.ts';
import { Watcher } from '../../src/watch/watcher.ts';

const clock = new Clock(systemClocks());
const watcher = new Watcher({ dhcp: { ranges: [], servers: null } });
let frames = 0;
let bytes = 0;
let lastAt = clock.now();
const capture = new LiveCapture({
  choose: (all) => chooseInterfaces(all, process.argv.slice(2)),
  clock,
  handler: (frame) => {
    frames += 1;
    bytes += frame.wireLength;
    lastAt = frame.at;
    watcher.frame(frame);
  },
  onBatch: () => {},
  onChange: () => {},
  onError: (error) => console.error(error.message),
});

const before = process.cpuUsage();
const startedAt = clock.now();
console.log('ready');
process.stdin.resume();
process.stdin.once('end', async () => {
  const cpu = process.cpuUsage(before);
  const counters = capture.counters();
  await capture.close();
  console.log(
    JSON.stringify({
      received: frames,
      bytes,
      dropped: counters.reduce((sum, { dropped }) => sum + dropped, 0),
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      seconds: (lastAt - startedAt) / 1e6,
      rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
    }),
  );
});
