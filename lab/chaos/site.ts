// The LAN under chaos: two agents, one in a cluster and one with a list; somebody who answers for the VIPs; a monitor; and the
// makers of trouble. The API server and Alertmanager are stand-ins.
import { execFileSync } from 'node:child_process';
import { setPriority } from 'node:os';
import { ENVIRONMENT } from '../../scripts/bench/bundled-daemon.ts';
import { agentName } from '../../scripts/bench/cluster-objects.ts';
import type { Host } from '../host.ts';
import type { Lab } from '../lab.ts';
import type { LabProcess } from '../process.ts';
import { PROJECT_FOLDER } from '../tools.ts';
import { ChaosAgent, JOURNAL } from './agent.ts';
import {
  ATTACKER_MAC,
  ATTACKERS,
  CLUSTER_AGENT,
  LIST_AGENT,
  MONITOR,
  NODES,
  nodes,
  ROUTER,
  VIPS,
  vips,
} from './home.ts';

const API_PORT = 6443;
const ALERTMANAGER_PORT = 9093;
const CLOCK_FILE = '/run/lab/clock';
const FOLDER = '/run/lab';
const START_TIMEOUT_MS = 60_000;
/** As of `nice`. */
const PROMPT = -10;
const BUNDLE = `${PROJECT_FOLDER}/dist/vipwatch.js`;
/** The bundle with a clock that steps. */
const STEPPING = `${PROJECT_FOLDER}/dist/chaos`;
const NODE = process.execPath as `/${string}`;

export interface Site {
  readonly cluster: ChaosAgent;
  readonly list: ChaosAgent;
  /** Of the announcers of all VIPs. */
  readonly responder: LabProcess;
  /** Floods come from the one, conflicts from the other. */
  readonly flooder: LabProcess;
  readonly player: LabProcess;
  /** Of each agent's API. */
  readonly clients: readonly LabProcess[];
  readonly apiServer: StandIn;
  readonly alertmanager: StandIn;
  /** By how many seconds the clock of the agent with a list is wrong. */
  readonly setClock: (seconds: number) => Promise<void>;
}

/** A program that is stopped and started again. */
export class StandIn {
  readonly #start: () => LabProcess;
  #process: LabProcess;

  private constructor(start: () => LabProcess, process: LabProcess) {
    this.#start = start;
    this.#process = process;
  }

  static async start(start: () => LabProcess): Promise<StandIn> {
    const standIn = new StandIn(start, start());
    await standIn.#ready();
    return standIn;
  }

  tell(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  async signal(name: NodeJS.Signals): Promise<void> {
    await this.#process.signal(name);
  }

  async stop(): Promise<void> {
    await this.#process.signal('SIGKILL');
    await this.#process.exited;
  }

  async restart(): Promise<void> {
    this.#process = this.#start();
    await this.#ready();
  }

  async #ready(): Promise<void> {
    await this.#process.waitForLine(/^ready$/, { timeoutMs: START_TIMEOUT_MS });
  }
}

/**
 * Both agents are ready when it resolves.
 *
 * @throws {Error} where something does not start.
 */
export async function buildSite(lab: Lab): Promise<Site> {
  const clock = `${PROJECT_FOLDER}/lab/chaos/programs/stepping-clock.ts`;
  execFileSync(NODE, [`${PROJECT_FOLDER}/scripts/bundle.ts`, STEPPING, clock], { stdio: 'ignore' });
  const host = (name: string, { address, mac }: { readonly address: string; readonly mac: string }) =>
    lab.host(name, { mac, address: `${address}/16` });
  const [clusterHost, listHost, monitor, announcer, attacker] = await Promise.all([
    host('node-1', CLUSTER_AGENT),
    host('watcher', LIST_AGENT),
    host('monitor', MONITOR),
    lab.host('other', { mac: '02:00:00:00:00:fe' }),
    host('attacker', { address: ATTACKERS[0]!, mac: ATTACKER_MAC }),
  ]);
  for (const address of ATTACKERS.slice(1))
    await attacker!.run(['ip', 'address', 'add', `${address}/16`, 'dev', 'eth0']);
  const program = async (on: Host, file: string, ...words: string[]) => {
    const started = on.spawnScript(file, words);
    await started.waitForLine(/^ready$/, { timeoutMs: START_TIMEOUT_MS });
    return started;
  };
  // Who is to answer, or to be found, does so whatever else the machine has to do.
  const promptly = async (started: LabProcess) => {
    setPriority(await started.pid, PROMPT);
    return started;
  };
  const responder = await promptly(
    await program(announcer!, 'scripts/bench/responder.ts', `${NODES}`, `${VIPS}`),
  );
  await promptly(await program(announcer!, 'scripts/bench/responder.ts', `${NODES}`, '0'));
  const apiServer = await StandIn.start(() =>
    clusterHost!.spawnScript('scripts/bench/api-server.ts', [
      FOLDER,
      `${NODES}`,
      `${VIPS}`,
      '1',
      `${API_PORT}`,
    ]),
  );
  const alertmanager = await StandIn.start(() =>
    monitor!.spawnScript('lab/chaos/programs/alertmanager.ts', [`${ALERTMANAGER_PORT}`]),
  );
  const common = {
    interfaces: ['eth0'],
    journal: { path: JOURNAL },
    log: { format: 'json' },
    dhcp: { servers: [ROUTER] },
    alertmanager: { urls: [`http://${MONITOR.address}:${ALERTMANAGER_PORT}`] },
    // So that they end before the run does.
    findings: { kinds: { 'node-address-conflict': { quiet: '1m' }, 'rogue-dhcp-server': { quiet: '1m' } } },
  };
  const cluster = await ChaosAgent.create({
    name: 'cluster',
    host: clusterHost!,
    command: [NODE, BUNDLE],
    environment: { ...ENVIRONMENT, POD_NAME: agentName(1), POD_NAMESPACE: 'vipwatch' },
    config: {
      ...common,
      intent: { source: 'kubernetes', kubernetes: { kubeconfig: `${FOLDER}/kubeconfig`, events: false } },
      failoverTest: { modes: [] },
    },
  });
  const list = await ChaosAgent.create({
    name: 'list',
    host: listHost!,
    command: [NODE, `${STEPPING}/vipwatch.js`],
    environment: { ...ENVIRONMENT, CHAOS_CLOCK: CLOCK_FILE },
    config: {
      ...common,
      intent: {
        source: 'static',
        static: {
          pools: [{ name: 'main', addresses: [`${vips[0]}-${vips.at(-1)}`] }],
          vips: vips.map((address, i) => ({ address, service: `default/web-${i + 1}` })),
          nodes,
        },
      },
    },
  });
  const setClock = (seconds: number) => listHost!.writeFile(CLOCK_FILE, String(seconds));
  await setClock(0);
  const flooder = await program(attacker!, 'lab/chaos/programs/sender.ts');
  const player = await promptly(await program(attacker!, 'lab/chaos/programs/sender.ts'));
  const clients = await Promise.all(
    [CLUSTER_AGENT, LIST_AGENT].map(({ address }) =>
      program(attacker!, 'lab/chaos/programs/clients.ts', address, '9797'),
    ),
  );
  for (const agent of [cluster, list]) agent.start();
  for (const agent of [cluster, list])
    if (!(await agent.untilReady())) throw new Error(`Cannot begin: the agent ${agent.name} is not ready`);
  return { cluster, list, responder, flooder, player, clients, apiServer, alertmanager, setClock };
}
