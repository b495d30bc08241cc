// What a test is refused for, as the daemon's parts tell it: the election, the findings, the speakers, the tests before it.
import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../src/base/time.ts';
import type { Vip } from '../../../src/intent/intent.ts';
import type { IpAddress } from '../../../src/net/address.ts';
import { Agents, type AgentsOptions, electorOf, TESTS, VIP } from './agents.ts';

let agents: Agents;
afterEach(() => agents[Symbol.dispose]());

const start = async (options?: AgentsOptions) => {
  agents = await Agents.create(options);
};
const other = (i: number, ...nodes: string[]): Vip => ({
  address: `192.168.1.${i}` as IpAddress,
  service: `default/db-${i}`,
  elector: electorOf(...nodes),
});

/** Asks for a test that is to be refused. */
async function refusal(mode: Parameters<Agents['ask']>[1]): Promise<unknown> {
  agents.ask('asked', mode);
  await agents.until(() => agents.phase('asked') !== undefined);
  expect(agents.phase('asked')).toBe('Refused');
  expect(agents.api.asked.filter((asked) => asked.includes('/nodes/') || asked.startsWith('DELETE'))).toEqual(
    [],
  );
  return agents.message('asked');
}

async function begins(mode: Parameters<Agents['ask']>[1]): Promise<void> {
  agents.ask('asked', mode);
  await agents.until(() => agents.phase('asked') !== undefined);
  expect(agents.message('asked')).not.toMatch(/dark/);
  expect(agents.phase('asked')).toBe('Running');
}

describe('a failover test is refused', () => {
  it('in a mode that is not enabled', async () => {
    await start({ modes: ['observe'] });
    expect(await refusal('drain')).toBe('The mode drain is not enabled: failoverTest.modes lists observe.');
  });

  it.each(['delete-pod', 'freeze'] as const)('in the mode %s without memberlist', async (mode) => {
    await start();
    agents.settings.memberlist = false;
    expect(await refusal(mode)).toMatch(/without memberlist/);
  });

  it.each(['delete-pod', 'freeze'] as const)('in the mode %s without a speaker', async (mode) => {
    await start();
    agents.speakers.delete('node-1');
    expect(await refusal(mode)).toBe('The Pod of the speaker on node-1 is not known.');
  });

  it('in the mode drain where the label is not heeded', async () => {
    await start();
    agents.settings.ignoreExcludeLabel = true;
    expect(await refusal('drain')).toMatch(/--ignore-exclude-lb/);
  });

  it('where nobody else is eligible', async () => {
    await start();
    agents.vips = [{ address: VIP, service: 'default/web', elector: electorOf('node-1') }];
    expect(await refusal('drain')).toMatch(/^Fewer than two nodes are eligible/);
  });

  it('where that is so for other VIPs of the node', async () => {
    await start();
    agents.vips.push(other(241, 'node-1'), other(242, 'node-2'), other(243, 'node-1', 'node-3'));
    expect(await refusal('drain')).toBe(
      'Other VIPs would lose their announcer: only node-1 can announce 192.168.1.241 (default/db-241).',
    );
  });

  it('and names a few of them', async () => {
    await start();
    for (let i = 1; i < 200; i += 1) agents.vips.push(other(i, 'node-1'));
    expect(await refusal('delete-pod')).toMatch(
      /announce 192\.168\.1\.1 \(default\/db-1\), [^,]+, [^,]+, and others\.$/,
    );
  });

  it('during the cooldown, and not after it', async () => {
    await start({ cooldown: MINUTE });
    agents.ask('first', 'observe');
    await agents.until(() => agents.phase('first') === 'Running');
    agents.takeover('node-1', 'node-2');
    await agents.until(() => agents.phase('first') === 'Passed');
    await agents.pass(20 * SECOND);
    expect(await refusal('observe')).toBe(
      'The last test of 192.168.1.240 has just ended: the next may begin in 40 s.',
    );
    await agents.pass(40 * SECOND);
    agents.ask('second', 'observe');
    await agents.until(() => agents.phase('second') === 'Running');
  });

  it('while another one runs', async () => {
    await start();
    agents.ask('first', 'observe');
    await agents.until(() => agents.phase('first') === 'Running');
    expect(await refusal('drain')).toBe('Another test is running: first, of 192.168.1.240.');
  });

  it('while a critical finding is active', async () => {
    await start();
    for (const agent of agents.agents.values()) agent.critical = ['foreign-claim'];
    expect(await refusal('drain')).toBe(
      '192.168.1.240 already has a problem: foreign-claim is active on it.',
    );
  });
});

describe('what is critical to one agent alone', () => {
  it('is enough to refuse a test, although the coordinator knows nothing of it', async () => {
    await start();
    agents.get('node-2').critical = ['split-brain'];
    expect(await refusal('drain')).toBe(
      'node-2 already sees a problem on 192.168.1.240: split-brain is active on it.',
    );
  });

  it('is told by those that ask for the VIP, however many agents there are', async () => {
    const nodes = Array.from({ length: 12 }, (_, i) => `node-${i + 1}`);
    await start({ nodes });
    agents.ask('first', 'observe');
    await agents.until(() => agents.phase('first') === 'Running');
    const measuring = agents.test('first')!.status!.participants as string[];
    const asker = nodes.slice(1).find((node) => !measuring.includes(node))!;
    agents.askers = [asker];
    agents.get(asker).critical = ['split-brain'];
    agents.api.remove(`${TESTS}/first`);
    await agents.settle();
    expect(await refusal('observe')).toContain(`${asker} already sees a problem on`);
  });
});

describe('a failover test begins', () => {
  it.each(['drain', 'delete-pod'] as const)(
    'in the mode %s beside VIPs that others can announce as well, or that are on other nodes',
    async (mode) => {
      await start();
      agents.vips.push(other(241, 'node-1', 'node-2'), other(242, 'node-2'));
      await begins(mode);
    },
  );

  it('in the mode observe beside a VIP that nobody else can announce', async () => {
    await start();
    agents.vips.push(other(241, 'node-1'));
    await begins('observe');
  });
});
