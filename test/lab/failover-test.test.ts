// A failover test as an operator runs it without a cluster: the command asks, a plug is pulled, the verdict comes.
import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import type { LabProcess } from '../../lab/process.ts';
import { type Agent, startAgent } from '../../lab/roles/agent.ts';
import { becameMaster, startKeepalived } from '../../lab/roles/keepalived.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import type { FailoverTestJson, renderTakeover } from '../../src/serve/render/render.ts';
import { lines } from '../cli/program.ts';
import { labUnavailable } from './available.ts';
import { vipOf } from './vip.ts';

const VIP = '192.168.1.60';
const PORT = 8080;
const A = { name: 'a', mac: '02:00:00:00:00:11', address: '192.168.1.11' };
const B = { name: 'b', mac: '02:00:00:00:00:12', address: '192.168.1.12' };
const C = { name: 'c', mac: '02:00:00:00:00:13', address: '192.168.1.13' };

const TOKEN = 'f5d1c0a94b7e42d8936a';
const TOKENS = '/run/lab/tokens';
const VIPWATCH = `${PROJECT_FOLDER}/bin/vipwatch` as const;
const PATH = '/api/v1/failover-tests';

const CONFIG = {
  intent: {
    source: 'static' as const,
    static: {
      vips: [{ address: VIP, service: 'edge/proxy', ports: [{ port: PORT }] }],
      nodes: [A, B, C].map(({ name, mac, address }) => ({ name, macs: [mac], addresses: [address] })),
    },
  },
  http: { tokenFile: TOKENS },
  failoverTest: { cooldown: '0s' },
};

interface Scene {
  readonly a: Host;
  readonly c: Host;
  readonly second: LabProcess;
  readonly agent: Agent;
}

/** a holds the VIP, b would take it, and the agent on c sees a answer. */
async function scene(lab: Lab): Promise<Scene> {
  const [a, b, c] = await Promise.all(
    [A, B, C].map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
  );
  for (const node of [a!, b!])
    await node.spawnScript('test/lab/tcp-server.ts', [String(PORT)]).waitForLine(/^listening$/);
  await becameMaster(await startKeepalived(a!, { vip: `${VIP}/24`, priority: 200 }));
  const second = await startKeepalived(b!, { vip: `${VIP}/24`, priority: 100 });
  await c!.writeFile(TOKENS, `carol:${TOKEN}\n`, 0o600);
  const agent = await startAgent(c!, CONFIG);
  const announcer = async () => (await vipOf(agent.api, VIP))!.announcers[0]?.node;
  await vi.waitUntil(async () => (await announcer()) === 'a', { timeout: 60_000 });
  return { a: a!, c: c!, second, agent };
}

/** The command on the agent's own machine. */
function failoverTest(host: Host, ...words: string[]): LabProcess {
  return host.spawn([VIPWATCH, 'failover-test', VIP, '--token-file', TOKENS, ...words]);
}

