// A TypeScript client is generated from the OpenAPI document, compiled strictly with what uses it, and run against the server:
// that the document says what a client needs, and the truth.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { redocly, writeDocument } from '../../../scripts/redocly.ts';
import { sampleTest } from '../../failover/measured.ts';
import { findingEvent, NOON, sampleTakeover } from '../sample.ts';
import { sampleServer } from '../server.ts';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** What somebody would write. Each name is a type or a function of the client; none is cast. */
const CONSUMER = `
import {
  ApiError, cancelFailoverTest, configure, createFailoverTest, followEvents, getIndex, getMetrics, isFindingEvent,
  listClaims, listFailoverTests, listFindings, listVips, client,
} from './client.ts';
import type { Finding, FindingKind, FindingPage, Problem, StreamEvent, Vip } from './client.ts';

configure({ serverUrl: process.argv[2]! });
client.auth.bearer('correct-horse-battery');

const kinds: FindingKind[] = ['lease-on-vip', 'foreign-claim'];
const page: FindingPage = await listFindings({
  query: { kind: kinds, ip: ['192.168.1.0/24'], since: '2026-01-01T00:00:00Z' },
});
const graver: Finding[] = page.items.filter(({ severity }) => severity === 'critical');

const vips: Vip[] = [];
for (let cursor: string | undefined; ; ) {
  const { items, next } = await listVips({ query: { limit: 1, ...(cursor !== undefined && { cursor }) } });
  vips.push(...items);
  if (next === null) break;
  cursor = next;
}

let problem: Problem | undefined;
try {
  await listClaims({ query: { cursor: 'abc' } });
} catch (error) {
  if (error instanceof ApiError) problem = error.body as Problem;
}

const test = await createFailoverTest({ body: { vip: '192.168.1.240', mode: 'observe' } });
const cancelled = await cancelFailoverTest({ path: { id: test.id } });

const seen: string[] = [];
for await (const { data } of followEvents({
  query: { types: ['finding', 'failover-test'] },
  headers: { 'Last-Event-ID': process.argv[3]! },
})) {
  const event: StreamEvent = data;
  if (isFindingEvent(event)) seen.push(event.kind);
  else if (event.type === 'failover-test') seen.push(event.phase);
  if (event.type === 'finding') break;
  // Now something happens.
  await fetch(process.argv[4]!);
}

console.log(JSON.stringify({
  version: (await getIndex()).version,
  metrics: (await getMetrics({ query: { 'name[]': ['vipwatch_vip_up'] } })).split('\\n', 1)[0],
  tests: (await listFailoverTests()).total,
  kinds: graver.map(({ kind }) => kind),
  vips: vips.map(({ ip }) => ip),
  detail: problem?.detail,
  phases: [test.phase, cancelled.phase],
  seen,
}));
process.exit(0);
`;

/** What does not compile: the names and words of the document are types. */
const MISTAKES = `
import { createFailoverTest, listFindings } from './client.ts';
await listFindings({ query: { kind: ['no-such-kind'] } });
await listFindings({ query: { colour: ['red'] } });
await createFailoverTest({ body: { mode: 'observe' } });
const { items } = await listFindings();
items[0]!.severity === 'sometimes';
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-client-'));
  redocly('generate-client', writeDocument(folder), '--output', join(folder, 'client.ts'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the compiler says; nothing where all is right. */
async function compile(file: string, text: string): Promise<string> {
  writeFileSync(join(folder, file), text);
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
  const options = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noEmit'];
  const modules = ['--module', 'nodenext', '--target', 'esnext', '--lib', 'esnext,dom,dom.iterable'];
  const args = [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    ...[...types, ...options, ...modules, '--allowImportingTsExtensions', file],
  ];
  return run(process.execPath, args, { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stdout }) => stdout,
  );
}

it('compiles strictly and runs against the agent', async () => {
  expect(await compile('consumer.ts', CONSUMER)).toBe('');
  let test = sampleTest({ phase: 'Running' });
  const tests = {
    list: () => [test],
    get: () => test,
    create: async () => test,
    cancel: async () => {
      test = { ...test, phase: 'Cancelled' };
      return test;
    },
  };
  const authorizer = { authorize: async () => ({ kind: 'allowed', user: null }) as const };
  const { server, events } = await sampleServer({}, {}, { tests, authorizer });
  try {
    const port = await server.listen('127.0.0.1', 0);
    const url = `http://127.0.0.1:${port}`;
    // Before the client comes: of these it wants to hear of the test alone.
    events.publish([{ type: 'takeover', at: NOON, takeover: sampleTakeover() }]);
    events.publishTest(test, NOON);
    server.fastify.server.prependListener('request', (request) => {
      if (request.url === '/go-on') events.publish([findingEvent({ kind: 'split-brain' })]);
    });
    const { stdout } = await run(
      process.execPath,
      [join(folder, 'consumer.ts'), url, '7-0', `${url}/go-on`],
      {
        timeout: 60_000,
      },
    );
    expect(JSON.parse(stdout)).toEqual({
      version: '0.1.0',
      metrics: expect.stringMatching(/^# HELP vipwatch_vip_up /),
      tests: 1,
      kinds: ['foreign-claim', 'lease-on-vip'],
      vips: ['192.168.1.50', 'fd00::50'],
      detail: expect.stringMatching(/^cursor: is not the `next` /),
      phases: ['Running', 'Cancelled'],
      seen: ['Running', 'split-brain'],
    });
  } finally {
    await server.close();
  }
});

it('does not compile where the document has no such word, parameter or value', async () => {
  const told = await compile('mistakes.ts', MISTAKES);
  expect(told.split('\n').map((line) => line.match(/^mistakes\.ts\((\d+),/)?.[1])).toEqual([
    ...['3', '4', '5', '7'],
    undefined,
  ]);
});
