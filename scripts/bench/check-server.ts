// The API server of the bench of checks: pages of a large cluster's objects. Prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KIND_KEYS, KINDS } from '../../src/check/model/kinds.ts';
import { checkObjects } from './check-objects.ts';

const objects = checkObjects({ namespace: 'web', labels: (i) => ({ app: `web-${i}` }) });

const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://api');
  const key = KIND_KEYS.find((one) => KINDS[one].path === url.pathname);
  const [count, make] = (key && objects[key]) ?? [0, () => ({})];
  const from = Number(url.searchParams.get('continue') ?? 0);
  const until = Math.min(count, from + Number(url.searchParams.get('limit')));
  const items = Array.from({ length: until - from }, (_, i) => make(from + i));
  const next = until < count ? String(until) : '';
  response.end(JSON.stringify({ metadata: { continue: next }, items }));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
