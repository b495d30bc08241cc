// The daemon as a process, in network namespaces of its own: a node with the daemon, and a machine beside it that speaks.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNamespace, type Namespace, namespacesUnavailable } from '../host/namespace.ts';
import { PROGRAM } from './program.ts';
import { Running } from './running.ts';

const VIP = '192.168.1.50';

const unavailable = namespacesUnavailable();

describe.skipIf(unavailable !== undefined)('vipwatch run', () => {
  let folder: string;
  let node: Namespace;
  let phone: Namespace;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vipwatch-run-'));
    [node, phone] = await Promise.all([createNamespace(), createNamespace()]);
    node.run('ip', 'link', 'set', 'lo', 'up');
    node.run('ip', 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'lan0', 'netns', String(phone.pid));
    phone.run('ip', 'link', 'set', 'lan0', 'address', '02:00:00:00:00:aa', 'up');
    node.run('ip', 'addr', 'add', '192.168.1.12/24', 'dev', 'lan0');
  });
  afterEach(async () => {
    await Promise.all([node.end(), phone.end()]);
    rmSync(folder, { recursive: true });
  });

  function config(extra = ''): string {
    const path = join(folder, 'vipwatch.yaml');
    writeFileSync(
      path,
      `interfaces: [lan0]
intent:
  source: static
  static:
    vips: [{ address: ${VIP}, service: traefik/traefik }]
    nodes: [{ name: w1, addresses: [192.168.1.11], macs: ["02:00:00:00:00:11"] }]
journal: { path: ${join(folder, 'journal.db')} }
${extra}`,
    );
    return path;
  }

  it.each([
    ['no VIP', '{}', /^There is no VIP and no pool: only DHCP servers are watched/, 'silent-vip'],
    ['no node', `{ vips: [{ address: ${VIP} }] }`, /^No node is known: .*foreign-claim/, 'foreign-claim'],
  ])('warns where there is %s, and says so to whoever asks', async (_what, fixed, said, kind) => {
    await plugIn();
    const path = join(folder, 'doubtful.yaml');
    const journal = join(folder, 'journal.db');
    writeFileSync(
      path,
      `interfaces: [lan0]\nintent: { source: static, static: ${fixed} }\njournal: { path: ${journal} }\n`,
    );
    const daemon = start(path);
    expect(await daemon.logged(said)).toMatchObject({ level: 'warn', event: 'intent' });
    expect(JSON.parse(get('/readyz').body).intent.doubts).toEqual([expect.stringMatching(said)]);
    const enabled = get('/metrics?name[]=vipwatch_detector_enabled').body;
    expect(enabled).toContain(`vipwatch_detector_enabled{kind="${kind}"} 0\n`);
    expect(enabled).toContain('vipwatch_detector_enabled{kind="rogue-dhcp-server"} 1\n');
    daemon.kill('SIGTERM');
    expect(await daemon.exited).toBe(0);
  });

  function start(configPath = config(), program = [PROGRAM]): Running {
    const [command = '', ...args] = [...program, 'run', '--config', configPath];
    return new Running(node.spawn(command, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** Resolves once the kernel says that the cable carries, which it looks at a moment later. */
  async function plugIn(): Promise<void> {
    node.run('ip', 'link', 'set', 'lan0', 'up');
    await vi.waitUntil(() => node.run('ip', 'link', 'show', 'dev', 'lan0').includes('state UP'), {
      timeout: 60_000,
    });
  }

  function get(path: string): { status: number; body: string } {
    const answer = node.run('curl', '-s', '-w', '\n%{http_code}', `http://127.0.0.1:9797${path}`);
    const cut = answer.lastIndexOf('\n');
    return { status: Number(answer.slice(cut + 1)), body: answer.slice(0, cut) };
  }

  function items(path: string): Record<string, unknown>[] {
    return JSON.parse(get(path).body).items;
  }

  it('watches, answers, and stops cleanly on SIGTERM; what it saw is there after the next start, a kill included', async () => {
    await plugIn();
    const first = start();
    await first.logged('Watching');
    expect(get('/healthz')).toEqual({ status: 200, body: '{"status":"ok"}' });
    expect(get('/readyz').status).toBe(200);
    expect(JSON.parse(get('/readyz').body).journal).toEqual({ durable: true, problem: null });

    phone.run('ip', 'addr', 'add', `${VIP}/24`, 'dev', 'lan0');
    phone.run('arping', '-U', '-c', '1', '-I', 'lan0', VIP);
    const finding = await first.logged(
      /^VIP 192\.168\.1\.50 of traefik\/traefik is claimed by 02:00:00:00:00:aa/,
    );
    expect(finding).toMatchObject({
      level: 'error',
      kind: 'foreign-claim',
      ip: VIP,
      remedy: expect.any(String),
    });
    // Named by the network, whatever this node calls its interface.
    const id = 'foreign-claim_192.168.1.0-24_192.168.1.50_02:00:00:00:00:aa';
    expect(items('/api/v1/findings')).toMatchObject([
      { id, kind: 'foreign-claim', ip: VIP, macs: ['02:00:00:00:00:aa'] },
    ]);
    expect(get(`/api/v1/findings/${id}`).status).toBe(200);
    // Its one announcement is no proof; the answer to the next question is.
    const active = expect.poll(() => get('/metrics').body, { timeout: 60_000 });
    await active.toContain(
      `vipwatch_finding_active{kind="foreign-claim",severity="critical",confirmed="true",acknowledged="false",ip="${VIP}",namespace="traefik",service="traefik"} 1`,
    );
    // It is asked for, and what an intruder answers is not the announcer's answer.
    await expect
      .poll(() => get('/metrics').body, { timeout: 60_000 })
      .toMatch(/vipwatch_probes_total\{how="broadcast",result="unanswered"\} [1-9]/);
    expect(get('/metrics').body).toContain('vipwatch_probes_total{how="broadcast",result="answered"} 0\n');
    first.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(first.stderr).toBe('');

    const second = start();
    expect(await second.logged('Journal read')).toMatchObject({ findings: 1 });
    await second.logged('Watching');
    expect(items('/api/v1/findings')).toMatchObject([{ id, kind: 'foreign-claim', ip: VIP }]);
    expect(items(`/api/v1/claims?ip=${VIP}`)).toMatchObject([{ mac: '02:00:00:00:00:aa', node: null }]);
    second.kill('SIGKILL');
    await second.exited;

    const third = start();
    expect(await third.logged('Journal read')).toMatchObject({ findings: 1 });
    await third.logged('Watching');
    third.kill('SIGINT');
    expect(await third.exited).toBe(0);
    // The finding is the one that was raised at first: it is not raised anew at each start.
    expect([...second.lines, ...third.lines].filter(({ action }) => action === 'raised')).toEqual([]);
  });

  it('waits, not ready, for an interface that is not up yet, and takes it once it is', async () => {
    const running = start();
    expect(await running.logged(/^No interface to capture on yet/)).toMatchObject({ level: 'warn' });
    expect(get('/healthz').status).toBe(200);
    expect(get('/readyz').status).toBe(503);
    await plugIn();
    await running.logged('Interface lan0: added');
    await expect.poll(() => get('/readyz').status, { timeout: 60_000 }).toBe(200);
    running.kill('SIGTERM');
    expect(await running.exited).toBe(0);
  });

  it('goes on in memory where the journal cannot be written, and says so', async () => {
    await plugIn();
    const path = config();
    rmSync(join(folder, 'journal.db'), { force: true });
    node.run('mkdir', join(folder, 'journal.db'));
    const running = start(path);
    expect(await running.logged(/journal .* cannot be used/)).toMatchObject({ level: 'warn' });
    await running.logged('Watching');
    expect(get('/metrics').body).toContain('vipwatch_journal_durable 0');
    expect(get('/readyz').status).toBe(200);
    running.kill('SIGTERM');
    expect(await running.exited).toBe(0);
  });

  it('a port in use is told in one line, exit code 2', async () => {
    await plugIn();
    const first = start();
    await first.logged('Watching');
    const second = start(config('\nprobe: { interval: 2s }'));
    expect(await second.exited).toBe(2);
    expect(second.stderr).toBe('vipwatch: Cannot listen on 0.0.0.0 port 9797: the port is in use\n');
    first.kill('SIGTERM');
    expect(await first.exited).toBe(0);
  });

  it('no permission to capture is told in one line that says how to grant it, exit code 2', async () => {
    const running = start(config(), [
      'setpriv',
      '--bounding-set',
      '-net_raw',
      '--inh-caps',
      '-net_raw',
      PROGRAM,
    ]);
    expect(await running.exited).toBe(2);
    expect(running.stderr).toMatch(/^vipwatch: Cannot capture: no permission .*cap_net_raw.*\n$/);
  });
});
