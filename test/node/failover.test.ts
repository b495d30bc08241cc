// Failovers on real nodes: where MetalLB's speakers have probes, drains evict Pods, and a node dies while a client asks.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  askForTest,
  ENDED,
  inPhase,
  measurements,
  untilTest,
  untilTestEnded,
} from '../cluster/failover-tests.ts';
import { METALLB_NAMESPACE, speakerPod } from '../cluster/metallb.ts';
import { VIPWATCH_NAMESPACE } from '../cluster/vipwatch.ts';
import { RELEASE, RealHome, rolledOut, SERVICE, VIP } from './home.ts';

const setup = inject('nodes');
const PATIENCE = { timeout: 90_000, interval: 500 };
const MODES = ['drain', 'delete-pod', 'freeze'] as const;

describe.skipIf(!setup.ok)('real nodes', () => {
  let home: RealHome;

  beforeAll(async () => {
    if (!setup.ok) return;
    home = await RealHome.start(setup, 2);
    const modes = `--set=config.failoverTest.modes={observe,${MODES}}`;
    await home.helmApply('install', '--wait', '--timeout=180s', modes);
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  /**
   * The node that announces the VIP, once all agents see it, and that it is the one elected: until then a test is refused. Events do not
   * say so: a speaker that was frozen writes none when it goes on.
   */
  async function agreed(vip: string): Promise<string> {
    return await vi.waitFor(async () => {
      const seen = await Promise.all(
        home.cluster.nodes.map((_, index) => home.announcerSeenBy(index + 1, vip)),
      );
      const owner = seen[0]?.elected;
      for (const one of seen) expect(one).toEqual({ elected: expect.any(String), announcer: owner });
      return owner!;
    }, PATIENCE);
  }

  async function expectPassed(mode: string): Promise<void> {
    // Of its own: the next test of a VIP must wait for a minute.
    const vip = await home.expose(`${mode}-${home.cluster.nodes.length}`);
    await agreed(vip);
    const test = await untilTestEnded(home.cluster, await askForTest(home.cluster, vip, mode));
    expect(test.status, test.status?.message).toMatchObject({ phase: 'Passed' });
  }

  describe('two', () => {
    // An announcement of a moment, as the heir's while a speaker is replaced, must not make its node blind.
    it('see a freeze after the owner’s speaker was replaced', async () => {
      // The same VIP as is frozen then.
      const owner = await agreed(await home.expose('freeze-2'));
      const speaker = await speakerPod(home.cluster, owner);
      await home.cluster.controlPlane.kubectl(
        'delete',
        'pod',
        '-n',
        METALLB_NAMESPACE,
        speaker.metadata.name,
      );
      await rolledOut(home.cluster, METALLB_NAMESPACE, 'daemonset/speaker');
      await expectPassed('freeze');
    });

    it.each(['drain', 'delete-pod'])('pass a failover test in the mode %s', expectPassed);
  });

  describe('three', () => {
    it('are there once a node has joined, whose agent starts by itself', async () => {
      await home.cluster.join();
      await rolledOut(home.cluster, METALLB_NAMESPACE, 'daemonset/speaker');
      await rolledOut(home.cluster, VIPWATCH_NAMESPACE, `daemonset/${RELEASE}`);
      await rolledOut(home.cluster, 'default', `daemonset/${SERVICE}`);
      expect((await home.agentPods()).map(({ spec }) => spec.nodeName)).toEqual([
        'node-1',
        'node-2',
        'node-3',
      ]);
      await agreed(VIP);
    });

    it.each(MODES)('pass a failover test in the mode %s', expectPassed);

    it('measure for how long a client is not served while a node dies', async () => {
      const owner = await agreed(VIP);
      const name = await askForTest(home.cluster, VIP, 'observe');
      await untilTest(home.cluster, name, inPhase('Running', ...ENDED));
      await using client = await home.client();
      await home.cluster.node(owner).host.powerOff();
      const test = await untilTestEnded(home.cluster, name);
      const legs = measurements(test, 'failover').filter(
        ({ measured }) => measured.serviceGapMs !== undefined,
      );
      const seen = await client.longestGapMs();
      console.log(
        `a client every ${client.intervalMs} ms: ${seen} ms without service; agents: ${legs.map(({ measured }) => measured.serviceGapMs)} ms`,
      );
      expect(test.status).toMatchObject({ from: owner });
      expect(legs.length).toBeGreaterThan(0);
      // A question that was lost is asked again after a second.
      for (const { measured } of legs) expect(Math.abs(measured.serviceGapMs! - seen)).toBeLessThan(1_000);
    });
  });
});
