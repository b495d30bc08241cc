// What agents have measured, as a forecast of the command line goes by it: asked through an API server's proxy to their Pods.
import { expect, it } from 'vitest';
import { measuredHere } from '../../src/cli/check-measured.ts';
import type { Asked } from '../../src/host/kubernetes/user-client.ts';

const AT = '2026-11-03T16:42:59Z';

function podOn(node: string) {
  return {
    metadata: { name: `vipwatch-${node}`, namespace: 'vipwatch' },
    spec: { nodeName: node, containers: [{ ports: [{ name: 'http', containerPort: 9797 }] }] },
    status: { phase: 'Running' },
  };
}

function failover(gapMs: number, uncertaintyMs: number, ip = '192.168.1.50', at = AT) {
  const [from, to] = ['w1', 'w2'].map((node) => ({ node, mac: `02:00:00:00:00:0${node.at(-1)}` }));
  return { ip, class: 'failover', at, from, to, gapMs, overlapMs: 0, uncertaintyMs };
}

/** An API server with such Pods, whose agents answer so. */
function apiServer(answers: Readonly<Record<string, readonly object[] | null>>) {
  return {
    list: async (_: string, onItem: (raw: unknown) => boolean) => {
      for (const node of Object.keys(answers)) onItem(podOn(node));
      return { kind: 'listed' } as const;
    },
    ask: async (path: string): Promise<Asked> => {
      const node = /vipwatch-(\w+):9797/.exec(path)![1]!;
      const items = answers[node]!;
      if (items === null) return { kind: 'failed', reason: 'no answer' };
      return { kind: 'answered', status: 200, body: JSON.stringify({ items }) };
    },
  };
}

it('takes what several agents saw for one takeover, as the least uncertain of them measured it', async () => {
  const one = [failover(6_100, 1_900)];
  const other = [failover(5_800, 50), failover(120, 40, '192.168.1.51')];
  expect(await measuredHere(apiServer({ w1: one, w2: other }))).toEqual([
    { ip: '192.168.1.50', seconds: 5.8, on: '2026-11-03' },
  ]);
});

it('goes by the others where one does not answer, or answers nonsense', async () => {
  const servers = apiServer({ w1: null, w2: [failover(5_800, 50)], w3: [{ ip: 5 }] });
  expect(await measuredHere(servers)).toHaveLength(1);
});

it('knows of none where there are no agents, or their Pods may not be listed', async () => {
  expect(await measuredHere(apiServer({}))).toEqual([]);
  const forbidden = {
    ...apiServer({}),
    list: async () => ({ kind: 'failed', reason: 'forbidden', isAway: false }) as const,
  };
  expect(await measuredHere(forbidden)).toEqual([]);
});
