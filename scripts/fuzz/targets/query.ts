// Requests: whatever their query or body, an answer that is no error of our own.
import { setImmediate as turn } from 'node:timers/promises';
import { ROUTES } from '../../../src/serve/http/routes.ts';
import { sampleServer } from '../../../test/serve/server.ts';
import { bytesOf, law, type Target, textOf } from '../target.ts';

const PROBLEM = /^application\/problem\+json/;
const FAILOVER_TESTS = '/api/v1/failover-tests';
/** It does not end. */
const EVENTS = '/api/v1/events';
const AGENT = 'http://agent';

const paths = ROUTES.filter(({ method, path }) => method === 'GET' && path !== EVENTS).map(
  ({ path }) => path,
);
const parameters = ROUTES.flatMap(({ query }) =>
  Object.keys((query as { properties?: object })?.properties ?? {}),
);

export async function query(): Promise<Target> {
  const { server, errors } = await sampleServer();
  return {
    kind: 'text',
    seeds: [
      ...paths,
      '/api/v1/findings?state=all&kind=foreign-claim,silent-vip&limit=1',
      '/api/v1/claims?ip=192.168.1.0/24&mac=0200.0000.0011&limit=5',
      '/api/v1/leases?service=traefik/traefik&namespace=traefik&since=1h',
      '/api/v1/takeovers?class=failover&since=2026-03-01T18:00:00Z&limit=2000',
      '/api/v1/vips/192.168.1.50',
      '/metrics?name[]=vipwatch_vip_up',
      '{"vip":"192.168.1.50","mode":"observe","maxGap":"10s","timeLimit":"2m"}',
    ].map(bytesOf),
    words: [
      ...paths,
      ...parameters.flatMap((name) => [`${name}=`, `&${name}=`]),
      ...[
        '?',
        '&',
        '=',
        ',',
        '%00',
        '%',
        '%2',
        '%F0%9F',
        '[]',
        '..',
        '//',
        '-',
        '/',
        ':',
        '1',
        '99999999999999999999',
      ],
      ...[
        '192.168.1.50',
        'fd00::50',
        '0.0.0.0/0',
        '::/0',
        '02:00:00:00:00:11',
        'all',
        'critical',
        '1h',
        '__proto__',
        'constructor',
      ],
      ...['"vip":', '"mode":', '{', '}', ':', '"', 'null', '[', ']', '1e999'],
    ],
    run: async (input) => {
      const text = textOf(input);
      const body = text.startsWith('{');
      // What a request line may hold; a client escapes the rest.
      const url = body ? FAILOVER_TESTS : `/${text.replaceAll(/[^\x21-\x7e]/g, encoded).replace(/^\/+/, '')}`;
      // The injector, unlike a socket, takes no other.
      if (!URL.canParse(url, AGENT) || new URL(url, AGENT).pathname.startsWith(EVENTS)) return;
      const { statusCode, headers, payload } = await server.fastify.inject(
        body
          ? { method: 'POST', url, payload: text, headers: { 'content-type': 'application/json' } }
          : { method: 'GET', url },
      );
      // What a request holds goes when the event loop turns.
      await turn();
      law(errors.length === 0, 'no error of our own', errors.splice(0).join());
      law(
        statusCode < 500 || statusCode === 503,
        'an answer that is no error of our own',
        `${statusCode} ${payload.slice(0, 100)}`,
      );
      const type = String(headers['content-type'] ?? '');
      law(statusCode < 400 || PROBLEM.test(type), 'a refusal is a problem document', `${statusCode} ${type}`);
      if (/json/.test(type)) JSON.parse(payload);
    },
  };
}

function encoded(character: string): string {
  return [...bytesOf(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
