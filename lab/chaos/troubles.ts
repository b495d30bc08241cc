// Does what the plan says to the agents and to what is around them. Each resolves when it is over, undone.
import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosAgent } from './agent.ts';
import { CLUSTER_AGENT, LIST_AGENT } from './home.ts';
import type { Flood, NodeTrouble, OutsideTrouble } from './plan.ts';
import type { Site } from './site.ts';

const READERS = 16;
const NON_READERS = 256;
const IDLE_CLIENTS = 512;
const STREAMS = 64;
/** Seconds. */
const CLOCK_STEP = 3600;

export function flood({ flooder }: Site, { flood: kind, rate, seconds }: Flood, seed: string): void {
  flooder.stdin.write(`flood ${kind} ${rate} ${seconds} ${seed}\n`);
}

export async function troubleNode(agent: ChaosAgent, { kind, seconds }: NodeTrouble): Promise<void> {
  const { host } = agent;
  const address = agent.name === 'cluster' ? CLUSTER_AGENT.address : LIST_AGENT.address;
  switch (kind) {
    case 'stall':
      await agent.signal('SIGSTOP');
      await pause(seconds * 1000);
      return await agent.signal('SIGCONT');
    case 'flap':
      for (let i = 0; i < seconds; i += 1) {
        await host.unplug();
        await pause(500);
        await host.plug();
        await pause(500);
      }
      return;
    case 'rename':
      await rename('eth0', 'eth9');
      await pause(seconds * 1000);
      return await rename('eth9', 'eth0');
    case 'move':
      // Into a namespace that lives as long as the pause, and back.
      await host.run(
        [
          'sh',
          '-c',
          `unshare --net sleep ${seconds + 5} & away=$!; sleep 0.3
           ip link set eth0 netns $away; sleep ${seconds}
           nsenter --target $away --net ip link set eth0 netns 1
           kill $away
           ip link set eth0 up && ip address add ${address}/16 broadcast + dev eth0`,
        ],
        { timeoutMs: 20_000 },
      );
      return;
    case 'kill':
      await agent.kill();
      await pause(seconds * 200);
      agent.start();
      return;
    default:
      return kind satisfies never;
  }

  async function rename(from: string, to: string): Promise<void> {
    await host.run([
      'sh',
      '-c',
      `ip link set ${from} down && ip link set ${from} name ${to} && ip link set ${to} up`,
    ]);
  }
}

export async function troubleOutside(site: Site, { kind, seconds }: OutsideTrouble): Promise<void> {
  const { alertmanager, apiServer, cluster, list, clients, setClock } = site;
  const over = () => pause(seconds * 1000);
  const all = async (words: string, count: number) => {
    for (const client of clients) client.stdin.write(`${words} ${count} ${seconds}\n`);
    await over();
  };
  switch (kind) {
    case 'disk-full':
      await Promise.all([cluster.fillDisk(), list.fillDisk()]);
      await over();
      await Promise.all([cluster.clearDisk(), list.clearDisk()]);
      return;
    case 'clock-ahead':
    case 'clock-behind':
      await setClock(kind === 'clock-ahead' ? CLOCK_STEP : -CLOCK_STEP);
      await over();
      return await setClock(0);
    case 'alertmanager-hangs':
    case 'alertmanager-refuses':
      alertmanager.tell(kind === 'alertmanager-hangs' ? 'hang' : 'refuse');
      await over();
      return alertmanager.tell('answer');
    case 'alertmanager-dead':
      await alertmanager.stop();
      await over();
      return await alertmanager.restart();
    case 'readers':
      return await all('read', READERS);
    case 'non-readers':
      return await all('hold', NON_READERS);
    case 'idle-clients':
      return await all('idle', IDLE_CLIENTS);
    case 'streams':
      return await all('streams', STREAMS);
    case 'api-hangs':
      await apiServer.signal('SIGSTOP');
      await over();
      return await apiServer.signal('SIGCONT');
    case 'api-dead':
      await apiServer.stop();
      await over();
      return await apiServer.restart();
    default:
      return kind satisfies never;
  }
}
