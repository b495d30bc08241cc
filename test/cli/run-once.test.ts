// `vipwatch run --once` and `vipwatch capture` on a LAN of two namespaces: a node that listens, and a phone that has the VIP.

import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leavingNothing } from '../../src/cli/run-once.ts';
import type { Status } from '../../src/cli/status.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createNamespace, type Namespace, namespacesUnavailable } from '../host/namespace.ts';
import { lines, PROGRAM, vipwatch } from './program.ts';

const VIP = '192.168.1.50';
const PHONE = '02:00:00:00:00:aa';

it('run --once asks no DHCP server and looks at no cluster, is asked by nobody else, and writes nothing', () => {
  const config = parseConfig(
    `
check: { every: 1m }
dhcp: { audit: { every: 1h } }
journal: { path: /var/lib/vipwatch/journal.db }
`,
    'vipwatch.yaml',
    { insideCluster: true },
  );
  expect([config.check.every, config.dhcp.audit, config.kubernetes?.events]).not.toContain(null);
  expect(leavingNothing(config)).toMatchObject({
    check: { every: null },
    dhcp: { audit: null },
    journal: { path: null },
    http: { address: '127.0.0.1', port: 0 },
    kubernetes: { events: false },
    failoverTest: { modes: [] },
  });
});

const unavailable = namespacesUnavailable();

describe.skipIf(unavailable !== undefined)('on a LAN where a phone has the VIP', () => {
  let folder: string;
  let node: Namespace;
  let phone: Namespace;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vipwatch-once-'));
    [node, phone] = await Promise.all([createNamespace(), createNamespace()]);
    node.run('ip', 'link', 'set', 'lo', 'up');
    node.run('ip', 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'lan0', 'netns', String(phone.pid));
    phone.run('ip', 'link', 'set', 'lan0', 'address', PHONE, 'up');
    phone.run('ip', 'addr', 'add', `${VIP}/24`, 'dev', 'lan0');
    node.run('ip', 'addr', 'add', '192.168.1.12/24', 'dev', 'lan0');
    node.run('ip', 'link', 'set', 'lan0', 'up');
    await vi.waitUntil(() => node.run('ip', 'link', 'show', 'dev', 'lan0').includes('state UP'), {
      timeout: 60_000,
    });
    writeFileSync(
      join(folder, 'vipwatch.yaml'),
      `interfaces: [lan0]
intent:
  static:
    vips: [{ address: ${VIP}, service: traefik/traefik }]
    nodes: [{ name: w1, addresses: [192.168.1.11], macs: ["02:00:00:00:00:11"] }]
journal: { path: ${join(folder, 'journal.db')} }
`,
    );
  });
  afterEach(async () => {
    await Promise.all([node.end(), phone.end()]);
    rmSync(folder, { recursive: true });
  });

  const inNode = (...args: string[]) => inNodeBy([], ...args);

  async function inNodeBy(
    by: readonly string[],
    ...args: string[]
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const [command, ...rest] = [...by, PROGRAM, ...args];
    const child = node.spawn(command!, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
    const [code] = await ended;
    return { code, stdout, stderr };
  }

  it('run --once says so, with exit code 1, and leaves no file behind', async () => {
    const { code, stdout, stderr } = await inNode('run', '-c', 'vipwatch.yaml', '--once', '4s', '-o', 'json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const [status] = lines(stdout) as unknown as Status[];
    expect(status).toMatchObject({
      verdict: 'critical',
      findings: [{ kind: 'foreign-claim', ip: VIP, macs: [PHONE], seenBy: ['this machine'] }],
      agents: [{ name: 'this machine', ready: true }],
    });
    expect(() => statSync(join(folder, 'journal.db'))).toThrow('ENOENT');
  });

  it('run --once says in the exit code that it could not listen', async () => {
    node.run('ip', 'link', 'set', 'lan0', 'down');
    const { code, stdout, stderr } = await inNode('run', '-c', 'vipwatch.yaml', '--once', '1s');
    expect(code).toBe(2);
    expect(stdout).toContain('this machine: not ready: no interface is captured that is up');
    expect(stderr).toContain('No interface to capture on yet');
  });

  it('capture keeps what a replay finds it by, for its owner alone', async () => {
    const capturing = inNode('capture', '-o', 'lan.pcap', '--for', '4s');
    phone.spawn('arping', ['-U', '-c', '50', '-w', '8', '-I', 'lan0', VIP], { stdio: 'ignore' });
    const { code, stdout } = await capturing;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[1-9]\d* frames of lan0 in 4(\.\d)? s: vipwatch replay lan\.pcap\n$/);
    const path = join(folder, 'lan.pcap');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const replayed = await vipwatch(['replay', '-c', join(folder, 'vipwatch.yaml'), path, '-o', 'json']);
    expect(lines(replayed.stdout).at(-1)).toMatchObject({ raised: { 'foreign-claim': 1 } });
    // Nothing of the frames' other traffic.
    expect(readFileSync(path).length).toBeLessThan(10_000);
  });

  it('capture leaves a file that is there as it is, and writes through no link', async () => {
    const earlier = join(folder, 'earlier.pcap');
    writeFileSync(earlier, 'earlier');
    symlinkSync('/nowhere/at-all', join(folder, 'link.pcap'));
    for (const name of ['earlier.pcap', 'link.pcap']) {
      const { code, stderr } = await inNode('capture', '-o', name, '--for', '1s');
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `vipwatch: ${name} already exists: name a new file, or remove that one first\n`,
      });
    }
    expect(readFileSync(earlier, 'utf8')).toBe('earlier');
  });

  it('capture makes no file where it may not capture', async () => {
    const { code, stderr } = await inNodeBy(
      ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'],
      'capture',
      '-o',
      'not-allowed.pcap',
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/^vipwatch: Cannot capture: no permission /);
    expect(existsSync(join(folder, 'not-allowed.pcap'))).toBe(false);
  });

  it.each([
    ['a length of time that is none', ['--for', 'long'], /--for: "long" is not a duration/],
    ['an interface that is not there', ['--interface', 'lan7'], /Cannot capture on lan7: /],
    [
      'a file that cannot be written',
      ['-o', '/nowhere/lan.pcap'],
      /Cannot write \/nowhere\/lan\.pcap: no such file/,
    ],
  ])('capture refuses %s', async (_what, args, said) => {
    const { code, stderr } = await inNode('capture', '-o', 'lan.pcap', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
  });
});
