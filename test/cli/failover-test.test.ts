// The command as a person calls it, against the agent's own HTTP server over a store that does as it is told.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import type { FailoverTest, FailoverTestSpec, FailoverTests } from '../../src/failover/failover-test.ts';
import type { IpAddress } from '../../src/net/address.ts';
import type { Authorization, Authorizer } from '../../src/serve/http/authorization.ts';
import type { Sources } from '../../src/serve/tables/sources.ts';
import { leg, sampleTest, seenFrom } from '../failover/measured.ts';
import { NOON, sampleTakeover, sampleView } from '../serve/sample.ts';
import { type SampleServer, sampleServer } from '../serve/server.ts';
import { lines, type Outcome, PROGRAM } from './program.ts';

const VIP = '192.168.1.240';
const TOKEN = 'correct-horse-battery';

const PENDING: Partial<FailoverTest> = {
  phase: 'Pending',
  message: 'Waiting for an agent to take the test.',
};
const RUNNING: Partial<FailoverTest> = { phase: 'Running', message: 'Unplug node-1 now.' };
const PASSED: Partial<FailoverTest> = {
  phase: 'Passed',
  message: 'The longest gap was 1.4 s, within the 10 s allowed.',
  to: 'node-2',
  gapMs: 1_400,
  vantagePoints: [{ ...seenFrom('node-3', leg({})), result: 'passed' }, seenFrom('node-4')],
};

/** Goes on by one step each time that the test is looked at, and stays at the last. */
class Store implements FailoverTests {
  steps: Partial<FailoverTest>[] = [RUNNING, PASSED];
  created: FailoverTestSpec[] = [];
  cancelled = 0;
  #spec: FailoverTestSpec | undefined;

  list = () => [];
  get = (): FailoverTest => {
    if (this.steps.length > 1) this.steps.shift();
    return this.#test();
  };
  async create(spec: FailoverTestSpec): Promise<FailoverTest> {
    this.created.push(spec);
    this.#spec = spec;
    return this.#test();
  }
  async cancel(): Promise<FailoverTest> {
    this.cancelled += 1;
    this.steps = [{ phase: 'Cancelled', message: 'Cancelled on request.' }];
    return this.#test();
  }
  #test = () => sampleTest({ id: 'one', ...(this.#spec && { spec: this.#spec }), ...this.steps[0] });
}

class Porter implements Authorizer {
  readonly tokens: string[] = [];
  answer: Authorization = { kind: 'allowed', user: 'carol' };
  async authorize(token: string): Promise<Authorization> {
    this.tokens.push(token);
    return this.answer;
  }
}

let folder: string;
let running: SampleServer | undefined;
let other: Server | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-failover-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await running?.server.close();
  running = undefined;
  other?.closeAllConnections();
  other?.close();
  other = undefined;
});

/** The agent's URL. */
async function agent(
  store: Store,
  over: Partial<Sources> = {},
  porter: Porter | null = new Porter(),
): Promise<string> {
  running = await sampleServer({ now: () => NOON, ...over }, {}, { tests: store, authorizer: porter });
  return `http://127.0.0.1:${await running.server.listen('127.0.0.1', 0)}`;
}

