// Failover tests on demand, through the Kubernetes object alone, with the real MetalLB and vipwatch as it ships, under the
// rights that the chart gives it. What the agents measured is held against the capture of the switch.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Micros } from '../../src/net/time.ts';
import type { LegMeasurement } from '../../src/probe/failover-test.ts';
import { Helm, helmUnavailable } from '../chart/helm.ts';
import { readFrames } from '../lab/frames.ts';
import type { KubernetesObject } from './kubernetes-api.ts';
import { assignedAddress, speakerOn, untilAnnouncedBy } from './metallb.ts';
import { addressPool, endpointSlice, l2Advertisement, loadBalancer } from './objects.ts';
import type { Node, Pod } from './pod.ts';
import { imageUnavailable, startWatchedHome, VIPWATCH_NAMESPACE, type WatchedHome } from './vipwatch.ts';
import { untilAllName, type WatchedVip } from './witnesses.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

const TESTS = `/apis/vipwatch.dev/v1alpha1/namespaces/${VIPWATCH_NAMESPACE}/failovertests`;
const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';
const SERVICE = 'web';
const ENDED = new Set(['Passed', 'Failed', 'Refused', 'Cancelled']);
/** An agent that was lost is missed after ten seconds, and its successor has a line to wait in. Milliseconds. */
const TEST_TIMEOUT = 180_000;
/** Between two questions of a vantage point while a test runs; milliseconds. */
const PROBE_INTERVAL = 50;

interface TestJson extends KubernetesObject {
  readonly spec: { readonly vip: string; readonly mode: string; readonly maxGap: string };
  readonly status?: {
    readonly phase: string;
    readonly message: string;
    readonly coordinator: string;
    readonly from: string;
    readonly to: string;
    readonly gapMs: number;
    readonly injected?: object;
    readonly participants: readonly string[];
    readonly vantagePoints: Readonly<
      Record<string, { readonly interface: string; readonly legs: readonly LegMeasurement[] }>
    >;
  };
}

interface TakeoverJson {
  readonly at: string;
  readonly ip: string;
  readonly from: { readonly node: string };
}

