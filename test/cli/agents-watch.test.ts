// `--watch`: what agents see is looked at again and again, until somebody stops it.
import { describe, expect, it, vi } from 'vitest';
import { type AgentsArguments, askAgents, type View } from '../../src/cli/agents-client.ts';
import type { Sources } from '../../src/serve/tables/sources.ts';
import type { Finding } from '../../src/watch/finding/finding.ts';
import { sampleFinding, sampleView } from '../serve/sample.ts';
import { AgentsHome } from './agents-home.ts';
import { written } from './written.ts';

/** Several looks of two seconds each, on a machine that may be busy. */
const WITHIN = { timeout: 40_000, interval: 50 };
const SCREEN = '\u001b[H\u001b[J';
const FORBIDDEN = { status: 403, message: 'pods is forbidden' };

function lan(): { findings: Finding[]; readonly sources: Partial<Sources> } {
  const [answered] = sampleView().vips(0);
  const world: { findings: Finding[]; sources: Partial<Sources> } = { findings: [], sources: {} };
  world.sources = {
    interfaces: () => [{ name: 'eth0', up: true, dropped: 0 }],
    view: sampleView({ findings: () => world.findings, vips: () => [answered!], takeovers: () => [] }),
  };
  return world;
}

/** @param columns of a terminal; null: it goes into a pipe. */
function watch(view: View, options: Partial<AgentsArguments>, columns: number | null) {
  const { terminal, stdout, stderr } = written(columns);
  terminal.prefer({ color: 'never', utc: true });
  const stop = new AbortController();
  const all = { output: 'text', watch: true, ...options } as const;
  const code = askAgents(view, all, terminal, false, stop.signal);
  return { code, stdout, stderr, stop: () => stop.abort() };
}

describe('--watch', { timeout: 60_000 }, () => {
  it('draws the screen anew, bears an API server that is away, and ends with the code of the last look', async () => {
    const world = lan();
    await using home = await AgentsHome.start({ cp: world.sources });
    const { code, stdout, stop } = watch('status', { kubeconfig: home.kubeconfig }, 80);
    const screen = () => stdout().split(SCREEN).at(-1)!;
    await vi.waitFor(() => expect(screen()).toMatch(/^All is well\./), WITHIN);
    home.refusal = FORBIDDEN;
    await vi.waitFor(() => expect(screen()).toContain('Cannot list the Pods'), WITHIN);
    expect(screen()).not.toContain('All is well');
    home.refusal = null;
    world.findings = [sampleFinding()];
    await vi.waitFor(() => expect(screen()).toMatch(/^1 thing is wrong\./), WITHIN);
    stop();
    expect(await code).toBe(1);
  });

  it('ends with 2 where nobody could be asked at last', async () => {
    await using home = await AgentsHome.start({ cp: lan().sources });
    home.refusal = FORBIDDEN;
    const { code, stderr, stop } = watch('vips', { kubeconfig: home.kubeconfig }, null);
    await vi.waitFor(() => expect(stderr()).toContain('Cannot list the Pods'), WITHIN);
    stop();
    expect(await code).toBe(2);
  });

  it.each(['findings', 'status'] as const)(
    'writes %s into a pipe when they are others, and not again',
    async (view) => {
      const world = lan();
      world.findings = [sampleFinding()];
      await using home = await AgentsHome.start({ cp: world.sources });
      const { code, stdout, stop } = watch(view, { kubeconfig: home.kubeconfig, output: 'json' }, null);
      const looks = () => home.asked.filter((path) => path === '/api/v1/pods').length;
      await vi.waitFor(() => expect(looks()).toBeGreaterThanOrEqual(3), WITHIN);
      expect(stdout().trim().split('\n')).toHaveLength(1);
      world.findings = [sampleFinding({ severity: 'warning' })];
      await vi.waitFor(() => expect(stdout().trim().split('\n')).toHaveLength(2), WITHIN);
      stop();
      expect(await code).toBe(0);
      expect(
        stdout()
          .trim()
          .split('\n')
          .map((line) => JSON.stringify(JSON.parse(line))),
      ).toEqual([expect.stringContaining('"critical"'), expect.stringContaining('"severity":"warning"')]);
    },
  );
});