/** Questions that were answered so far. */
async function answered({ api }: Agent): Promise<number> {
  const counted = await api.metrics('vipwatch_probes_total');
  const answers = counted.filter((line) => line.includes('result="answered"'));
  return answers.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const outputOf = ({ output }: LabProcess) => output.map(({ text }) => text).join('\n');

describe.skipIf(labUnavailable('keepalived'))(
  'a failover test without a cluster',
  { timeout: 120_000 },
  () => {
    it('passes when the plug is pulled and another machine takes over', async () => {
      await using lab = await Lab.create();
      const { a, c, second, agent } = await scene(lab);
      const before = await answered(agent);
      const command = failoverTest(c, '--watch');
      await command.waitForLine(/Running +Unplug a now\. Waiting for another node/);
      // One at a time; and who has no token is told so.
      const refused = failoverTest(c);
      expect((await refused.exited).code).toBe(2);
      expect(outputOf(refused)).toMatch(/^REFUSED: .* Another test is running: observe-/);
      const stranger = await agent.api.post(PATH, { vip: VIP });
      expect(stranger.status).toBe(401);
      // While a test runs its VIP is asked for more often than once a second.
      await vi.waitUntil(async () => (await answered(agent)) >= before + 40, { timeout: 20_000 });

      await a.powerOff();
      await becameMaster(second);
      expect(await command.exited).toMatchObject({ code: 0 });
      const said = outputOf(command);
      expect(said).toMatch(/PASSED: 192\.168\.1\.60 \(edge\/proxy\)\. The longest gap was /);
      expect(said).toMatch(/failover: a to b, seen by \S+ on eth0/);

      // What the test says is what the takeover says.
      const { items } = await agent.api.json<{ items: FailoverTestJson[] }>(PATH);
      expect(items.map(({ phase }) => phase)).toEqual(['Refused', 'Passed']);
      const counted = await agent.api.metrics('vipwatch_failover_tests_total');
      expect(counted.filter((line) => !line.endsWith(' 0'))).toEqual([
        'vipwatch_failover_tests_total{mode="observe",result="passed"} 1',
        'vipwatch_failover_tests_total{mode="observe",result="refused"} 1',
      ]);
      const takeovers = await agent.api.json<{ items: ReturnType<typeof renderTakeover>[] }>(
        '/api/v1/takeovers',
      );
      expect(takeovers.items).toHaveLength(1);
      const { gapMs, uncertaintyMs, serviceGapMs } = takeovers.items[0]!;
      expect(items[1]).toMatchObject({ from: 'a', to: 'b', gapMs, serviceGapMs, service: 'edge/proxy' });
      expect(items[1]!.vantagePoints[0]!.legs).toMatchObject([{ leg: 'failover', gapMs, uncertaintyMs }]);
      // Asked twenty times a second, it knows to a few questions when the old one fell silent.
      expect(uncertaintyMs).toBeLessThan(gapMs);
      // The service was asked for as long as the test ran: nothing else did that before.
      expect(serviceGapMs).toBeGreaterThan(0);
      expect(items[1]!.vantagePoints[0]!.legs[0]!.phases.servedMs).toBeGreaterThan(0);
      expect(said).toMatch(/The longest gap was .*, the service's .*, within the 10 s allowed\./);

      const log = outputOf(agent.process);
      const told = lines(log).filter(({ event }) => event === 'failover-test');
      expect(told.map(({ phase, requestedBy }) => [phase, requestedBy])).toEqual([
        ['Running', 'carol'],
        ['Refused', 'carol'],
        ['Passed', 'carol'],
      ]);
      expect(log + said).not.toContain(TOKEN);
    });

    it('fails where the gap is longer than allowed', async () => {
      await using lab = await Lab.create();
      const { a, c, agent } = await scene(lab);
      // Three missed advertisements of 200 ms each come before any takeover.
      const command = failoverTest(c, '--watch', '--output', 'json', '--max-gap', '100ms');
      await agent.process.waitForLine(/"event":"failover-test"/);
      await a.powerOff();
      expect(await command.exited).toMatchObject({ code: 1 });
      const [test] = lines(outputOf(command)) as unknown as FailoverTestJson[];
      expect(test).toMatchObject({ phase: 'Failed', from: 'a', to: 'b' });
      expect(test!.gapMs).toBeGreaterThan(100);
      expect(test!.message).toMatch(
        /^Nobody answered for .* when b took over from a, as \S+ saw it: more than/,
      );
    });

    it('is cancelled by Ctrl-C, and ended by a restart', async () => {
      await using lab = await Lab.create();
      const { c, agent } = await scene(lab);
      const first = failoverTest(c, '--watch');
      await first.waitForLine(/Running/);
      await first.signal('SIGINT');
      expect(await first.exited).toMatchObject({ code: 2 });
      expect(outputOf(first)).toMatch(/CANCELLED: .* Cancelled on request\./);

      const second = failoverTest(c);
      expect(await second.exited).toMatchObject({ code: 0 });
      const [id] = outputOf(second).split('\n');
      await agent.process.stop('SIGKILL');
      const again = c.spawn([VIPWATCH, 'run', '--config', '/run/lab/vipwatch.yaml']);
      await again.waitForLine(/"msg":"Watching"/, { timeoutMs: 30_000 });
      expect(await agent.api.json<FailoverTestJson>(`${PATH}/${id}`)).toMatchObject({
        phase: 'Failed',
        message: 'vipwatch stopped while the test ran, and nobody measured.',
      });
      const { items } = await agent.api.json<{ items: FailoverTestJson[] }>(PATH);
      expect(items.map(({ phase }) => phase)).toEqual(['Failed', 'Cancelled']);
    });

    it('is refused by the agent of the machine that announces the VIP', async () => {
      await using lab = await Lab.create();
      const { a } = await scene(lab);
      await a.writeFile(TOKENS, `${TOKEN}\n`, 0o600);
      const { api } = await startAgent(a, CONFIG);
      const isSeen = async () => (await vipOf(api, VIP))!.announcers.length > 0;
      await vi.waitUntil(isSeen, { timeout: 60_000 });
      const command = failoverTest(a);
      expect((await command.exited).code).toBe(2);
      expect(outputOf(command)).toMatch(/REFUSED: .* This machine announces 192\.168\.1\.60 itself/);
    });

    it('refuses a token file that everyone may read, loudly', async () => {
      await using lab = await Lab.create();
      const { c, agent } = await scene(lab);
      await c.writeFile(TOKENS, `${TOKEN}\n`);
      await c.run(['sh', '-c', `chmod 644 ${TOKENS}`]);
      const command = failoverTest(c);
      expect((await command.exited).code).toBe(2);
      // Strangers are not told what is wrong with it; the log is.
      expect(outputOf(command)).toMatch(
        /answers 503: .*the token file cannot be used; the log of this agent says why/,
      );
      await agent.process.waitForLine(/everyone on this machine may read it: chmod 640/, { from: 0 });
      await agent.process.stop();
      const again = c.spawn([VIPWATCH, 'run', '--config', '/run/lab/vipwatch.yaml']);
      await again.waitForLine(/"level":"error".*Changes are disabled: .*chmod 640/, {
        timeoutMs: 30_000,
      });
    });
  },
);
