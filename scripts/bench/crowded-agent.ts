// The bundled daemon with full tables on a LAN of the lab, and other machines that crowd around it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import { startDaemon } from './bundled-daemon.ts';
import { residentOf } from './cost.ts';

const AGENT = '10.99.0.1';
export const AGENT_HTTP = `${AGENT}:9797`;
const FILL_RATE = 3_000;
/** What is not needed any more is given back every minute. */
const RELEASED_MS = 61_000;

const CONFIG = {
  interfaces: ['eth0'],
  intent: {
    source: 'static',
    static: {
      vips: [{ address: '10.99.0.240', service: 'edge/proxy' }],
      nodes: [{ name: 'cp', addresses: ['10.99.0.10'], macs: ['02:00:00:00:00:10'] }],
    },
  },
  journal: { path: ':memory:' },
  log: { format: 'json', level: 'error' },
};

export interface CrowdedAgent {
  readonly node: Host;
  /** Its tables in words. */
  readonly tables: string;
  readonly residentMiB: () => Promise<number>;
  /** Frames that the kernel had no room for. */
  readonly dropped: () => Promise<number>;
  /** Sends so many ARP requests and resolves to how many these were, once they are looked at. */
  readonly send: (framesASecond: number, seconds: number) => Promise<number>;
}

/** Resolves when the tables are full and the memory that this took is given back. */
export async function startCrowdedAgent(lab: Lab, leases: number, claims: number): Promise<CrowdedAgent> {
  const node = await lab.host('node', { mac: '02:00:00:00:00:01', address: `${AGENT}/16` });
  const sender = await lab.host('sender', { mac: '02:00:00:00:00:03' });
  const { api, process: daemon } = await startDaemon(node, CONFIG);
  const lan = sender.spawnScript('lab/full-lan.ts', [leases, claims, FILL_RATE].map(String));
  await lan.waitForLine(/^filled$/, { timeoutMs: 120_000 });
  await pause(RELEASED_MS);
  const entries = await api.metrics('vipwatch_table_entries');
  return {
    node,
    tables: entries.map((line) => line.replace(/.*table="(.*)"\} /, '$1 ')).join(', '),
    residentMiB: async () => residentOf(await daemon.pid),
    dropped: async () => {
      const lines = await api.metrics('vipwatch_frames_dropped_total');
      return lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
    },
    send: async (framesASecond, seconds) => {
      const from = lan.output.length;
      lan.stdin.write(`frames ${framesASecond} ${seconds}\n`);
      const [, sent] = await lan.waitForLine(/^sent (\d+)$/, { from, timeoutMs: seconds * 3_000 });
      await pause(1_000);
      return Number(sent);
    },
  };
}

/** A machine with many addresses. */
export async function startStrangers(lab: Lab, name: string, count: number, first: number) {
  const mac = `02:00:00:00:01:${first.toString(16).padStart(2, '0')}`;
  const host = await lab.host(name, { mac, address: `10.99.0.${first}/16` });
  const addresses = Array.from({ length: count }, (_, i) => `10.99.0.${first + 1 + i}`);
  for (const address of addresses) await host.run(['ip', 'address', 'add', `${address}/16`, 'dev', 'eth0']);
  return { host, addresses };
}
