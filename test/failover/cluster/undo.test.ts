// What was injected and cannot be undone: the log and the object say so, and it is tried again.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../src/base/time.ts';
import { Agents, EXCLUDE_LABEL, PODS, TESTS } from './agents.ts';

const NODE = '/api/v1/nodes/node-1';
let agents: Agents;

beforeEach(async () => {
  agents = await Agents.create();
});
afterEach(() => agents[Symbol.dispose]());

const logs = () => [...agents.agents.values()].flatMap(({ log }) => log);
const cancel = (name: string) => {
  const { spec } = agents.test(name)!;
  agents.api.put(`${TESTS}/${name}`, { ...agents.test(name), spec: { ...spec, cancelled: true } });
};

describe('a right that was taken away', () => {
  it('is told of once, and is needed no more once the label is taken off by hand', async () => {
    agents.ask('drain-1', 'drain');
    await agents.until(() => agents.phase('drain-1') === 'Running');
    await agents.settle();
    agents.api.answer = ({ path }) => (path === NODE ? 403 : undefined);
    cancel('drain-1');
    await agents.until(() => agents.message('drain-1') !== undefined && logs().length > 0);
    await agents.pass(2 * MINUTE);
    expect(agents.message('drain-1')).toBe('Cannot undo drain on node-1; retrying: the answer is 403');
    expect(logs()).toEqual(['Cannot undo drain on node-1, of the failover test drain-1: the answer is 403']);
    agents.api.put(NODE, { ...agents.node('node-1'), metadata: { labels: {} } });
    await agents.until(() => agents.phase('drain-1') === 'Cancelled', MINUTE);
    expect(agents.node('node-1').metadata.labels).not.toHaveProperty([EXCLUDE_LABEL]);
  });
});

describe('a freezer on a node that dies', () => {
  it('does not keep the test from ending, nor the next one from beginning', async () => {
    agents.ask('freeze-1', 'freeze');
    const freezer = `${PODS}/vipwatch-uid-of-freeze-1`;
    await agents.until(() => agents.api.objects.has(freezer));
    const { metadata, ...rest } = agents.api.objects.get(freezer)!;
    const finalizers = ['no-kubelet-tells-of-its-end'];
    agents.api.put(freezer, { ...rest, metadata: { ...metadata, finalizers }, status: { phase: 'Running' } });
    await agents.until(() => agents.phase('freeze-1') === 'Running');
    await agents.pass(2 * SECOND);
    agents.takeover('node-1', 'node-2');
    await agents.until(() => agents.phase('freeze-1') === 'FailingBack');
    cancel('freeze-1');
    await agents.until(() => agents.phase('freeze-1') === 'Cancelled', MINUTE);
    expect(agents.message('freeze-1')).toContain("node-1 does not say that the freezer's Pod has ended");
    agents.ask('observe-1', 'observe');
    await agents.until(() => agents.phase('observe-1') !== undefined);
    expect(agents.message('observe-1')).toMatch(/has just ended/);
  });
});
