import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Crowd } from '../../lab/crowd.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { labUnavailable } from './available.ts';

const VIP = '192.168.1.60';
const AGENT = '192.168.1.11';
const HTTP = `${AGENT}:9797`;
/** Of one machine: each may have 48 connections, all together 512. */
const ADDRESSES = Array.from({ length: 16 }, (_, i) => `192.168.1.${100 + i}`);
const CONNECTIONS = 700;

describe.skipIf(labUnavailable())('a crowd that holds every connection of an agent', () => {
  it('locks out neither the node nor another machine', { timeout: 90_000 }, async () => {
    await using lab = await Lab.create();
    const node = await lab.host('a', { mac: '02:00:00:00:00:11', address: `${AGENT}/24` });
    const many = await lab.host('many', { mac: '02:00:00:00:00:aa', address: '192.168.1.99/24' });
    const other = await lab.host('other', { mac: '02:00:00:00:00:bb', address: '192.168.1.98/24' });
    for (const address of ADDRESSES) await many.run(['ip', 'address', 'add', `${address}/24`, 'dev', 'eth0']);
    const nodes = [{ name: 'a', macs: ['02:00:00:00:00:11'], addresses: [AGENT] }];
    await startAgent(node, {
      intent: { source: 'static', static: { vips: [{ address: VIP }], nodes } },
    });

    await using crowd = await Crowd.start(many, 'idle', CONNECTIONS, HTTP, ['/healthz'], ADDRESSES);
    const asked = async () => {
      const { answers, errors } = await crowd.report();
      return answers + Object.values(errors).reduce((sum, count) => sum + count, 0);
    };
    await vi.waitUntil(async () => (await asked()) >= CONNECTIONS, { timeout: 30_000 });

    await using fromNode = await Crowd.start(node, 'probe', 1, HTTP, ['/healthz']);
    await using fromOther = await Crowd.start(other, 'probe', 1, HTTP, ['/healthz']);
    for (const prober of [fromNode, fromOther]) {
      let probes = 0;
      await vi.waitUntil(
        async () => {
          const report = await prober.report();
          probes += report.probes;
          expect(report.errors).toEqual({});
          await pause(100);
          return probes >= 20;
        },
        { timeout: 20_000 },
      );
    }
  });
});
