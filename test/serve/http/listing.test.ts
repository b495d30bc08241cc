// Pages: they stay stable while rows come and go, and a cursor holds for its own list alone.
import { afterEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import type { IpAddress, Ipv4 } from '../../../src/net/address.ts';
import type { FailoverTesting } from '../../../src/serve/http/options.ts';
import { sampleTest } from '../../failover/measured.ts';
import { NOON, sampleClaim, sampleFinding, sampleLease, sampleTakeover, sampleView } from '../sample.ts';
import { type SampleServer, sampleServer } from '../server.ts';

let running: SampleServer | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

const each = <Row>(make: (i: number, ip: Ipv4) => Row): Row[] =>
  Array.from({ length: 25 }, (_, i) => make(i, `10.0.${i % 5}.${i}` as Ipv4));

/** As long as a test's id may be. */
const LONG = 'x'.repeat(190);

/** 25 rows in every list. */
async function start(over: Parameters<typeof sampleServer>[0] = {}) {
  const view = sampleView({
    eachVip: () => each((_, ip) => ({ ...sampleView().vips(0)[0]!, ip, service: 'a/s' })),
    claims: () => each((_, ip) => sampleClaim({ ip })),
    leases: () => each((_, ip) => sampleLease({ ip })),
    dhcpServers: () => each((_, ip) => ({ ...sampleView().dhcpServers()[0]!, ip })),
    findings: () => each((i, ip) => sampleFinding({ ip, raisedAt: NOON + i * SECOND })),
    takeovers: () => each((i, ip) => sampleTakeover({ ip, at: NOON + i * SECOND })),
  });
  const tests: FailoverTesting['tests'] = {
    list: () => each((i) => sampleTest({ id: `${LONG}${i}` })),
    get: () => undefined,
    create: async () => sampleTest(),
    cancel: async () => undefined,
  };
  running = await sampleServer({ view, ...over }, {}, { tests, authorizer: null });
  const { fastify } = running.server;
  return async (url: string) => {
    const response = await fastify.inject(url);
    return { status: response.statusCode, body: response.json() };
  };
}

type Ask = Awaited<ReturnType<typeof start>>;

const LISTS = ['vips', 'claims', 'leases', 'dhcp-servers', 'findings', 'takeovers', 'failover-tests'].map(
  (name) => `/api/v1/${name}`,
);

async function cursorOf(ask: Ask, list: string): Promise<string> {
  const { body } = await ask(`${list}${list.includes('?') ? '&' : '?'}limit=10`);
  expect(body.next).toMatch(/^[\w-]+$/);
  return body.next;
}

const REFUSED = {
  status: 400,
  body: {
    type: 'about:blank',
    title: 'Bad request',
    status: 400,
    detail:
      'cursor: is not the `next` of an earlier page of this list with these filters: ' +
      'pass `next` unchanged, or leave out `cursor` to begin with the first page',
  },
};

describe('the pages of a list', () => {
  it.each(LISTS)('GET %s shows every row once', async (list) => {
    const ask = await start();
    const seen: string[] = [];
    const lengths: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { status, body } = await ask(`${list}?limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect({ status, total: body.total }).toEqual({ status: 200, total: 25 });
      seen.push(...body.items.map((row: unknown) => JSON.stringify(row)));
      lengths.push(body.items.length);
      cursor = body.next;
    }
    expect(lengths).toEqual([10, 10, 5]);
    expect(new Set(seen).size).toBe(25);
  });

  it('show every row once though rows come and go meanwhile', async () => {
    let rows = each((_, ip) => sampleClaim({ ip }));
    const ask = await start({ view: sampleView({ claims: () => rows }) });
    const seen: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { body } = await ask(`/api/v1/claims?limit=10${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...body.items.map((row: { ip: string }) => row.ip));
      cursor = body.next;
      pages += 1;
      // The first row goes, and one comes that sorts before all: neither may shift the pages that follow.
      rows = [sampleClaim({ ip: `9.0.0.${pages}` as IpAddress }), ...rows.slice(1)];
    } while (cursor !== null && pages < 10);
    expect(pages).toBe(3);
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
    expect(seen[0]).toBe('10.0.0.0');
    expect(seen.at(-1)).toBe('10.0.4.24');
  });

  it('may be of different lengths', async () => {
    const ask = await start();
    const { body } = await ask(`/api/v1/claims?limit=3&cursor=${await cursorOf(ask, '/api/v1/claims')}`);
    expect(body.items).toHaveLength(3);
  });

  it.each([
    ['they are long', 25, 100_000, [6, 6, 6, 6, 1]],
    ['there are many', 4_500, 1, [2_000, 2_000, 500]],
  ])('end where %s, and hide no row', async (_, count, nameLength, pages) => {
    const ip = (i: number) => `10.0.${i >> 8}.${i & 255}` as IpAddress;
    const rows = Array.from({ length: count }, (_, i) =>
      sampleClaim({ ip: ip(i), node: 'x'.repeat(nameLength) }),
    );
    const ask = await start({ view: sampleView({ claims: () => rows }) });
    const lengths: number[] = [];
    const seen = new Set<string>();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await ask(`/api/v1/claims?limit=2000${cursor === '' ? '' : `&cursor=${cursor}`}`);
      lengths.push(body.items.length);
      for (const row of body.items) seen.add(row.ip);
      cursor = body.next;
    }
    expect(lengths).toEqual(pages);
    expect(seen.size).toBe(count);
  });

  it('follow each other with the same filters, in whatever order they are written', async () => {
    const ask = await start();
    const cursor = await cursorOf(ask, '/api/v1/findings?kind=foreign-claim,lease-on-vip&ip=10.0.0.0/16');
    const url = `/api/v1/findings?ip=10.0.0.0/16&kind=lease-on-vip&kind=foreign-claim&cursor=${cursor}`;
    const { status, body } = await ask(url);
    expect({ status, length: body.items.length }).toEqual({ status: 200, length: 15 });
  });
});

