// Who asks and reads nothing must not fill the agent's memory, nor keep others out: 512 connections of eleven addresses, each of
// which asks for a large page and takes next to nothing of it.
import { setTimeout as pause } from 'node:timers/promises';
import { Crowd, type CrowdReport } from '../../lab/crowd.ts';
import { Lab } from '../../lab/lab.ts';
import { megabytes } from './cost.ts';
import { AGENT_HTTP, startCrowdedAgent, startStrangers } from './crowded-agent.ts';
import { printTable } from './table.ts';

const LEASES = 13_546;
const CLAIMS = 16_000;
const CONNECTIONS = 512;
const SECONDS = 30;
const MOST_MB = 150;
const PATHS = ['/api/v1/leases?limit=2000', '/api/v1/claims?limit=2000'];

await using lab = await Lab.create();
const agent = await startCrowdedAgent(lab, LEASES, CLAIMS);
const friend = await startStrangers(lab, 'friend', 1, 100);
const crowd = await startStrangers(lab, 'crowd', 11, 200);
await crowd.host.run(['sh', '-c', 'echo 4096 4096 6291456 > /proc/sys/net/ipv4/tcp_rmem']);

const before = await agent.residentMiB();
await using asking = await Crowd.start(crowd.host, 'unread', CONNECTIONS, AGENT_HTTP, PATHS, crowd.addresses);
await using fromNode = await Crowd.start(agent.node, 'probe', 1, '127.0.0.1:9797', ['/healthz']);
await using fromLan = await Crowd.start(friend.host, 'probe', 1, AGENT_HTTP, ['/api/v1/vips']);
let peak = 0;
for (let i = 0; i < SECONDS * 5; i += 1) {
  peak = Math.max(peak, await agent.residentMiB());
  await pause(200);
}
const reports = await Promise.all([fromNode.report(), fromLan.report()]);
const { asked } = await asking.report();
const { stdout } = await agent.node.run(['sh', '-c', 'ss -Htn state established dst 10.99.0.192/26']);
const text = ({ p50, p99, probes }: CrowdReport) => `${p50?.toFixed(1)} / ${p99?.toFixed(1)} ms of ${probes}`;
const limit = ({ errors, probes }: CrowdReport) => ({
  text: 'all answered',
  holds: probes > 0 && Object.keys(errors).length === 0,
});
printTable(`${CONNECTIONS} connections that read nothing, for ${SECONDS} s (${agent.tables})`, [
  {
    what: 'resident memory: before, highest',
    measured: `${before.toFixed(0)}, ${peak.toFixed(0)} MiB`,
    limit: { text: `below ${MOST_MB} MB`, holds: megabytes(peak) < MOST_MB },
  },
  {
    what: 'asked; of which connections are left',
    measured: `${asked}; ${stdout.split('\n').length - 1}`,
    limit: null,
  },
  {
    what: '/healthz from the node: p50 / p99',
    measured: text(reports[0]!),
    limit: limit(reports[0]!),
  },
  {
    what: '/api/v1/vips from another machine: p50 / p99',
    measured: text(reports[1]!),
    limit: limit(reports[1]!),
  },
]);
