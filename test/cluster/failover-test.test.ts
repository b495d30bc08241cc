// Failover tests on demand, through the Kubernetes object alone, with the real MetalLB and vipwatch as it ships, under the
// rights that the chart gives it. What the agents measured is held against the capture of the switch.
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { LabProcess } from '../../lab/process.ts';
import type { Micros } from '../../src/base/time.ts';
import type { LegMeasurement } from '../../src/failover/failover-test.ts';
import { Helm, helmUnavailable } from '../chart/helm.ts';
import {
  askForTest,
  ENDED,
  inPhase,
  measurements,
  PROBE_INTERVAL,
  TEST_TIMEOUT,
  TESTS,
  type TestJson,
  untilTest,
  untilTestEnded,
} from './failover-tests.ts';
import { assignedAddress, speakerOn, speakerPod, untilAnnouncedBy } from './metallb.ts';
import { addressPool, endpointSlice, l2Advertisement, loadBalancer } from './objects.ts';
import type { Node, Pod } from './pod.ts';
import { arpReferee } from './referee.ts';
import { imageUnavailable, startWatchedHome, VIPWATCH_NAMESPACE, type WatchedHome } from './vipwatch.ts';
import { nodesAnswering, vipAt, type WatchedVip } from './witnesses.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';
const SERVICE = 'web';
/** Milliseconds. */
const COOLDOWN = 2_000;

interface TakeoverJson {
  readonly at: string;
  readonly lastOldAt: string;
  readonly overlapMs: number;
  readonly phases: LegMeasurement['phases'];
  readonly ip: string;
  readonly from: { readonly node: string };
}

