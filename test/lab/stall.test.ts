import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { labUnavailable } from './available.ts';

const VIP = '192.168.1.60';
const NODES = [
  { name: 'a', macs: ['02:00:00:00:00:11'], addresses: ['192.168.1.11'] },
  { name: 'b', macs: ['02:00:00:00:00:12'], addresses: ['192.168.1.12'] },
];
const CONFIG = {
  intent: {
    source: 'static' as const,
    static: { vips: [{ address: VIP, service: 'edge/proxy' }], nodes: NODES },
  },
};
/** Longer than an agent may not have asked before others are taken to ask, 5 s. */
const STOPPED_MS = 8_000;

describe.skipIf(labUnavailable())('an agent that was stopped for a while', () => {
  it('keeps a silent VIP in mind until somebody answers for it', { timeout: 90_000 }, async () => {
    await using lab = await Lab.create();
    const [a, b] = await Promise.all(
      NODES.map(({ name, macs, addresses }) =>
        lab.host(name, { mac: macs[0]!, address: `${addresses[0]}/24` }),
      ),
    );
    const { api, process } = await startAgent(b!, CONFIG);
    const silent = async () => (await api.findings()).find(({ kind }) => kind === 'silent-vip');
    await vi.waitUntil(silent, { timeout: 60_000 });
    const { occurrences, id } = (await silent())!;

    await process.signal('SIGSTOP');
    await pause(STOPPED_MS);
    await process.signal('SIGCONT');
    // It has asked anew, and reports what it still finds.
    await vi.waitUntil(async () => ((await silent())?.occurrences ?? 0) > occurrences, { timeout: 60_000 });
    expect(await api.findings('all')).toMatchObject([{ id, state: 'active', resolvedAt: null }]);
    expect(await api.metrics('vipwatch_findings_total{kind="silent-vip"}')).toEqual([
      'vipwatch_findings_total{kind="silent-vip"} 1',
    ]);

    // As MetalLB would: a node that has the address answers for it.
    await a!.run(['ip', 'address', 'add', `${VIP}/32`, 'dev', 'eth0']);
    await vi.waitUntil(async () => (await silent()) === undefined, { timeout: 60_000 });
  });
});
