// Agents with their real wiring of failover tests, around one API server that is a value, with a clock that is turned by
// hand. What the daemon knows besides (the cluster, the wire) each of them is told.
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';
import { MILLISECOND, MINUTE, type Micros, SECOND, toIso } from '../../../src/base/time.ts';
import { type Knowledge, KubernetesTests } from '../../../src/failover/cluster/tests.ts';
import { TEST_MODES, type TestMode } from '../../../src/failover/failover-test.ts';
import type { Elector, Vip } from '../../../src/intent/intent.ts';
import type { IpAddress } from '../../../src/net/address.ts';
import type { Takeover } from '../../../src/watch/takeover/takeover.ts';
import { Api, type Stored } from './api.ts';

export const NAMESPACE = 'vipwatch';
export const TESTS = `/apis/vipwatch.dev/v1alpha1/namespaces/${NAMESPACE}/failovertests`;
export const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
export const VIP = '192.168.1.240' as IpAddress;
export const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';
const NOON = Date.parse('2026-03-01T12:00:00Z') * MILLISECOND;
const STEP = 100 * MILLISECOND;

export interface Agent {
  readonly tests: KubernetesTests;
  /** Kinds of the critical findings that are active on the VIP, as this agent sees it. */
  critical: string[];
  readonly log: string[];
  /** Its process goes on. */
  runs: boolean;
}

export interface AgentsOptions {
  readonly nodes?: readonly string[];
  readonly modes?: readonly TestMode[];
  readonly cooldown?: Micros;
}

/** Announced by the first of these that is not left out. */
export function electorOf(...nodes: readonly string[]): Elector {
  return {
    elect: (without) => {
      const node = nodes.find((name) => !without?.has(name));
      return node === undefined ? { node: null, reason: 'no-speaker' } : { node, interfaces: null };
    },
    sole: () => (nodes.length === 1 ? nodes[0]! : null),
  };
}

export class Agents implements Disposable {
  readonly api = new Api();
  now: Micros = NOON;
  vips: Vip[] = [{ address: VIP, service: 'default/web', elector: electorOf('node-1', 'node-2') }];
  settings = { memberlist: true, ignoreExcludeLabel: false };
  speakers = new Map<string, { namespace: string; name: string }>();
  askers: readonly string[] = [];
  readonly agents = new Map<string, Agent>();

  /** They have every test in view. */
  static async create(options: AgentsOptions = {}): Promise<Agents> {
    const agents = new Agents(options);
    // By the machine's own clock: each lists, and then watches.
    await expect.poll(() => agents.api.watches(TESTS)).toBe(agents.agents.size);
    return agents;
  }

  private constructor({
    nodes = ['node-1', 'node-2', 'node-3', 'node-4'],
    modes = TEST_MODES,
    cooldown = MINUTE,
  }: AgentsOptions = {}) {
    for (const node of nodes) {
      this.api.put(`/api/v1/nodes/${node}`, { metadata: { labels: {} }, spec: {} });
      this.api.put(`${PODS}/vipwatch-${node}`, { spec: { containers: [{ image: 'vipwatch' }] } });
      this.speakers.set(node, { namespace: 'metallb-system', name: `speaker-${node}` });
      this.api.put(`/api/v1/namespaces/metallb-system/pods/speaker-${node}`, {});
    }
    for (const node of nodes) this.#start(node, nodes, modes, cooldown);
  }

  [Symbol.dispose](): void {
    for (const { tests } of this.agents.values()) tests.stop();
  }

  get(node: string): Agent {
    return this.agents.get(node)!;
  }

  node(name: string): Stored {
    return this.api.objects.get(`/api/v1/nodes/${name}`)!;
  }

  test(name: string): Stored | undefined {
    return this.api.objects.get(`${TESTS}/${name}`);
  }

  phase(name: string): unknown {
    return this.test(name)?.status?.phase;
  }

