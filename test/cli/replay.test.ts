import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FINDINGS_PAGE } from '../../src/watch/finding/documentation.ts';
import { HOME_LAN_STORY, homeLanStory } from '../home-lan-story.ts';
import { HOME_LAN, HOME_LAN_CONFIG, lines, type Outcome, PROGRAM, ROOT, vipwatch } from './program.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-replay-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const homeLan = readFileSync(HOME_LAN);
const PCAP_HEADER = 24;
const CONFIGURED = { vips: 1, pools: 1, nodes: 2, dhcpRanges: 0, dhcpServers: 1 };

/** In bash, with `pipefail`: $0 the program, $1 a configuration, $2 a capture. */
async function shell(script: string): Promise<Outcome> {
  const words = ['-o', 'pipefail', '-c', script, PROGRAM, HOME_LAN_CONFIG, HOME_LAN];
  try {
    return { code: 0, ...(await promisify(execFile)('bash', words)) };
  } catch (error) {
    return pick(error as Outcome);
  }
}
const pick = ({ code, stdout, stderr }: Outcome): Outcome => ({ code, stdout, stderr });

describe('replay of the home LAN on which the phone leaves, and comes back', () => {
  const LEASE = 'lease-on-vip_eth0_192.168.1.50_02:00:00:00:00:aa';

  it('tells the lease as a warning while the phone is away, as JSON', async () => {
    const { code, stdout } = await vipwatch([
      ...['replay', '-c', HOME_LAN_CONFIG, HOME_LAN_STORY],
      ...['--output', 'json', '--fail-on', 'critical'],
    ]);
    expect(code).toBe(1);
    const events = lines(stdout) as { type: string; kind?: string; id?: string }[];
    const told = events.filter(({ type }) => type === 'finding');
    expect(told).toMatchObject([
      { action: 'raised', id: LEASE, severity: 'critical' },
      { action: 'raised', kind: 'foreign-claim', severity: 'critical', confirmed: true },
      { action: 'resolved', kind: 'foreign-claim' },
      {
        action: 'changed',
        changed: ['severity'],
        at: '2026-11-22T16:46:03.700000Z',
        id: LEASE,
        severity: 'warning',
        confirmed: true,
        message: expect.stringMatching(
          /leased, not in use now.* "luca-phone" .* since .* 16:43 UTC, and only w1 answers/,
        ),
      },
      { action: 'raised', kind: 'foreign-claim' },
      {
        action: 'changed',
        changed: ['severity'],
        at: '2026-11-22T16:48:03.663312Z',
        id: LEASE,
        severity: 'critical',
      },
    ]);
    expect(Object.keys(told[3]!).join(' ')).toBe(
      'type action changed at id kind severity confirmed ip macs interface vlan vip message remedy evidence',
    );
    // Raised once, whatever it became.
    expect(events.at(-1)).toMatchObject({ raised: { 'lease-on-vip': 1, 'foreign-claim': 2 } });
  });

  it('tells it in words, with what is new as the proof', async () => {
    const { stdout } = await vipwatch(['replay', '-c', HOME_LAN_CONFIG, HOME_LAN_STORY]);
    const [, warning] = stdout.split('\n2026-11-22 16:46:03.700000Z  ');
    expect(warning?.split('\n').slice(0, 4)).toEqual([
      'warning   lease-on-vip  192.168.1.50  on eth0',
      expect.stringMatching(
        /^ {4}now a warning: 192\.168\.1\.50, the VIP of traefik\/traefik: leased, not in use now\./,
      ),
      '    2026-11-22 16:46:03.700000Z  192.168.1.50 was probed at least once a minute for 3 min, and 02:00:00:00:00:aa sent nothing',
      expect.stringMatching(/^ {4}What to do: /),
    ]);
    expect(stdout).toContain(
      '    now critical: DHCP: "luca-phone" (02:00:00:00:00:aa) asked for 192.168.1.50',
    );
  });

  it('is made of the frames that the story says', () => {
    expect(Buffer.compare(readFileSync(HOME_LAN_STORY), homeLanStory())).toBe(0);
  });
});

