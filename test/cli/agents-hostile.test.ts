// Agents that answer what no agent should: each of them is named, and what the others see is shown all the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AgentApi } from '../../src/cli/agent-api.ts';
import { type Agent, agentAt } from '../../src/cli/agents-asked.ts';
import { lookAt } from '../../src/cli/agents-client.ts';
import { readConfigAt } from '../../src/cli/config-file.ts';
import type { Status } from '../../src/cli/status.ts';
import { tableText } from '../../src/cli/text-table.ts';
import { UserClient } from '../../src/host/kubernetes/user-client.ts';
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

describe('an agent whose list never ends', () => {
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
      notAsked: [{ name: 'bad', reason: 'its answer to /api/v1/vips never ends' }],
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
      notAsked: [{ name: 'bad', reason: 'it did not answer completely within 20 s' }],
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
      { name: 'bad', reason: expect.stringMatching(/^its answer to \/api\/v1\/.* has a malformed row$/) },
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

describe('an answer without end', () => {
  it.each<[string, (url: string) => Promise<unknown>, RegExp]>([
    [
      'of an agent',
      (url) => agentAt(new URL(url)).agents[0]!.ask('/readyz'),
      /^its answer is longer than 4194304 bytes$/,
    ],
    [
      'of an agent that tests failovers',
      (url) => new AgentApi(new URL(url), null).get('one'),
      /its answer is longer than 4194304 bytes$/,
    ],
    [
      'of whoever has the intent',
      (url) => readConfigAt(url, { insideCluster: false }),
      /it is too long for an intent$/,
    ],
    [
      'of an agent behind an API server',
      async (url) => {
        const folder = mkdtempSync(join(tmpdir(), 'vipwatch-endless-'));
        const kubeconfig = join(folder, 'config');
        writeFileSync(
          kubeconfig,
          JSON.stringify({
            'current-context': 'c',
            contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
            clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
            users: [{ name: 'u', user: {} }],
          }),
        );
        const asked = await new UserClient({ kubeconfig }).ask('/', 4_194_304);
        rmSync(folder, { recursive: true });
        throw new Error(asked.kind === 'failed' ? asked.reason : 'It was read');
      },
      /^its answer is longer than 4194304 bytes$/,
    ],
  ])('%s is left off', async (_what, ask, said) => {
    const piece = Buffer.alloc(65_536, ' ');
    let sent = 0;
    // It ends after 32 MiB, so that a reader without a bound does, too.
    function* pieces() {
      for (; sent < 512; sent += 1) yield piece;
    }
    const server = createServer((_request, response) => Readable.from(pieces()).pipe(response));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      await expect(ask(url)).rejects.toThrow(said);
      expect(sent).toBeLessThan(512);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('is not looked for where a server of the intent sends on to', async () => {
    const server = createServer((request, response) =>
      request.url === '/' ? response.writeHead(302, { location: '/other' }).end() : response.end('{}'),
    );
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      await expect(readConfigAt(url, { insideCluster: false })).rejects.toThrow(/it answers 302$/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
