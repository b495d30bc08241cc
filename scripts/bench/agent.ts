// The bundled daemon as an agent on a node of a cluster, on a LAN of the lab where somebody answers for the VIPs, with an API
// server of its own to ask.
import { readFileSync } from 'node:fs';
import type { Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import type { LabProcess } from '../../lab/process.ts';
import { type BundledDaemon, FOLDER, START_TIMEOUT_MS, startDaemon } from './bundled-daemon.ts';
import { agentName, type ClusterSize, nodeAddress, nodeMac } from './cluster-objects.ts';

/** Of /proc/PID/stat; the kernel's USER_HZ is 100 on every platform that this runs on. */
const CLOCK_TICKS_A_SECOND = 100;

export interface BenchAgent extends BundledDaemon {
  /** Takes the commands of api-server.ts. */
  readonly apiServer: LabProcess;
  /** Answers for VIPs, and takes the commands of responder.ts. */
  readonly responder: LabProcess;
}

/**
 * While another machine answers for all VIPs. Resolves when it is ready: every kind listed and watched.
 * @param config beside what every agent of a bench has.
 */
export async function startAgent(
  lab: Lab,
  size: ClusterSize,
  node = 1,
  config = {},
  environment: Record<string, string> = {},
): Promise<BenchAgent> {
  const other = await lab.host('other', { mac: '02:00:00:00:00:fe' });
  const responder = await startResponder(other, size);
  return await startOn(await hostOf(lab, node), node, size, responder, config, environment);
}

/** One on each node, which answers for the VIPs that it is elected for itself: as in a real cluster. */
export async function startAgents(lab: Lab, size: ClusterSize): Promise<BenchAgent[]> {
  const nodes = Array.from({ length: size.nodes }, (_, i) => i + 1);
  return await Promise.all(
    nodes.map(async (node) => {
      const host = await hostOf(lab, node);
      return await startOn(host, node, size, await startResponder(host, size, node));
    }),
  );
}

function hostOf(lab: Lab, node: number): Promise<Host> {
  return lab.host(`node-${node}`, { mac: nodeMac(node), address: `${nodeAddress(node)}/16` });
}

/** @param node whose VIPs it answers for; undefined: for those of all. */
async function startResponder(
  host: Host,
  { nodes, services }: ClusterSize,
  node?: number,
): Promise<LabProcess> {
  // Services that come later are answered for as well.
  const answered = [nodes, 2 * services, ...(node === undefined ? [] : [node])].map(String);
  const responder = host.spawnScript('scripts/bench/responder.ts', answered);
  await responder.waitForLine(/^ready$/, { timeoutMs: START_TIMEOUT_MS });
  return responder;
}

async function startOn(
  host: Host,
  node: number,
  { nodes, services, readyAgents }: ClusterSize,
  responder: LabProcess,
  more: object = {},
  environment: Record<string, string> = {},
): Promise<BenchAgent> {
  const size = [nodes, services, readyAgents].map(String);
  const apiServer = host.spawnScript('scripts/bench/api-server.ts', [FOLDER, ...size]);
  await apiServer.waitForLine(/^ready$/, { timeoutMs: START_TIMEOUT_MS });
  const config = {
    interfaces: ['eth0'],
    intent: { source: 'kubernetes', kubernetes: { kubeconfig: `${FOLDER}/kubeconfig` } },
    journal: { path: `${FOLDER}/journal.db` },
    log: { format: 'json' },
    ...more,
  };
  const daemon = await startDaemon(host, config, {
    POD_NAME: agentName(node),
    POD_NAMESPACE: 'vipwatch',
    ...environment,
  });
  return { ...daemon, apiServer, responder };
}

/** What a process has used of the processor so far. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_A_SECOND;
}
