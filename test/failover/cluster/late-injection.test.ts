// What is injected must not outlive its test, however late it comes through and whoever leads by then.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../src/base/time.ts';
import { Agents, EXCLUDE_LABEL, PODS, TESTS } from './agents.ts';

const NODE = '/api/v1/nodes/node-1';
let agents: Agents;

beforeEach(async () => {
  agents = await Agents.create();
});
afterEach(() => agents[Symbol.dispose]());

const label = () => agents.node('node-1').metadata.labels?.[EXCLUDE_LABEL];
const patches = () => agents.api.asked.filter((asked) => asked === `PATCH ${NODE}`).length;
const isMarked = () => label() !== undefined;

/** Holds up the first request of its kind; it comes through when it is let go. */
function hold(method: string, path: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = { by: null as string | null, letGo: resolve };
  agents.api.answer = (request, agent) => {
    if (held.by !== null || request.method !== method || request.path !== path) return undefined;
    held.by = agent;
    return promise;
  };
  return held;
}

describe('an injection that is held up', () => {
  it('before its first answer is not gone on with once another may have taken over', async () => {
    const held = hold('GET', NODE);
    agents.ask('drain-1', 'drain');
    await agents.until(() => held.by !== null);
    await agents.until(() => agents.phase('drain-1') === 'Failed');
    expect(agents.message('drain-1')).toContain('fell silent');
    held.letGo();
    await agents.pass(10 * SECOND);
    expect(patches()).toBe(0);
    expect(isMarked()).toBe(false);
  });

  it('on its way is undone by whoever asked for it, although another has ended the test', async () => {
    const held = hold('PATCH', NODE);
    agents.ask('drain-1', 'drain');
    await agents.until(() => held.by !== null);
    await agents.until(() => agents.phase('drain-1') === 'Failed');
    expect(isMarked()).toBe(false);
    held.letGo();
    // It is there, and away again.
    await agents.until(() => patches() === 2, 5 * SECOND);
    expect(isMarked()).toBe(false);
    expect(agents.agents.get(held.by!)!.log).toEqual([]);
  });

  it('on its way is undone as well where somebody takes the object away by force', async () => {
    const held = hold('PATCH', NODE);
    agents.ask('drain-1', 'drain');
    await agents.until(() => held.by !== null);
    agents.api.remove(`${TESTS}/drain-1`);
    await agents.settle();
    held.letGo();
    await agents.until(() => patches() === 2, 5 * SECOND);
    expect(isMarked()).toBe(false);
  });

  it('is swept away where whoever asked for it is gone', async () => {
    const held = hold('PATCH', NODE);
    agents.ask('drain-1', 'drain');
    await agents.until(() => held.by !== null);
    agents.get(held.by!).runs = false;
    agents.get(held.by!).tests.stop();
    await agents.until(() => agents.phase('drain-1') === 'Failed');
    held.letGo();
    await agents.until(isMarked, SECOND);
    await agents.until(() => !isMarked(), 3 * MINUTE);
    const logs = [...agents.agents.values()].flatMap(({ log }) => log);
    expect(logs).toEqual(['Removed what a failover test had left on node-1 (vipwatch-uid-of-drain-1)']);
  });
});

describe('what belongs to no test', () => {
  const taint = (value: string) => ({ key: 'vipwatch.dev/failover-test', value, effect: 'NoSchedule' });
  const taints = () => agents.node('node-1').spec?.taints;

  it('is swept away: labels, taints and freezers', async () => {
    const foreign = { key: 'maintenance', effect: 'NoExecute' };
    agents.api.put(NODE, {
      metadata: { labels: { [EXCLUDE_LABEL]: 'vipwatch-old' } },
      spec: { taints: [foreign, taint('vipwatch-old')] },
    });
    const freezer = { metadata: { labels: { 'app.kubernetes.io/name': 'vipwatch-freezer' } } };
    agents.api.put(`${PODS}/vipwatch-old`, { ...freezer, spec: { nodeName: 'node-1' } });
    await agents.until(() => !isMarked(), 3 * MINUTE);
    expect(taints()).toEqual([foreign]);
    expect(agents.api.objects.has(`${PODS}/vipwatch-old`)).toBe(false);
    expect(agents.api.objects.has(`${PODS}/vipwatch-node-1`)).toBe(true);
  });

  it('is left alone while it may belong to a test that is not known yet', async () => {
    agents.ask('drain-1', 'drain', { timeLimit: '10m' });
    await agents.until(isMarked);
    await agents.pass(5 * MINUTE);
    expect(label()).toBe('vipwatch-uid-of-drain-1');
    expect(agents.phase('drain-1')).toBe('Running');
  });

  it('is left alone where somebody else has put it there', async () => {
    agents.api.put(NODE, {
      metadata: { labels: { [EXCLUDE_LABEL]: '' } },
      spec: { taints: [taint('mine')] },
    });
    await agents.pass(5 * MINUTE);
    expect(label()).toBe('');
    expect(taints()).toHaveLength(1);
    expect(agents.api.asked).toEqual([]);
  });
});
