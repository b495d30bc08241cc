// Agents that answer what no agent should: each of them is named, and what the others see is shown all the same.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AgentApi } from '../../src/cli/agent-api.ts';
import type { Agent } from '../../src/cli/agents-asked.ts';
import { lookAt } from '../../src/cli/agents-client.ts';
import type { Status } from '../../src/cli/status.ts';
import { tableText } from '../../src/cli/text-table.ts';
import type { IpAddress } from '../../src/net/address.ts';
import { written } from './written.ts';

const MAC = '02:00:00:00:00:11';
const TIME = '2026-03-01T12:00:00Z';
const VIP = { ip: '192.168.1.50', service: null, up: true, elected: null, announcers: [] };
const MOST_QUESTIONS = 1_000;

/** @param lists what it answers to a path in place of an empty list. */
function agent(name: string, lists: (path: string, asked: number) => unknown): Agent & { asked: number } {
  const one = {
    name,
    asked: 0,
    ask: async (path: string) => {
      one.asked += 1;
      if (one.asked > MOST_QUESTIONS) throw new Error('It is asked for ever');
      if (path === '/readyz') return { status: 200, body: { ready: true } };
      return { status: 200, body: lists(path, one.asked) ?? { items: [] } };
    },
  };
  return one;
}

const good = agent('good', (path) => (path.startsWith('/api/v1/vips') ? { items: [VIP] } : undefined));

async function statusOf(...agents: Agent[]): Promise<Status> {
  const how = { output: 'json', since: null } as const;
  const { text } = await lookAt('status', { agents, unasked: [] }, how, written().terminal);
  return JSON.parse(text);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('an agent whose list has no end', () => {
  it('is not asked on after a page without rows', async () => {
    const bad = agent('bad', () => ({ items: [], next: 'x' }));
    expect(await statusOf(good, bad)).toMatchObject({ verdict: 'fine', notAsked: [] });
    expect(bad.asked).toBeLessThan(10);
  });

  it('is named where it leads back to a page that it gave before', async () => {
    const bad = agent('bad', (path, asked) =>
      path.startsWith('/api/v1/vips') ? { items: [VIP], next: `x${asked % 3}` } : undefined,
    );
    expect(await statusOf(good, bad)).toMatchObject({
      vips: { total: 1 },
      notAsked: [{ name: 'bad', reason: 'its answer to /api/v1/vips has no end' }],
    });
  });

  it('is named where it always has one more page', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const bad = agent('bad', (path, asked) => {
      vi.advanceTimersByTime(1_000);
      return path.startsWith('/api/v1/vips') ? { items: [VIP], next: `x${asked}` } : undefined;
    });
    expect(await statusOf(good, bad)).toMatchObject({
      vips: { total: 1 },
      notAsked: [{ name: 'bad', reason: 'it is not done within 20 s' }],
    });
  });
});

describe('an agent whose rows are none', () => {
  it.each([
    ['/api/v1/vips', { ...VIP, announcers: undefined }],
    ['/api/v1/vips', { ...VIP, announcers: [{ mac: MAC, node: 'w1', since: 'long ago', lastSeen: TIME }] }],
    ['/api/v1/vips', { ...VIP, elected: 'w1' }],
    ['/api/v1/vips', null],
    ['/api/v1/findings', { id: 'one' }],
    ['/api/v1/takeovers', { ip: '192.168.1.50', at: TIME, from: { node: 'w1' } }],
  ])('is named beside what the others see: %s %o', async (list, row) => {
    const bad = agent('bad', (path) => (path.startsWith(list) ? { items: [row] } : undefined));
    const status = await statusOf(good, bad);
    expect(status).toMatchObject({ vips: { total: 1 }, agents: [{ name: 'good' }] });
    expect(status.notAsked).toEqual([
      { name: 'bad', reason: expect.stringMatching(/^its answer to \/api\/v1\/.* has a row that is none$/) },
    ]);
  });

  it('is shown whole, however many there are', async () => {
    const items = Array.from({ length: 300_000 }, () => VIP);
    const many = agent('many', (path) => (path.startsWith('/api/v1/vips') ? { items } : undefined));
    expect(await statusOf(many)).toMatchObject({ vips: { total: 1 } });
    expect(tableText(['A'], Array(300_000).fill(['1']), null)).toHaveLength(600_002);
  });
});

describe('an agent that refuses a failover test', () => {
  it.each([
    ['without a word', '<html>', 'Refused: it does not say why'],
    [
      'with a URL that is none',
      '{"instance": "/a/%", "detail": "one is running"}',
      'Refused: one is running',
    ],
  ])('%s is told as one', async (_what, body, said) => {
    const server = createServer((_request, response) => response.writeHead(409).end(body));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    try {
      const { port } = server.address() as AddressInfo;
      const api = new AgentApi(new URL(`http://127.0.0.1:${port}/`), null);
      const asked = api.create({ vip: VIP.ip as IpAddress, mode: 'drain', maxGap: 10, timeLimit: 60 });
      await expect(asked).rejects.toMatchObject({ name: 'AgentError', message: said });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