describe('replay of the home LAN on which a phone is leased the VIP', () => {
  it('tells it as JSON lines with the contract’s keys in their order', async () => {
    const { code, stdout, stderr } = await vipwatch([
      'replay',
      '--config',
      HOME_LAN_CONFIG,
      HOME_LAN,
      '--output',
      'json',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const events = lines(stdout);
    expect(events.map((event) => Object.keys(event).join(' '))).toEqual([
      'type at state ip mac server hostname seconds interface vlan',
      'type action at id kind severity confirmed ip macs interface vlan vip message remedy evidence',
      'type action at id kind severity confirmed ip macs interface vlan vip message remedy evidence',
      'type frames arp ndp dhcp ignored malformed raised takeovers from to machines configured',
    ]);
    expect(events).toMatchObject([
      {
        type: 'lease',
        at: '2026-11-22T16:42:59.546784Z',
        state: 'requested',
        ip: '192.168.1.50',
        mac: '02:00:00:00:00:aa',
        server: '192.168.1.1',
        hostname: 'luca-phone',
        seconds: null,
        interface: 'eth0',
        vlan: null,
      },
      {
        type: 'finding',
        action: 'raised',
        at: '2026-11-22T16:42:59.546784Z',
        kind: 'lease-on-vip',
        severity: 'critical',
        ip: '192.168.1.50',
        macs: ['02:00:00:00:00:aa'],
        interface: 'eth0',
        vlan: null,
        vip: { service: 'traefik/traefik', pool: 'main-pool' },
      },
      { type: 'finding', action: 'raised', kind: 'foreign-claim', macs: ['02:00:00:00:00:aa'] },
      {
        type: 'summary',
        frames: 18,
        malformed: {},
        raised: { 'lease-on-vip': 1, 'foreign-claim': 1 },
        takeovers: 0,
        from: '2026-11-22T16:42:58.846845Z',
        to: '2026-11-22T16:43:03.662312Z',
        machines: 5,
        configured: CONFIGURED,
      },
    ]);
    expect(Object.keys((events[1] as { evidence: object[] }).evidence[0]!)).toEqual(['at', 'summary']);
  });

  it('tells it readably, without colour where no terminal is', async () => {
    const { stdout } = await vipwatch(['replay', '-c', HOME_LAN_CONFIG, HOME_LAN]);
    expect(stdout).toContain('critical  lease-on-vip  192.168.1.50  on eth0\n');
    expect(stdout).toContain('    What to do: ');
    expect(stdout).toContain(
      '\nfrom 2026-11-22 16:42:58Z to 2026-11-22 16:43:03Z (4.8 s), 5 machines heard\n' +
        'configured: 1 VIP, 1 pool, 2 nodes, 1 DHCP server\n' +
        'findings: 1 lease-on-vip, 1 foreign-claim; takeovers: 0\n' +
        `More: vipwatch explain lease-on-vip, or ${FINDINGS_PAGE}#lease-on-vip\n` +
        `More: vipwatch explain foreign-claim, or ${FINDINGS_PAGE}#foreign-claim\n`,
    );
    expect(stdout).not.toContain('\u001b');
  });

  it.each([
    ['in colour where that is wanted', ['--color', 'always'], {}, '\u001b[31m'],
    ['in colour where the environment wants it', [], { FORCE_COLOR: '1' }, '\u001b[31m'],
    [
      'in UTC where no terminal is, whatever its zone',
      [],
      { TZ: 'Asia/Tokyo' },
      '\n2026-11-22 16:42:59.603738Z  ',
    ],
  ])('tells it %s', async (_what, options, environment, expected) => {
    const { stdout } = await promisify(execFile)(
      PROGRAM,
      [...options, 'replay', '-c', HOME_LAN_CONFIG, HOME_LAN],
      { env: { ...process.env, ...environment } },
    );
    expect(stdout).toContain(expected);
  });

  it.each([
    ['the zone of the terminal', [], '2026-11-23 01:42:59.603738+09:00'],
    ['UTC where that is wanted', ['--utc'], '2026-11-22 16:42:59.603738Z'],
  ])('on a terminal tells times in %s, in colour', async (_what, options, expected) => {
    const words = [PROGRAM, 'replay', ...options, '-c', HOME_LAN_CONFIG, HOME_LAN].join(' ');
    const { stdout } = await promisify(execFile)('script', ['-qec', words, '/dev/null'], {
      env: { ...process.env, TZ: 'Asia/Tokyo', TERM: 'xterm' },
    });
    expect(stdout).toContain(expected);
    expect(stdout).toContain('\u001b[31m');
  });

  it.each(['text', 'json'])('tells it in sum alone where that is wanted, as %s', async (output) => {
    const args = ['replay', '-c', HOME_LAN_CONFIG, HOME_LAN, '--output', output];
    const whole = await vipwatch(args);
    const { code, stdout } = await vipwatch([...args, '--summary', '--fail-on', 'critical']);
    expect(code).toBe(1);
    expect(whole.stdout.endsWith(stdout)).toBe(true);
    expect(stdout).toMatch(output === 'json' ? /^\{"type":"summary".*\n$/ : /^18 frames: /);
  });

  it('reads it from standard input as well', async () => {
    const { code, stdout } = await vipwatch(
      ['replay', '-c', HOME_LAN_CONFIG, '-', '--output', 'json'],
      homeLan,
    );
    expect(code).toBe(0);
    expect(lines(stdout).at(-1)).toMatchObject({ type: 'summary', frames: 18 });
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('reads it compressed by %s', async (name, compress) => {
    const { code, stdout } = await vipwatch([
      'replay',
      '-c',
      HOME_LAN_CONFIG,
      file(`lan.${name}`, compress(homeLan)),
    ]);
    expect(code).toBe(0);
    expect(stdout).toBe((await vipwatch(['replay', '-c', HOME_LAN_CONFIG, HOME_LAN])).stdout);
  });

  it('says where no configuration was given', async () => {
    const { stdout } = await vipwatch(['replay', HOME_LAN]);
    expect(stdout).toContain('\nconfigured: nothing, so only conflicts between machines are found');
  });

  it('says before anything else that the theft cannot be judged where no nodes are listed', async () => {
    const nodes = /^ +nodes:\n(?: +- .*\n)+/m;
    const written = readFileSync(HOME_LAN_CONFIG, 'utf8');
    expect(written).toMatch(nodes);
    const config = file('no-nodes.yaml', written.replace(nodes, ''));
    const { stdout } = await shell(`"$0" replay -c ${config} "$2" 2>&1`);
    const [first, ...others] = stdout.split('\n');
    expect(first).toMatch(
      /No node is known: .* foreign-claim .* List all nodes under intent\.static\.nodes\.$/,
    );
    expect(others.join('\n')).toContain('critical  lease-on-vip');
    expect(others.join('\n')).not.toContain('foreign-claim');
    const { stderr, stdout: events } = await vipwatch(['replay', '-c', config, HOME_LAN, '-o', 'json']);
    expect(stderr).toContain('No node is known');
    expect(lines(events).at(-1)).toMatchObject({ type: 'summary', raised: { 'lease-on-vip': 1 } });
  });

  it('judges without a configuration what needs none', async () => {
    const { code, stdout } = await vipwatch(['replay', HOME_LAN, '--output', 'json']);
    expect(code).toBe(0);
    expect(lines(stdout).at(-1)).toMatchObject({ raised: { 'lease-conflict': 1 } });
  });

  it.each([
    ['critical', ['-c', HOME_LAN_CONFIG], 1],
    ['warning', ['-c', HOME_LAN_CONFIG], 1],
    ['critical', [], 0], // only a warning is raised then
    ['warning', [], 1],
  ])('--fail-on %s %j exits with %i', async (severity, config, expected) => {
    const { code, stderr } = await vipwatch(['replay', ...config, HOME_LAN, '--fail-on', severity]);
    expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
  });

  it('is the same through a link, from any folder', async () => {
    const link = join(folder, 'vipwatch');
    symlinkSync(PROGRAM, link);
    const { stdout } = await promisify(execFile)(link, ['version'], { cwd: folder });
    expect(stdout).toMatch(/^vipwatch \d+\.\d+\.\d+ \(node 26\./);
  });

  it('ends quietly where its reader leaves', async () => {
    const records = Array.from({ length: 3_000 }, () => homeLan.subarray(PCAP_HEADER));
    const long = file('long.pcap', Buffer.concat([homeLan.subarray(0, PCAP_HEADER), ...records]));
    expect((await vipwatch(['replay', '--output', 'json', long])).stdout.length).toBeGreaterThan(200_000);
    const { stdout, stderr } = await promisify(execFile)('bash', [
      '-o',
      'pipefail',
      '-c',
      '"$0" replay -c "$1" "$2" --output json | head -n 1',
      PROGRAM,
      HOME_LAN_CONFIG,
      long,
    ]);
    expect(lines(stdout)).toHaveLength(1);
    expect(stderr).toBe('');
  });

  it.each([
    ['critical', 1],
    ['warning', 1],
  ])(
    'keeps the verdict of the whole capture where its reader leaves: --fail-on %s',
    async (severity, code) => {
      // The first line is of a lease; what is critical comes after it.
      const failed = await shell(`"$0" replay -c "$1" "$2" --output json --fail-on ${severity} | head -n 1`);
      expect(failed).toMatchObject({ code, stderr: '' });
      expect(lines(failed.stdout)).toMatchObject([{ type: 'lease' }]);
      expect(await shell('"$0" replay "$2" --fail-on critical | head -n 1')).toMatchObject({ code: 0 });
    },
  );

  it.each([
    ['replay -c "$1" "$2" --fail-on critical >/dev/full', 'no space left on device (ENOSPC)'],
    ['replay -c "$1" "$2" --output json >/dev/full', 'no space left on device (ENOSPC)'],
    ['replay -c "$1" "$2" --fail-on critical >&-', 'it is closed'],
    ['version >/dev/full', 'no space left on device (ENOSPC)'],
    ['--help >/dev/full', 'no space left on device (ENOSPC)'],
  ])('says that its output did not arrive: %s', async (words, reason) => {
    expect(await shell(`"$0" ${words}`)).toEqual({
      code: 2,
      stdout: '',
      stderr: `vipwatch: Cannot write to standard output: ${reason}\n`,
    });
  });

  it('has an exit code of its own for a crash, and shows where, whatever was found before', async () => {
    for (const fault of [
      'setTimeout(() => { throw new Error("boom") })',
      'Promise.reject(new Error("boom"))',
    ]) {
      // Once the program has begun.
      const hook = file(
        'fault.mjs',
        `process.on('newListener', (name) => { if (name === 'uncaughtException') setImmediate(() => { ${fault} }) });`,
      );
      const crashed = await shell(
        `NODE_OPTIONS="--import=${hook}" "$0" replay - < <(exec sleep 5 2>/dev/null)`,
      );
      expect(crashed.code).toBe(70);
      expect(crashed.stderr).toMatch(/^vipwatch: vipwatch ended because of a bug.*\nError: boom\n {4}at /);
    }
  });

  it('waits for what comes slowly on standard input', async () => {
    const slow = await shell('(sleep 1; cat "$2") | "$0" replay -c "$1" - --output json');
    expect(slow).toMatchObject({ code: 0, stderr: '' });
    expect(slow.stdout).toBe((await shell('"$0" replay -c "$1" "$2" --output json')).stdout);
  });

  it('raises nothing that the operator does not want to hear of, and says how often', async () => {
    const ignore = `\nfindings:\n  ignore: [{ mac: "02:00:00:00:00:aa", comment: Luca knows }]\n`;
    const config = file('ignoring.yaml', readFileSync(HOME_LAN_CONFIG, 'utf8') + ignore);
    const words = ['replay', '--config', config, '--fail-on', 'warning', HOME_LAN];
    const { code, stdout } = await vipwatch([...words, '--output', 'json']);
    expect({ code, events: lines(stdout) }).toMatchObject({
      code: 0,
      events: [
        { type: 'lease' },
        { type: 'summary', raised: {}, suppressed: { 'lease-on-vip': 1, 'foreign-claim': 1 } },
      ],
    });
    expect((await vipwatch(words)).stdout).toContain(
      'no findings; suppressed: 1 lease-on-vip, 1 foreign-claim; takeovers: 0',
    );
  });
});

it('replay of a capture whose clock leaps from 1970 to 2106 comes to its end', async () => {
  const leaping = Buffer.from(homeLan);
  leaping.writeUInt32LE(0, PCAP_HEADER);
  const second = PCAP_HEADER + 16 + leaping.readUInt32LE(PCAP_HEADER + 8);
  leaping.writeUInt32LE(0xffff_ffff, second);
  const { code, stdout } = await vipwatch([
    'replay',
    '-c',
    HOME_LAN_CONFIG,
    file('leap.pcap', leaping),
    '--output',
    'json',
  ]);
  expect(code).toBe(0);
  expect(lines(stdout).at(-1)).toMatchObject({ type: 'summary', frames: 18 });
});

const CASES = join(ROOT, 'test/data/cases/lan');

describe('replay of a capture whose time runs backwards', () => {
  const replay = (name: string) =>
    vipwatch(['replay', '-c', join(CASES, `${name}.yaml`), join(CASES, `${name}.pcap`), '--output', 'json']);

  it('says so in one line, with the true gap and the times of the file', async () => {
    const { code, stdout, stderr } = await replay('clock-steps-back');
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^vipwatch: Time runs backwards in the capture, by 23 h 59 min at frame 101: [^\n]*\n$/,
    );
    const [takeover, summary] = lines(stdout);
    expect(takeover).toMatchObject({ type: 'takeover', at: '2025-12-31T00:00:58.000400Z' });
    expect((takeover as { gapMs: number }).gapMs).toBeCloseTo(6000, 0);
    expect(summary).toMatchObject({ from: '2025-12-31T00:00:50.000000Z', to: '2026-01-01T00:00:49.000400Z' });
  });

  it('tells a finding of the second of two joined files at its own time', async () => {
    const { stdout } = await replay('appended-captures');
    const at = '2026-01-01T00:00:06.000000Z';
    expect(lines(stdout)).toContainEqual(
      expect.objectContaining({ kind: 'lease-on-vip', at, evidence: [expect.objectContaining({ at })] }),
    );
  });
});

it('replay of a capture with interfaces that are not Ethernet leaves those out, and counts them', async () => {
  const capture = join(CASES, 'second-interface-not-ethernet.pcapng');
  const { code, stdout } = await vipwatch(['replay', capture, '--output', 'json']);
  expect(code).toBe(0);
  expect(lines(stdout).at(-1)).toMatchObject({ frames: 3, leftOut: { 'BSD loopback': 2 } });
  expect((await vipwatch(['replay', capture])).stdout).toContain('0 malformed; left out: 2 BSD loopback\n');
});

describe('replay of a file that ends early', () => {
  it('uses what was readable, and says so', async () => {
    const cut = file('cut.pcap', homeLan.subarray(0, homeLan.length - 10));
    const { code, stdout, stderr } = await vipwatch(['replay', cut, '--output', 'json']);
    expect(code).toBe(0);
    expect(lines(stdout).at(-1)).toMatchObject({ type: 'summary', frames: 17 });
    expect(stderr).toMatch(/^vipwatch: .*ends within a record.*\n$/);
  });

  it('that is empty but valid is a summary of zeros', async () => {
    const empty = file('empty.pcap', homeLan.subarray(0, PCAP_HEADER));
    const { code, stdout, stderr } = await vipwatch([
      'replay',
      '-c',
      HOME_LAN_CONFIG,
      empty,
      '--output',
      'json',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines(stdout)).toEqual([
      {
        type: 'summary',
        frames: 0,
        arp: 0,
        ndp: 0,
        dhcp: 0,
        ignored: 0,
        malformed: {},
        raised: {},
        takeovers: 0,
        from: null,
        to: null,
        machines: 0,
        configured: CONFIGURED,
      },
    ]);
  });
});

describe('what the caller got wrong is told in one line, exit code 2', () => {
  const invalid = join(ROOT, 'test/data/config/invalid-many.yaml');
  const text = () => file('text.txt', 'no capture at all');
  it.each<[string, () => string[], RegExp]>([
    ['no capture', () => ['replay'], /missing required argument 'capture'/],
    ['an absent capture', () => ['replay', '/nowhere.pcap'], /Cannot read \/nowhere\.pcap: no such file/],
    ['a folder', () => ['replay', folder], /it is a directory/],
    ['no capture file', () => ['replay', text()], /not a pcap or pcapng file/],
    ['an empty file', () => ['replay', file('nothing', '')], /the file is empty/],
    ['an unknown option', () => ['replay', '--fast', HOME_LAN], /unknown option '--fast'/],
    ['an unknown output', () => ['replay', '--output', 'xml', HOME_LAN], /Allowed choices are text, json/],
    [
      'an unknown severity',
      () => ['replay', '--fail-on', 'any', HOME_LAN],
      /Allowed choices are critical, warning/,
    ],
    ['an unknown command', () => ['watch'], /unknown command 'watch'/],
    [
      'an absent configuration',
      () => ['replay', '-c', '/nowhere.yaml', HOME_LAN],
      /Cannot read \/nowhere\.yaml: no such file/,
    ],
    [
      'a configuration with mistakes',
      () => ['replay', '-c', invalid, HOME_LAN],
      /^\/.*invalid-many\.yaml:1:1: interfaces: expected a list, found "eth0"\n(.*\n){9}and 2 more mistakes\n$/,
    ],
    [
      'the same for run',
      () => ['run', '-c', invalid],
      /^\/.*invalid-many\.yaml:1:1: (.*\n){10}and 2 more mistakes\n$/,
    ],
    [
      'a capture for a configuration',
      () => ['replay', '-c', HOME_LAN, HOME_LAN_CONFIG],
      /home-lan-phone-gets-vip\.pcap: it is not a text file; did you swap --config and the capture\?/,
    ],
  ])('%s', async (_what, args, expected) => {
    const { code, stdout, stderr } = await vipwatch(args());
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/^(vipwatch: .*\n|(\/.*\.yaml:\d+:\d+: .*\n)+(and \d+ more mistakes?\n)?)$/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('--help', () => {
  it.each([[['--help']], [['run', '--help']], [['replay', '--help']], [['failover-test', '--help']]])(
    '%j teaches by example',
    async (args) => {
      const { code, stdout, stderr } = await vipwatch(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: vipwatch/);
      expect(stdout).toMatch(/\$ .*vipwatch/);
    },
  );

  it('is shown where no command is given, as an error', async () => {
    const { code, stdout, stderr } = await vipwatch([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: vipwatch/);
  });
});

describe('replay by an intent of its own', () => {
  const INTENT = `intent: { source: static, static: {
    vips: [{ address: 192.168.1.50 }],
    nodes: [{ name: cp, addresses: [192.168.1.10] }, { name: w1, addresses: [192.168.1.11] }] } }`;

  it('takes it from a file, in place of the configuration’s', async () => {
    const intent = file('intent.yaml', INTENT);
    const cluster = file('cluster.yaml', 'intent: { source: kubernetes, kubernetes: { kubeconfig: /k } }');
    const { code, stdout } = await vipwatch([
      'replay',
      '-c',
      cluster,
      '--intent',
      intent,
      '-o',
      'json',
      HOME_LAN,
    ]);
    expect(code).toBe(0);
    expect(lines(stdout).at(-1)).toMatchObject({ configured: { vips: 1, pools: 0, nodes: 2 } });
  });

  it('takes it from an agent', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/api/v1/intent') response.end(INTENT);
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const read = await vipwatch(['replay', '--intent', `${agent}/api/v1/intent`, '-o', 'json', HOME_LAN]);
      expect(lines(read.stdout).at(-1)).toMatchObject({ configured: { vips: 1, nodes: 2 } });
      const wrong = await vipwatch(['replay', '--intent', `${agent}/nothing`, HOME_LAN]);
      expect(wrong).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`Cannot read ${agent}/nothing: it answers 404`),
      });
    } finally {
      server.close();
    }
    const gone = await vipwatch(['replay', '--intent', `${agent}/api/v1/intent`, HOME_LAN]);
    expect(gone.code).toBe(2);
    expect(gone.stderr).toMatch(/Cannot read .*no program listens there/);
  });
});
