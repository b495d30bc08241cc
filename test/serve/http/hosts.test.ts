// Names by which an agent may be asked for: none that a page of the Internet can have.
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { isOwnHost, namesOf } from '../../../src/serve/http/hosts.ts';
import type { HttpOptions } from '../../../src/serve/http/options.ts';
import { type SampleServer, sampleServer } from '../server.ts';

const NAMES = namesOf(['cp', 'CP.lan', ''], ['Agent.Example']);

let running: SampleServer | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

describe('isOwnHost()', () => {
  it.each([
    ...['192.168.1.10:9797', '192.168.1.10', '[fd00::10]:9797', '[::1]', '127.0.0.1:9797'],
    ...['localhost', 'localhost:8080', 'LOCALHOST', 'cp:9797', 'CP', 'cp.', 'cp.local:9797', 'cp.lan'],
    // Services of the cluster, as Prometheus is told of them.
    ...['agent.example', 'vipwatch.vipwatch.svc:9797', 'vipwatch.vipwatch.svc.cluster.local'],
  ])('takes %s', (host) => {
    expect(isOwnHost(host, NAMES)).toBe(true);
  });

  it.each([
    ...[
      'evil.example',
      'evil.example:9797',
      'cp.evil.example',
      'localhost.evil.example',
      '192.168.1.10.nip.io',
    ],
    ...[
      'vipwatch.vipwatch.svc.evil.example',
      'svc',
      'vipwatch.svc',
      'local',
      '.local',
      '',
      ':9797',
      'w1.local',
    ],
  ])('refuses %j', (host) => {
    expect(isOwnHost(host, NAMES)).toBe(false);
  });
});

describe('a request', () => {
  async function asked(head: string, from = '127.0.0.1', http: Partial<HttpOptions> = {}): Promise<string> {
    running ??= await sampleServer({}, {}, undefined, { hosts: NAMES, ...http });
    const address = running.server.fastify.server.address();
    const port =
      typeof address === 'object' && address ? address.port : await running.server.listen('127.0.0.1', 0);
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    await once(socket, 'connect');
    socket.end(`${head}\r\nConnection: close\r\n\r\n`);
    return await text(socket);
  }

  it('for another name is refused whatever it asks for, and told what to do', async () => {
    for (const path of ['/api/v1/leases', '/metrics', '/healthz', '/nowhere']) {
      const answer = await asked(`GET ${path} HTTP/1.1\r\nHost: evil.example:9797`);
      expect(answer).toMatch(/^HTTP\/1.1 421 Misdirected Request\r\n/);
      expect(answer).toContain('or list the name in http.hosts of its configuration');
      expect(answer).not.toContain('192.168.');
    }
    // A page's script may not ask for a change either.
    const answer = await asked(
      'POST /api/v1/failover-tests HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0',
    );
    expect(answer).toMatch(/^HTTP\/1.1 421 /);
  });

  it('for its own name, or from before there were names, is answered', async () => {
    expect(await asked('GET /healthz HTTP/1.1\r\nHost: agent.example')).toMatch(/^HTTP\/1.1 200 /);
    expect(await asked('GET /healthz HTTP/1.0')).toMatch(/^HTTP\/1.1 200 /);
  });

  it('that the API server passes on is answered by whatever name that was asked for; from the node itself it is not', async () => {
    const originOf: HttpOptions['originOf'] = (ip) => (ip === '127.0.0.2' ? 'cluster' : 'node');
    const head = 'GET /healthz HTTP/1.1\r\nHost: kubernetes.example:6443';
    expect(await asked(head, '127.0.0.2', { originOf })).toMatch(/^HTTP\/1.1 200 /);
    // As kubectl port-forward would bring it, for a browser's page.
    expect(await asked(head, '127.0.0.1')).toMatch(/^HTTP\/1.1 421 /);
  });
});