  message(name: string): unknown {
    return this.test(name)?.status?.message;
  }

  /** As kubectl does. */
  ask(name: string, mode: TestMode, spec: object = {}): void {
    this.api.put(`${TESTS}/${name}`, { spec: { vip: VIP, mode, maxGap: '10s', timeLimit: '1m', ...spec } });
  }

  /** Lets time pass until it is so. @throws {Error} where it is not in time. */
  async until(accept: () => boolean, within: Micros = 5 * MINUTE): Promise<void> {
    for (const limit = this.now + within; this.now < limit; this.now += STEP) {
      await this.settle();
      if (accept()) return;
    }
    const tests = this.api.in(TESTS).map(([, { status }]) => JSON.stringify(status));
    throw new Error(`Not so within ${within / SECOND} s: ${tests.join('; ')}`);
  }

  async pass(time: Micros): Promise<void> {
    for (const end = this.now + time; this.now < end; this.now += STEP) await this.settle();
  }

  /** Whatever can be done now is done. */
  async settle(): Promise<void> {
    for (let i = 0; i < 4; i += 1) {
      for (const { tests, runs } of this.agents.values())
        if (runs && tests.nextAt() <= this.now) tests.tick(this.now);
      for (let turns = 0; turns < 4; turns += 1) await turn();
    }
  }

  /** Every agent but that of the node itself measures that the VIP left it. */
  takeover(from: string, to: string): void {
    const takeover = { ip: VIP, from: { node: from }, to: { node: to }, gapMs: 400, uncertaintyMs: 50 };
    const phases = { announcedMs: 400, answeredMs: 420 };
    for (const { tests } of this.agents.values())
      tests.takeover({ ...takeover, overlapMs: 0, phases, serviceGap: null } as unknown as Takeover);
  }

  #start(node: string, nodes: readonly string[], modes: readonly TestMode[], cooldown: Micros): void {
    const log: string[] = [];
    const kubernetes = {
      connection: this.api.connection(node),
      onResult: () => {},
      intent: () => ({
        pools: [],
        vips: this.vips,
        nodes: nodes.map((name) => ({ name, addresses: [], macs: [], agentReady: this.#isReady(name) })),
      }),
      ownNode: () => node,
      speakerOn: (name: string) => this.speakers.get(name),
      speakerSettings: () => this.settings,
      testMarks: () => this.#marks(),
    };
    const watcher = {
      findings: () =>
        this.get(node).critical.map((kind) => ({ kind, ip: VIP, state: 'active', severity: 'critical' })),
      announcers: (ip: IpAddress, at: Micros) => {
        const announcer = this.vips.find(({ address }) => address === ip)?.elector?.elect()?.node;
        return announcer ? [{ node: announcer, lastSeen: at, segment: { name: 'eth0' } }] : [];
      },
    };
    const probing = { askersOf: () => this.askers, prober: { probeFast: () => {} } };
    const now = () => this.now;
    const tests = new KubernetesTests({
      knowledge: { kubernetes, watcher, probing, now } as unknown as Knowledge,
      ownPod: { namespace: NAMESPACE, name: `vipwatch-${node}` },
      modes,
      cooldown,
      iso: toIso,
      onChange: () => {},
      onTest: () => {},
      onTrouble: (message) => log.push(message),
    });
    this.agents.set(node, { tests, critical: [], log, runs: true });
  }

  #isReady(node: string): boolean {
    return this.agents.get(node)?.runs ?? true;
  }

  #marks() {
    return this.api.in('/api/v1/nodes').flatMap(([, { metadata, spec }]) => {
      const taints = (spec?.taints ?? []) as { value: string }[];
      const values = [metadata.labels?.[EXCLUDE_LABEL], ...taints.map(({ value }) => value)];
      return values
        .filter((value) => value?.startsWith('vipwatch-'))
        .map((mark) => ({ node: metadata.name, mark: mark! }));
    });
  }
}