function start(args: readonly string[], environment: Record<string, string> = { VIPWATCH_TOKEN: TOKEN }) {
  const child = spawn(PROGRAM, ['failover-test', ...args], {
    cwd: '/',
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outcome = async (): Promise<Outcome> => {
    const ended = once(child, 'close') as Promise<[number]>;
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: (await ended)[0], stdout, stderr };
  };
  return { child, outcome };
}

const call = (...args: Parameters<typeof start>) => start(...args).outcome();

describe('vipwatch failover-test --watch', () => {
  it('follows a test to its end, and draws what came of it', async () => {
    const store = new Store();
    store.steps = [PENDING, PENDING, RUNNING, RUNNING, PASSED];
    const { code, stdout, stderr } = await call([VIP, '--watch', '--server', await agent(store)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [first, second, ...rest] = stdout.split('\n');
    expect(first).toMatch(/^ +\d+\.?\d* m?s {2}Pending {5}Waiting for an agent to take the test\.$/);
    expect(second).toMatch(/ s {2}Running {5}Unplug node-1 now\.$/);
    expect(rest[0]).toBe(
      'PASSED: 192.168.1.240 (traefik/traefik). The longest gap was 1.4 s, within the 10 s allowed.',
    );
    expect(rest[1]).toBe(
      'Forecast: about 6 s (usually 5.8 s; no agent has measured one here); measured: 1.4 s.',
    );
    expect(rest[2]).toBe('As seen from: node-3 passed, node-4 not judged.');
    expect(stdout).toContain('failover: node-1 to node-2, seen by node-3 on eth0\n');
    // A file is no terminal: nothing moves in it.
    for (const sign of ['\u001b', '\r', '⠋']) expect(stdout).not.toContain(sign);
  });

  it('foretells by what the agent has measured, and a planned move not at all', async () => {
    const dead = { ip: VIP as IpAddress, gapMs: 7_040, uncertaintyMs: 1_050 };
    const view = sampleView({ takeovers: () => [sampleTakeover(dead), sampleTakeover()] });
    const forecastOf = async (...mode: string[]) => {
      const { stdout } = await call([
        VIP,
        '--watch',
        ...mode,
        '--server',
        await agent(new Store(), { view }),
      ]);
      await running?.server.close();
      return stdout.split('\n').filter((line) => line.startsWith('Forecast'));
    };
    expect(await forecastOf('--mode', 'freeze')).toEqual([
      'Forecast: about 7 s (measured here: 7 s on Mar 1); measured: 1.4 s.',
    ]);
    expect(await forecastOf('--mode', 'drain')).toEqual([]);
  });

  it('exits with 1 where the test failed', async () => {
    const store = new Store();
    store.steps = [RUNNING, { phase: 'Failed', message: 'No other node took over within 2m.' }];
    const { code, stdout } = await call([VIP, '--watch', '--server', await agent(store)]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAILED: .* No other node took over within 2m\.\n$/);
  });

  it('exits with 2 where it was refused later on', async () => {
    const store = new Store();
    store.steps = [PENDING, { phase: 'Refused', message: 'Nobody could take over.' }];
    const { code, stdout } = await call([VIP, '--watch', '--server', await agent(store)]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/REFUSED: .* Nobody could take over\.\n$/);
  });

  it('tells a program the test as it ended, and nothing else', async () => {
    const url = await agent(new Store());
    const { code, stdout } = await call([VIP, '--watch', '--output', 'json', '--server', url]);
    expect(code).toBe(0);
    expect(lines(stdout)).toMatchObject([{ id: 'one', phase: 'Passed', gapMs: 1_400 }]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('cancels the test at %s, and says so', async (signal) => {
    const store = new Store();
    store.steps = [RUNNING];
    const { child, outcome } = start([VIP, '--watch', '--server', await agent(store)]);
    const outcomeLater = outcome();
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes('Running')) break;
    }
    child.kill(signal);
    expect((await outcomeLater).code).toBe(2);
    expect(store.cancelled).toBe(1);
  });

  it('says what it does when it is interrupted', async () => {
    const store = new Store();
    store.steps = [RUNNING];
    const { child, outcome } = start([VIP, '--watch', '--server', await agent(store)]);
    child.stdout.once('data', () => child.kill('SIGINT'));
    const { code, stdout, stderr } = await outcome();
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(stdout).toContain('Interrupted: cancelling the test.\n');
    expect(stdout).toMatch(/CANCELLED: .* Cancelled on request\.\n$/);
  });

  it('says so where the test could not be cancelled', async () => {
    const [store, porter] = [new Store(), new Porter()];
    store.steps = [RUNNING];
    const { child, outcome } = start([VIP, '--watch', '--server', await agent(store, {}, porter)]);
    child.stdout.once('data', () => {
      porter.answer = { kind: 'forbidden', reason: 'carol may not delete' };
      child.kill('SIGINT');
    });
    const { code, stderr } = await outcome();
    expect(code).toBe(2);
    expect(stderr).toBe(
      'vipwatch: The test one could not be cancelled, and may still run: The agent answers 403: carol may not delete\n',
    );
  });

  it('goes on when the agent is away for a moment', async () => {
    const store = new Store();
    store.steps = [RUNNING];
    const url = await agent(store);
    const { child, outcome } = start([VIP, '--watch', '--server', url]);
    const ended = outcome();
    await once(child.stdout, 'data');
    await running!.server.close();
    store.steps = [RUNNING, PASSED];
    running = await sampleServer({}, {}, { tests: store, authorizer: new Porter() });
    await running.server.listen('127.0.0.1', Number(new URL(url).port));
    expect((await ended).code).toBe(0);
  });
});

describe('vipwatch failover-test', () => {
  it('asks for what was said, and tells how to follow it', async () => {
    const store = new Store();
    const url = await agent(store);
    const options = ['--mode', 'drain', '--max-gap', '1500ms', '--time-limit', '30s'];
    const { code, stdout } = await call(['FD00::0050', ...options, '--server', `${url}/`]);
    expect(store.created).toEqual([
      { vip: 'fd00::50', mode: 'drain', maxGap: 1_500_000, timeLimit: 30 * SECOND },
    ]);
    expect(code).toBe(0);
    expect(stdout).toBe(`one\nUnplug node-1 now.\nFollow it: curl -s ${url}/api/v1/failover-tests/one\n`);
  });

  it('tells why a test was refused, exit code 2', async () => {
    const store = new Store();
    store.steps = [{ phase: 'Refused', message: 'Another test is running.' }];
    const { code, stdout } = await call([VIP, '--server', await agent(store)]);
    expect({ code, stdout }).toEqual({
      code: 2,
      stdout: 'REFUSED: 192.168.1.240 (traefik/traefik). Another test is running.\n',
    });
  });

  it('takes the token from a file, its first, by a name or without', async () => {
    const porter = new Porter();
    const url = await agent(new Store(), {}, porter);
    for (const [i, held] of [`${TOKEN}-1\n`, `# who\n\ncarol: ${TOKEN}-2\nlast:${TOKEN}\n`].entries()) {
      const path = join(folder, `token-${i}`);
      writeFileSync(path, held);
      expect((await call([VIP, '--server', url, '--token-file', path])).code).toBe(0);
    }
    expect(porter.tokens).toEqual([`${TOKEN}-1`, `${TOKEN}-2`]);
  });

  it('without a token says where one can be given', async () => {
    const { code, stdout, stderr } = await call([VIP, '--server', await agent(new Store())], {});
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^vipwatch: The agent answers 401: .*--token-file FILE or VIPWATCH_TOKEN\n$/);
  });

  it('where nobody may says what the agent lacks', async () => {
    const { code, stderr } = await call([VIP, '--server', await agent(new Store(), {}, null)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^vipwatch: The agent answers 403: changes are disabled here: .*; make one with .*, and name it in http\.tokenFile\n$/,
    );
  });

  it('never shows the token', async () => {
    const porter = new Porter();
    porter.answer = { kind: 'unknown' };
    const { stdout, stderr } = await call([VIP, '--server', await agent(new Store(), {}, porter)]);
    expect(stdout + stderr).not.toContain(TOKEN);
  });

  it('lets nothing of an answer steer the terminal', async () => {
    const store = new Store();
    store.steps = [{ phase: 'Refused', message: 'So \u001b[2Jit\u202e is.\r\n' }];
    const { stdout } = await call([VIP, '--server', await agent(store)]);
    expect(stdout).toBe('REFUSED: 192.168.1.240 (traefik/traefik). So ?[2Jit? is.??\n');
  });

  it.each<[string, number, string, Record<string, string>]>([
    ['a web page', 200, '<html>', {}],
    ['other JSON', 200, '{"id":7}', {}],
    ['an error in other words', 404, 'page not found', {}],
    ['a way elsewhere', 307, '', { location: 'http://127.0.0.1:9/' }],
  ])(
    'of what answers with %s says that it is no agent, and follows nobody',
    async (_what, status, body, headers) => {
      other = createServer((_request, response) => response.writeHead(status, headers).end(body));
      other.listen(0, '127.0.0.1');
      await once(other, 'listening');
      const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
      const { code, stderr } = await call([VIP, '--server', url]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^vipwatch: (The server there is not a vipwatch agent|Cannot ask http).*\n$/);
    },
  );

  it.each<[string, string[], RegExp]>([
    ['no VIP', [], /missing required argument 'vip'/],
    ['no address', ['web'], /vip: "web" is not the address of a VIP/],
    ['an unknown mode', [VIP, '--mode', 'unplug'], /Allowed choices are observe, drain, delete-pod, freeze/],
    ['no duration', [VIP, '--max-gap', '10'], /^vipwatch: --max-gap: "10" is not a duration/],
    [
      'no host',
      [VIP, '--server', 'ftp://node-1'],
      /--server: "ftp:\/\/node-1" is not the address of an agent/,
    ],
    ['no token file', [VIP, '--token-file', '/nowhere'], /--token-file: cannot read \/nowhere: no such file/],
    ['an empty token file', [VIP, '--token-file', '/dev/null'], /--token-file: \/dev\/null holds no token/],
  ])('with %s is one line, exit code 2', async (_what, args, expected) => {
    const { code, stdout, stderr } = await call(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/^vipwatch: [^\n]*\n$/);
  });

  it('with what is no token in the environment is one line, which does not show it', async () => {
    const { code, stderr } = await call([VIP], { VIPWATCH_TOKEN: 'two words\nof a secret' });
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'vipwatch: VIPWATCH_TOKEN holds no token\n' });
  });

  it('where nobody listens is one line, exit code 2', async () => {
    other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    other.close();
    await once(other, 'close');
    const { code, stdout, stderr } = await call([VIP, '--server', url]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`vipwatch: Cannot ask ${url}: no program listens there\n`);
  });

  it('warns where the token would cross a network in the clear', async () => {
    const { stderr } = await call([VIP, '--server', 'http://vipwatch.invalid:9797']);
    expect(stderr).toMatch(
      /^vipwatch: warning: the token crosses the network unencrypted; .*\nvipwatch: Cannot ask /,
    );
  });
});
