// GET /metrics over HTTP, and what it says of those who ask.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { seriesOf } from '../metrics/text.ts';
import { sampleClaim, sampleView } from '../sample.ts';
import { type SampleServer, sampleServer } from '../server.ts';

let sample: SampleServer | undefined;
afterEach(() => sample?.server.close());

async function started(): Promise<SampleServer> {
  sample = await sampleServer();
  return sample;
}

describe('GET /metrics', () => {
  it.each([
    ['name=vipwatch_vip_up', 'name: unknown parameter'],
    ['foo=1', 'foo: unknown parameter'],
    ['name[]=vipwatch_vip_up&format=prometheus', 'format: unknown parameter'],
    ['name[]=vipwatch_vip_up&name[]=vipwatch_vips', 'name[]: no metric is called vipwatch_vips'],
  ])('refuses ?%s', async (query, detail) => {
    const { server } = await started();
    const answer = await server.fastify.inject(`/metrics?${query}`);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ status: 400, detail });
  });
});

describe('vipwatch_http_requests_total', () => {
  const counted = ({ metrics }: SampleServer) => seriesOf(metrics, 'vipwatch_http_requests_total');

  it.each([
    ['GET', '/api/v1/vips?limit=1', 'route="/api/v1/vips",method="GET",code="200"'],
    ['HEAD', '/healthz', 'route="/healthz",method="HEAD",code="200"'],
    ['GET', '/api/v1/vips?limit=x', 'route="/api/v1/vips",method="GET",code="400"'],
    ['GET', '/api/v1/failover-tests/7', 'route="/api/v1/failover-tests/{id}",method="GET",code="404"'],
    ['GET', '/.env', 'route="",method="GET",code="404"'],
    ['DELETE', '/metrics', 'route="",method="DELETE",code="405"'],
    ['OPTIONS', '/metrics', 'route="",method="other",code="405"'],
  ] as const)('counts %s %s', async (method, url, labels) => {
    const all = await started();
    await all.server.fastify.inject({ method, url });
    expect(counted(all)).toEqual([`vipwatch_http_requests_total{${labels}} 1`]);
  });

  it('counts nothing that was never answered', async () => {
    const sockets: Socket[] = [];
    const view = sampleView({
      *eachClaim() {
        for (const socket of sockets) socket.destroy();
        // So many that it pauses meanwhile.
        for (let i = 0; i < 5000; i += 1) yield sampleClaim();
      },
    });
    sample = await sampleServer({ view });
    const port = await sample.server.listen('127.0.0.1', 0);
    sample.server.fastify.server.on('connection', (socket) => sockets.push(socket));
    const client = connect(port, '127.0.0.1');
    client.write('GET /api/v1/claims HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(client, 'close');
    await sample.server.fastify.inject('/healthz');
    expect(counted(sample)).toEqual([
      'vipwatch_http_requests_total{route="/healthz",method="GET",code="200"} 1',
    ]);
  });

  it('counts an event stream when it ends, and shows it while it is open', async () => {
    const all = await started();
    const port = await all.server.listen('127.0.0.1', 0);
    const streams = () => seriesOf(all.metrics, 'vipwatch_event_streams');
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    expect(streams()).toEqual(['vipwatch_event_streams 1']);
    expect(counted(all)).toEqual([]);
    socket.destroy();
    await vi.waitUntil(() => counted(all).length > 0, 60_000);
    expect(streams()).toEqual(['vipwatch_event_streams 0']);
    expect(counted(all)).toEqual([
      'vipwatch_http_requests_total{route="/api/v1/events",method="GET",code="200"} 1',
    ]);
  });
});