describe.skipIf(!programs || imageUnavailable || helmUnavailable())('a failover test', () => {
  let home: WatchedHome;
  let vip: WatchedVip;
  let first: string;

  beforeAll(async () => {
    const helm = await Helm.find();
    const objects = await helm.render({
      namespace: { create: true },
      config: {
        failoverTest: { modes: ['observe', 'drain', 'delete-pod', 'freeze'], cooldown: '0s' },
      },
    });
    home = await startWatchedHome(programs!, { objects });
    await home.cluster.controlPlane.apply([
      addressPool('main', ['192.168.1.240-192.168.1.245']),
      l2Advertisement('main'),
      endpointSlice(SERVICE, [{ node: 'node-1', address: '10.244.1.2' }]),
      loadBalancer(SERVICE),
    ]);
    vip = { service: SERVICE, ip: await assignedAddress(home.cluster, SERVICE) };
    first = await untilAnnouncedBy(home.cluster, SERVICE, () => true);
  });

  beforeEach(async () => {
    await untilAllName(home, vip, first);
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  // Whatever happened in a test: nothing of it is left.
  afterEach(async () => {
    await expectNothingInjected();
  });

  async function ask(mode: string, spec: object = {}): Promise<string> {
    const { metadata } = await home.cluster.api.create<KubernetesObject>(TESTS, {
      apiVersion: 'vipwatch.dev/v1alpha1',
      kind: 'FailoverTest',
      metadata: { generateName: `${mode}-` },
      spec: { vip: vip.ip, mode, ...spec },
    });
    return metadata.name;
  }

  async function until(name: string, accept: (test: TestJson) => boolean): Promise<TestJson> {
    return await home.cluster.controlPlane.until<TestJson, TestJson>(
      TESTS,
      (tests) => tests.find((test) => test.metadata.name === name && accept(test)),
      { timeoutMs: TEST_TIMEOUT },
    );
  }

  const inPhase =
    (...phases: readonly string[]) =>
    ({ status }: TestJson) =>
      phases.includes(status?.phase ?? 'Pending');

  async function untilEnded(name: string): Promise<TestJson> {
    const test = await until(name, inPhase(...ENDED));
    const { status } = test;
    console.log(`${name}: ${status?.phase}: ${status?.message}`);
    for (const [node, { legs }] of Object.entries(status?.vantagePoints ?? {}))
      for (const { leg, from, to, gapMs, uncertaintyMs, overlapMs, phases } of legs)
        console.log(
          `  ${node}: ${leg} ${from} -> ${to}: gap ${gapMs} ms (uncertain by ${uncertaintyMs} ms), overlap ${overlapMs} ms, ${JSON.stringify(phases)}`,
        );
    return test;
  }

  async function expectNothingInjected(): Promise<void> {
    const nodes = await home.cluster.api.list<Node>('/api/v1/nodes');
    for (const { metadata, spec } of nodes) {
      expect(metadata.labels, metadata.name).not.toHaveProperty([EXCLUDE_LABEL]);
      expect(spec.taints ?? [], metadata.name).toEqual([]);
    }
    const pods = await home.cluster.api.list<Pod>(`/api/v1/namespaces/${VIPWATCH_NAMESPACE}/pods`);
    expect(pods.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] !== 'vipwatch')).toEqual(
      [],
    );
  }

  function measurements({ status }: TestJson, leg: LegMeasurement['leg']) {
    return Object.entries(status?.vantagePoints ?? {}).flatMap(([node, { legs }]) =>
      legs.filter((one) => one.leg === leg).map((measured) => ({ node, measured })),
    );
  }

  const macOf = (node: string) => home.cluster.node(node).mac;

  /** What crossed the switch: how long nobody was proven to answer between one node and the other, and when the other began. */
  function refereeOn(path: string, from: string, to: string): { gapMs: number; announcedAt: Micros } {
    const claims = readFrames(path).flatMap(({ at, layers }) =>
      layers.protocol === 'arp' && layers.packet.senderIp === vip.ip
        ? [{ at, mac: layers.packet.senderMac as string }]
        : [],
    );
    const begun = claims.find(({ mac }) => mac === macOf(to))!;
    const lastOld = claims.findLast(({ at, mac }) => mac === macOf(from) && at <= begun.at)!;
    return { gapMs: (begun.at - lastOld.at) / 1000, announcedAt: begun.at };
  }

  async function announcedAt(node: string, from: string): Promise<Micros> {
    const { items } = await home.agents.api(node).json<{ items: TakeoverJson[] }>('/api/v1/takeovers');
    const found = items.find((takeover) => takeover.ip === vip.ip && takeover.from.node === from)!;
    const [, seconds, fraction] = /^(.*\.)(\d{6})Z$/.exec(found.at)!;
    return Date.parse(`${seconds}000Z`) * 1000 + Number(fraction);
  }

  /** Runs a test to its end with a capture of the switch, and holds what each agent measured against it. */
  async function measured(mode: string, during: (name: string) => Promise<void> = async () => {}) {
    const capture = await home.lab.switch.capture();
    const name = await ask(mode);
    const ran = until(name, inPhase('Running'));
    await ran;
    await during(name);
    const test = await untilEnded(name);
    await capture.stop();
    const { from, to } = test.status!;
    expect(from).toBe(first);
    const referee = refereeOn(capture.path, from, to);
    console.log(`  the switch: gap ${referee.gapMs} ms`);
    const legs = measurements(test, 'failover');
    // The announcing node hears nobody's answers but its own; the others have all measured.
    expect(legs.map(({ node }) => node).sort()).toEqual(
      home.cluster.nodes
        .map((node) => node.name)
        .filter((node) => node !== from)
        .sort(),
    );
    for (const { node, measured: leg } of legs) {
      expect(Math.abs(leg.gapMs - referee.gapMs), node).toBeLessThanOrEqual(PROBE_INTERVAL + leg.overlapMs);
      expect(Math.abs((await announcedAt(node, from)) - referee.announcedAt), node).toBeLessThan(1000);
    }
    return { test, referee };
  }

  it('of a drained node passes, and the node is as it was before', { timeout: TEST_TIMEOUT }, async () => {
    const { test, referee } = await measured('drain');
    expect(test.status).toMatchObject({ phase: 'Passed' });
    expect(test.status!.coordinator).not.toBe(first);
    expect(referee.gapMs).toBeLessThan(1000);
    expect(measurements(test, 'failback').length).toBeGreaterThan(0);
  });

  it('observes what the operator does', { timeout: TEST_TIMEOUT }, async () => {
    const { test } = await measured('observe', async () => {
      await speakerOn(home.cluster, first).signal('SIGKILL');
      home.cluster.node(first).kubelet.pause();
    });
    home.cluster.node(first).kubelet.resume();
    expect(test.status).toMatchObject({ phase: 'Passed' });
  });
});