describe('a cursor is refused', () => {
  it.each(
    LISTS.flatMap((list) =>
      ['', 'abc', 'AAAA', '%25%25%25', '***', 'a'.repeat(7_000)].map((cursor) => [list, cursor]),
    ),
  )('GET %s?cursor=%.10s', async (list, cursor) => {
    const ask = await start();
    expect(await ask(`${list}?cursor=${cursor}`)).toEqual(REFUSED);
  });

  it.each(LISTS)('of every other list: GET %s', async (list) => {
    const ask = await start();
    const cursor = await cursorOf(ask, list);
    for (const other of LISTS.filter((name) => name !== list))
      expect(await ask(`${other}?cursor=${cursor}`), other).toEqual(REFUSED);
  });

  it.each([
    ['/api/v1/claims', '/api/v1/claims?ip=10.0.0.0/8'],
    ['/api/v1/claims?ip=10.0.0.0/8', '/api/v1/claims'],
    ['/api/v1/claims?ip=10.0.0.0/8', '/api/v1/claims?ip=10.0.0.0/9'],
    ['/api/v1/findings?since=2026-01-01T00:00:00Z', '/api/v1/findings?since=2026-01-02T00:00:00Z'],
    ['/api/v1/findings?state=all', '/api/v1/findings'],
    ['/api/v1/vips?namespace=a', '/api/v1/vips?service=s'],
  ])('with other filters: %s, then %s', async (first, then) => {
    const ask = await start();
    const cursor = await cursorOf(ask, first);
    const url = `${then}${then.includes('?') ? '&' : '?'}cursor=${cursor}`;
    expect(await ask(url)).toEqual(REFUSED);
  });

  it('truncated anywhere, or with more at its end', async () => {
    const ask = await start();
    const cursor = await cursorOf(ask, '/api/v1/claims');
    for (let length = 0; length < cursor.length; length += 1)
      expect(await ask(`/api/v1/claims?cursor=${cursor.slice(0, length)}`), `${length}`).toEqual(REFUSED);
    for (const more of ['A', 'AAAA', '%3D', '-'])
      expect(await ask(`/api/v1/claims?cursor=${cursor}${more}`), more).toEqual(REFUSED);
  });

  it('of another version of vipwatch', async () => {
    const cursor = await cursorOf(await start(), '/api/v1/claims');
    await running!.server.close();
    const ask = await start({ version: '0.0.9' });
    expect(await ask(`/api/v1/claims?cursor=${cursor}`)).toEqual(REFUSED);
  });
});