function microsOf(iso: string): Micros {
  const [, seconds, fraction] = /^(.*\.)(\d{6})Z$/.exec(iso)!;
  return Date.parse(`${seconds}000Z`) * 1000 + Number(fraction);
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
        failoverTest: { modes: ['observe', 'drain', 'delete-pod', 'freeze'], cooldown: `${COOLDOWN}ms` },
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
    await untilFirstAnnounces();
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  // Whatever happened in a test: nothing of it is left.
  afterEach(async () => {
    await expectNothingInjected();
  });

  /** On the wire, and as each agent sees it. MetalLB's event names the successor still where a frozen speaker goes on. */
  async function untilFirstAnnounces(): Promise<void> {
    await vi.waitFor(
      async () => {
        expect(await nodesAnswering(home, vip.ip)).toEqual([first]);
        const seen = (await vipAt(home, vip.ip)).map((row) => row?.announcers.map(({ node }) => node));
        expect(seen).toEqual(home.cluster.nodes.map(() => [first]));
      },
      { timeout: 60_000, interval: 200 },
    );
  }

  async function ask(mode: string, spec?: object): Promise<string> {
    await untilRested();
    return await askForTest(home.cluster, vip.ip, mode, spec);
  }

  /** Nobody may begin a test before. */
  async function untilRested(): Promise<void> {
    const rests = (until: string) => Date.now() - Date.parse(until) < COOLDOWN;
    await expect
      .poll(
        async () => {
          const tests = await home.cluster.api.list<TestJson>(TESTS);
          return tests.some(
            ({ status }) => status?.startedAt && status.finishedAt && rests(status.finishedAt),
          );
        },
        { timeout: 60_000, interval: 100 },
      )
      .toBe(false);
  }

  const until = (name: string, accept: (test: TestJson) => boolean) => untilTest(home.cluster, name, accept);
  const untilEnded = (name: string) => untilTestEnded(home.cluster, name);

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

  const macOf = (node: string) => home.cluster.node(node).mac;

  /** When an agent saw the takeover from a node announced. */
  async function announcedAt(node: string, from: string): Promise<Micros> {
    const { items } = await home.agents.api(node).json<{ items: TakeoverJson[] }>('/api/v1/takeovers');
    const found = items.find((takeover) => takeover.ip === vip.ip && takeover.from.node === from)!;
    // Where both overlapped, the announcement was what began it.
    if (found.overlapMs > 0) return microsOf(found.at);
    return microsOf(found.lastOldAt) + found.phases.announcedMs! * 1000;
  }

  /** Runs a test to its end with a capture of the switch, and holds what each agent measured against it. */
  async function measured(mode: string, during: (name: string) => Promise<void> = async () => {}) {
    const capture = await home.lab.switch.capture();
    const name = await ask(mode);
    await until(name, inPhase('Running', 'FailingBack', ...ENDED));
    await during(name);
    const test = await untilEnded(name);
    const { from, to } = test.status!;
    expect(from).toBe(first);
    const referee = arpReferee(capture.path, { ip: vip.ip, from: macOf(from), to: macOf(to) });
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
    // By the one agent that drove it, although all of them have it in view.
    await expect
      .poll(counted, { timeout: 60_000 })
      .toEqual([[test.status!.coordinator, 'drain', 'passed', 1]]);
  });

  it('observes what the operator does', { timeout: TEST_TIMEOUT }, async () => {
    const { test, referee } = await measured('observe', async () => {
      const { kubelet } = home.cluster.node(first);
      kubelet.pause();
      await speakerOn(home.cluster, first).signal('SIGKILL');
    });
    home.cluster.node(first).kubelet.resume();
    expect(test.status).toMatchObject({ phase: 'Passed' });
    expect(referee.gapMs).toBeGreaterThan(4000);
  });

  it('of a deleted speaker passes, and another speaker comes', { timeout: TEST_TIMEOUT }, async () => {
    const before = await speakerPod(home.cluster, first);
    const { test } = await measured('delete-pod');
    expect(test.status).toMatchObject({ phase: 'Passed' });
    const after = await speakerPod(home.cluster, first);
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
  });

  it("of a frozen speaker takes as long as MetalLB's detection of failures", {
    timeout: TEST_TIMEOUT,
  }, async () => {
    const before = await speakerPod(home.cluster, first);
    const { test, referee } = await measured('freeze');
    expect(test.status).toMatchObject({ phase: 'Passed' });
    expect(referee.gapMs).toBeGreaterThan(4500);
    expect(referee.gapMs).toBeLessThan(8500);
    // It is the same speaker, and it runs.
    const after = await speakerPod(home.cluster, first);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(await stateOf(speakerOn(home.cluster, first))).not.toBe('T');
  });

  it.each(['drain', 'delete-pod', 'freeze'])(
    'in the mode %s leaves nothing behind where its coordinator dies',
    { timeout: TEST_TIMEOUT },
    async (mode) => {
      const name = await ask(mode);
      const { status } = await until(name, inPhase('Running', 'FailingBack'));
      await expect.poll(isInjected, { timeout: 60_000 }).toBe(true);
      const { coordinator } = status!;
      const { kubelet } = home.cluster.node(coordinator);
      kubelet.pause();
      await home.agents.process(coordinator).signal('SIGKILL');
      const test = await untilEnded(name);
      kubelet.resume();
      expect(test.status!.coordinator).not.toBe(coordinator);
      expect(test.status).toMatchObject({ phase: 'Failed' });
      expect(test.status!.message).toBe(
        `The agent of ${coordinator}, which drove the test, fell silent. What was injected has been undone.`,
      );
      await expectNothingInjected();
      await untilFirstAnnounces();
      expect(await stateOf(speakerOn(home.cluster, first))).not.toBe('T');
    },
  );

  it('is undone where it is cancelled, and where it is deleted', { timeout: TEST_TIMEOUT }, async () => {
    const cancelled = await ask('drain');
    await until(cancelled, inPhase('Running', 'FailingBack'));
    await home.cluster.api.patch(`${TESTS}/${cancelled}`, { spec: { cancelled: true } });
    const test = await untilEnded(cancelled);
    expect(test.status).toMatchObject({ phase: 'Cancelled' });
    await expectNothingInjected();
    await untilFirstAnnounces();

    const deleted = await ask('drain');
    await until(deleted, inPhase('Running', 'FailingBack'));
    await home.cluster.controlPlane.kubectl('delete', '-n', VIPWATCH_NAMESPACE, 'failovertest', deleted);
    await expectNothingInjected();
  });

  it('is refused while another one runs, right after it, and where nobody could take over', {
    timeout: TEST_TIMEOUT,
  }, async () => {
    const running = await ask('observe');
    await until(running, inPhase('Running'));
    const refused = await untilEnded(await ask('observe'));
    expect(refused.status).toMatchObject({
      phase: 'Refused',
      message: `Another test is running: ${running}, of ${vip.ip}.`,
    });
    await home.cluster.api.patch(`${TESTS}/${running}`, { spec: { cancelled: true } });
    await untilEnded(running);
    const early = await untilEnded(await askForTest(home.cluster, vip.ip, 'observe'));
    expect(early.status).toMatchObject({ phase: 'Refused' });
    expect(early.status!.message).toMatch(
      /^The last test of .* has just ended: the next may begin in [12] s\.$/,
    );

    await home.cluster.controlPlane.apply([onlyOn(first)]);
    await expect
      .poll(async () => (await untilEnded(await ask('drain'))).status, { timeout: 60_000, interval: 1000 })
      .toMatchObject({
        phase: 'Refused',
        message: `Fewer than two nodes are eligible for ${vip.ip}: no node could take over from ${first}.`,
      });
    await home.cluster.controlPlane.apply([l2Advertisement('main', { nodeSelectors: [] })]);
  });

  it('cannot be changed after its creation', async () => {
    const name = await ask('observe');
    const path = `${TESTS}/${name}`;
    const changed = home.cluster.api.patch(path, { spec: { mode: 'freeze' } });
    await expect(changed).rejects.toThrow(/cannot be changed after its creation/);
    const bad = home.cluster.api.create(TESTS, {
      apiVersion: 'vipwatch.dev/v1alpha1',
      kind: 'FailoverTest',
      metadata: { name: 'bad' },
      spec: { vip: 'web', maxGap: 'soon' },
    });
    await expect(bad).rejects.toThrow(/spec\.maxGap.*spec\.vip|spec\.vip.*spec\.maxGap/s);
    await home.cluster.controlPlane.kubectl('delete', '-n', VIPWATCH_NAMESPACE, 'failovertest', name);
  });

  it("is told of by kubectl's table", async () => {
    const table = await home.cluster.controlPlane.kubectl('get', '-n', VIPWATCH_NAMESPACE, 'failovertests');
    console.log(table);
    expect(table).toMatch(/^NAME +VIP +MODE +PHASE +FROM +TO +GAP MS +AGE$/m);
    expect(table).toMatch(/^drain-\S+ +192\.168\.1\.240 +drain +Passed +/m);
  });

  /** Who has counted which tests. */
  async function counted(): Promise<[node: string, mode: string, result: string, count: number][]> {
    const byNode = await Promise.all(
      home.cluster.nodes.map(async ({ name }) => {
        const lines = await home.agents.api(name).metrics('vipwatch_failover_tests_total');
        return lines.flatMap((line): [string, string, string, number][] => {
          const [, mode, result, count] = /mode="(.*)",result="(.*)"} (\d+)$/.exec(line)!;
          return count === '0' ? [] : [[name, mode!, result!, Number(count)]];
        });
      }),
    );
    return byNode.flat();
  }

  async function isInjected(): Promise<boolean> {
    return await expectNothingInjected().then(
      () => false,
      () => true,
    );
  }
});

/** The letter by which the kernel tells what a process does: T is stopped (proc(5)). */
async function stateOf(process: LabProcess): Promise<string> {
  const status = await readFile(`/proc/${await process.pid}/status`, 'utf8');
  return /^State:\s+(\w)/m.exec(status)![1]!;
}

function onlyOn(node: string): object {
  return l2Advertisement('main', { nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': node } }] });
}
