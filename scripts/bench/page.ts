// What the page costs whoever looks at it, and the agent that serves it: with 1,000 VIPs and 5,000 claims, in a real Chromium, while
// strangers claim VIPs. On a machine that is busy otherwise the longest task is what the others leave of it.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Lab } from '../../lab/lab.ts';
import { passOn } from '../../lab/pass-on.ts';
import { startBrowser, WHY_NOT } from '../../test/web/browser.ts';
import { startAgent } from './agent.ts';
import { MainThread } from './main-thread.ts';
import { printTable } from './table.ts';

const VIPS = 1_000;
const CLAIMS = 5_000;
const CLAIMS_A_SECOND = 1_000;
const START_MS = 300_000;
/** Of the VIPs. */
const MOST = 0.95;
const OPEN_MS = 30_000;
const CLOSED_MS = 10_000;
const INTRUSIONS = 20;
const INTRUDE_EVERY_MS = 500;
/** A collection is asked for so often, so that what is on its way just then counts little. */
const LOOKS = 5;
const LOOK_EVERY_MS = 2_000;

const MOST_BYTES = 40_000;
const MOST_PAINT_MS = 1_000;
const MOST_TASK_MS = 100;
const MOST_GROWTH_MB = 1;

if (WHY_NOT !== null) {
  console.log(`\nThe page: not measured, for ${WHY_NOT}`);
  process.exit();
}

await using lab = await Lab.create();
const agent = await startAgent(
  lab,
  { nodes: 3, services: VIPS, readyAgents: 1 },
  1,
  {},
  { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'heap-teller.ts')}` },
);
const crowd = await lab.host('crowd', { mac: '02:00:00:00:00:fd' });
const lan = crowd.spawnScript('lab/full-lan.ts', ['0', String(CLAIMS), String(CLAIMS_A_SECOND)]);
await lan.waitForLine(/^filled$/, { timeoutMs: START_MS });
await mostUp();

const server = createServer((client) => passOn(client, { path: agent.api.socketPath }));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

/** What an agent loads once it is asked for it, it keeps: the page and each route. */
const unasked = await heap();
const browser = await startBrowser();
const page = await browser.newPage({ viewport: { width: 1_100, height: 900 } });
const thread = await MainThread.watch(page);
await seePage();
for (let service = 1; service <= INTRUSIONS; service += 1) {
  agent.responder.stdin.write(`intrude ${service}\n`);
  await pause(INTRUDE_EVERY_MS);
}
await page.locator('.verdict.critical h1', { hasText: `${INTRUSIONS} addresses are in danger` }).waitFor();
const tasks = await thread.tasks(url);
const paint: number = await page.evaluate(
  'performance.getEntriesByName("first-contentful-paint")[0].startTime',
);
const bytes: number = await page.evaluate(
  `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter(({ name }) => !name.includes('/api/'))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
);
const before = await heapWithout();
await seePage();
await pause(OPEN_MS);
const open = await heap();
const after = await heapWithout();
await browser.close();
server.close();
await agent.process.stop();

const longest = tasks[0]!;
const busiest = tasks.reduce((a, b) => (b.worked > a.worked ? b : a));
const ms = (value: number) => `${value.toFixed(0)} ms`;
const mb = (value: number) => `${value.toFixed(2)} MB`;
printTable(`The page of an agent with ${VIPS} VIPs and ${CLAIMS} claims`, [
  {
    what: 'what it loads, compressed',
    measured: `${(bytes / 1_000).toFixed(1)} kB`,
    limit: { text: `at most ${MOST_BYTES / 1_000} kB`, holds: bytes <= MOST_BYTES },
  },
  {
    what: 'first paint',
    measured: ms(paint),
    limit: { text: `below ${ms(MOST_PAINT_MS)}`, holds: paint < MOST_PAINT_MS },
  },
  {
    what: `longest task, with ${INTRUSIONS} claims of strangers in ${(INTRUSIONS * INTRUDE_EVERY_MS) / 1_000} s`,
    measured: `${ms(longest.took)}, of which ${ms(longest.worked)} its own; the most own ${ms(busiest.worked)}`,
    limit: { text: `at most ${ms(MOST_TASK_MS)}`, holds: longest.took <= MOST_TASK_MS },
  },
  {
    what: 'what the agent holds after a collection: before and after, with the page open',
    measured: `${mb(before)} and ${mb(after)}, ${mb(open)}`,
    limit: {
      text: `grows by less than ${MOST_GROWTH_MB} MB`,
      holds: open - (before + after) / 2 < MOST_GROWTH_MB,
    },
  },
  { what: '  before it was ever asked for anything', measured: mb(unasked), limit: null },
]);

async function seePage(): Promise<void> {
  await page.goto(url);
  await page.waitForSelector('#failover-test');
  await page.waitForSelector('.minute-u');
}

async function heapWithout(): Promise<number> {
  await page.goto('about:blank');
  await pause(CLOSED_MS);
  return await heap();
}

/** The median of some looks, in MB. */
async function heap(): Promise<number> {
  const looks: number[] = [];
  for (let at = 0; at < LOOKS; at += 1) {
    await pause(LOOK_EVERY_MS);
    const from = agent.process.output.length;
    process.kill(await agent.process.pid, 'SIGUSR2');
    const [, bytes] = await agent.process.waitForLine(/^heap (\d+)$/, { from });
    looks.push(Number(bytes) / 1e6);
  }
  return looks.sort((a, b) => a - b)[Math.floor(LOOKS / 2)]!;
}

/** A new VIP is asked for in its turn, some in a second: the last ones take minutes. */
async function mostUp(): Promise<void> {
  for (const until = Date.now() + START_MS; Date.now() < until; await pause(500)) {
    const up = (await agent.api.metrics('vipwatch_vip_up{')).filter((line) => line.endsWith(' 1'));
    if (up.length >= VIPS * MOST) return;
  }
  throw new Error(`too few VIPs are up within ${START_MS} ms: ${agent.process.describe()}`);
}
