// What judging one frame costs, by what is in it: none may cost so much more than another that a flood of it blinds the agent.
import { type Ipv4, type Mac, parseIp } from '../../src/net/address.ts';
import type { CapturedFrame } from '../../src/net/frame.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import { FLOODED_VIP, FLOODS } from './flood-frames.ts';
import { printTable, type Row } from './table.ts';

/** More than the finding book holds, so that most are judged with a full one. */
const FRAMES = 12_000;
const WARM_UP = 4_000;
/** Of the cheapest DHCP frame, in CPU time. What a frame costs the agent as a whole, `make bench-flood` measures. */
const MOST = 3;
const UNIT = 'DHCP DISCOVER';
const ROUNDS = 4;
const START = 1_772_000_000_000_000;
const EVERY = 500;

const ip = (text: string) => parseIp(text) as Ipv4;

/** Microseconds of CPU time for one frame. */
function costOf(frameAt: (i: number) => Uint8Array): number {
  const watcher = new Watcher({ dhcp: { ranges: [], servers: null } });
  const intent = {
    pools: [{ name: 'main-pool', ranges: [parseRange('192.168.1.50-192.168.1.59') as IpRange] }],
    vips: [{ address: FLOODED_VIP, service: 'traefik/traefik' }],
    nodes: [{ name: 'cp', addresses: [ip('192.168.1.10')], macs: ['02:00:00:00:00:10' as Mac] }],
  };
  watcher.setIntent(intent, START);
  const link = { interface: 'eth0', vlan: null };
  const frames = Array.from({ length: FRAMES + WARM_UP }, (_, i): CapturedFrame => {
    const bytes = frameAt(i);
    const lengths = { start: 0, end: bytes.length, wireLength: bytes.length };
    return { bytes, ...lengths, at: START + i * EVERY, link, strippedVlan: null, outgoing: false };
  });
  for (const frame of frames.slice(0, WARM_UP)) watcher.frame(frame);
  const before = process.cpuUsage();
  for (const frame of frames.slice(WARM_UP)) watcher.frame(frame);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / FRAMES;
}

// In turn, the best of each: the first time the code is still being compiled, and others share the machine.
const costs = Object.keys(FLOODS).map((what) => ({ what, cost: Number.POSITIVE_INFINITY }));
for (let round = 0; round < ROUNDS; round += 1)
  for (const row of costs) row.cost = Math.min(row.cost, costOf(FLOODS[row.what]!));
const { cost: unit } = costs.find(({ what }) => what === UNIT)!;
const rows: Row[] = costs.map(({ what, cost }) => ({
  what,
  measured: `${cost.toFixed(1)} µs, ${(cost / unit).toFixed(1)}x`,
  limit: { text: `at most ${MOST}x a ${UNIT}`, holds: cost <= MOST * unit },
}));
printTable('Judging one frame of a flood, each from another machine', rows);
