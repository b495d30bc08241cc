// `vipwatch status` and its kin against agents of a cluster: merged, with the one that is down named, and their exit codes.
import { rmSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { type AgentsArguments, askAgents, type View } from '../../src/cli/agents-client.ts';
import type { Status } from '../../src/cli/status.ts';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import type { Sources } from '../../src/serve/tables/sources.ts';
import { sampleFinding, sampleTakeover, sampleView } from '../serve/sample.ts';
import { AgentsHome } from './agents-home.ts';
import { written } from './written.ts';

const UP = { interfaces: () => [{ name: 'eth0', up: true, dropped: 0 }] };
const [ANSWERED] = sampleView().vips(0);
const FINE: Partial<Sources> = {
  ...UP,
  view: sampleView({ findings: () => [], vips: () => [ANSWERED!], takeovers: () => [] }),
};
const TROUBLED: Partial<Sources> = { ...UP, view: sampleView({ vips: () => [ANSWERED!] }) };
const LEASE = 'lease-on-vip_eth0_192.168.1.50_02:00:00:00:00:aa';

async function ask(view: View, options: Partial<AgentsArguments>, columns: number | null = 80) {
  const { terminal, stdout, stderr } = written(columns);
  terminal.prefer({ color: 'never', utc: true });
  const all = { output: 'text', ...options } as const;
  const code = await askAgents(view, all, terminal, false, new AbortController().signal);
  return { code, stdout: stdout(), stderr: stderr() };
}

describe('vipwatch status of a cluster', () => {
  it('says that all is well, and why, with exit code 0', async () => {
    await using home = await AgentsHome.start({ cp: FINE, w1: FINE });
    const { code, stdout, stderr } = await ask('status', { kubeconfig: home.kubeconfig });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replace(/\(.*Z\)/, '(NOW)')).toBe(
      'All is well. Nothing that is seen endangers a VIP. (NOW)\n\n' +
        'VIPs      1 of 1 answered\nAgents    2 of 2 fine: cp, w1\n',
    );
  });

  it('is right while one of three agents is down, which it names', async () => {
    await using home = await AgentsHome.start({ cp: FINE, w1: TROUBLED, w2: 'unreachable' });
    const { code, stdout } = await ask('status', { kubeconfig: home.kubeconfig, output: 'json' });
    expect(code).toBe(1);
    const status = JSON.parse(stdout) as Status;
    expect(status).toMatchObject({
      verdict: 'critical',
      critical: 2,
      warnings: 1,
      vips: { total: 1, up: 1, down: 0, notAsked: 0 },
      agents: [
        { name: 'cp', asked: true, ready: true, version: '0.1.0', problems: [] },
        { name: 'w1', ready: true },
      ],
      notAsked: [{ name: 'w2', reason: 'dial tcp 192.168.1.12:9797: connect: no route to host' }],
    });
    const text = await ask('status', { kubeconfig: home.kubeconfig });
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^2 things are wrong, 1 warning\. /);
    expect(text.stdout).toContain('Agents    2 of 3 fine: cp, w1\n');
    expect(text.stdout).toContain(
      '  w2 could not be asked: dial tcp 192.168.1.12:9797: connect: no route to host\n',
    );
  });

  it('counts an agent that is down alone as a warning', async () => {
    await using home = await AgentsHome.start({ cp: FINE, w1: 'Pending' });
    const { code, stdout } = await ask('status', { kubeconfig: home.kubeconfig });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 warning, and nothing that is seen endangers a VIP\. /);
    expect(stdout).toContain('  w1 could not be asked: its Pod is Pending\n');
  });

  it('counts a VIP that nobody answers for as a warning before a finding tells of it', async () => {
    const view = sampleView({ findings: () => [], takeovers: () => [] });
    await using home = await AgentsHome.start({ cp: { ...UP, view } });
    const { code, stdout } = await ask('status', { kubeconfig: home.kubeconfig });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 warning\. /);
    expect(stdout).toMatch(/fd00::50 +- +DOWN +nobody/);
  });

  it('says that there is nothing to watch where no VIP is known', async () => {
    const view = sampleView({ findings: () => [], vips: () => [], takeovers: () => [] });
    await using home = await AgentsHome.start({ cp: { ...UP, view } });
    const { code, stdout } = await ask('status', { kubeconfig: home.kubeconfig });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^No VIP is known: there is nothing to watch yet\. /);
  });

  it('is well where one node announces on two of its networks', async () => {
    const [one] = ANSWERED!.announcers;
    const two = {
      ...one!,
      segment: { ...one!.segment, name: 'eth1', interface: 'eth1' },
      mac: '02:00:00:00:01:11' as Mac,
    };
    const vip = { ...ANSWERED!, announcers: [one!, two] };
    const view = sampleView({ findings: () => [], vips: () => [vip], takeovers: () => [] });
    await using home = await AgentsHome.start({ cp: { ...UP, view } });
    expect((await ask('status', { kubeconfig: home.kubeconfig })).stdout).toMatch(/^All is well\. /);
    expect((await ask('vips', { kubeconfig: home.kubeconfig })).stdout).toMatch(/ up +w1 +w1 +cp\n$/);
  });

  it.each([
    ['is well where one agent has not seen the takeover that another saw', 60, /^All is well\. /],
    ['is not well where two nodes go on to answer, each as another agent hears it', 900, /^1 warning\. /],
  ])('%s', async (_what, lastSecond, said) => {
    const [first] = ANSWERED!.announcers;
    const second = 1_000_000;
    const seen = (announcer: Partial<typeof first>, elected: string) => ({
      ...UP,
      view: sampleView({
        findings: () => [],
        takeovers: () => [],
        vips: () => [
          {
            ...ANSWERED!,
            elected: { node: elected, interfaces: null },
            announcers: [{ ...first!, ...announcer }],
          },
        ],
      }),
    });
    const { since } = first!;
    const old = { lastSeen: since + lastSecond * second };
    const heir = {
      mac: '02:00:00:00:00:12' as Mac,
      node: 'w2',
      since: since + 59 * second,
      lastSeen: since + 900.5 * second,
    };
    await using home = await AgentsHome.start({ cp: seen(old, 'w2'), w1: seen(heir, 'w2') });
    expect((await ask('status', { kubeconfig: home.kubeconfig })).stdout).toMatch(said);
  });

  it('names an agent that is not ready, or that cannot judge all', async () => {
    const away = { ...FINE, interfaces: () => [{ name: 'eth0', up: false, dropped: 0 }] };
    await using home = await AgentsHome.start({ cp: away, w1: FINE });
    const { stdout } = await ask('status', { kubeconfig: home.kubeconfig });
    expect(stdout).toContain(
      'Agents    1 of 2 fine: w1\n  cp: not ready: no interface is captured that is up\n',
    );
  });

  it('fits a screen of 80 columns and 24 lines, however much is wrong', async () => {
    const findings = Array.from({ length: 40 }, (_, i) =>
      sampleFinding({
        id: `lease-on-vip_${i}`,
        message: 'A client asked for an address that is a VIP, and was given it. '.repeat(3),
        remedy: 'Shrink the DHCP range so that it leaves out the pool, then make the client ask again.',
      }),
    );
    const vips = Array.from({ length: 40 }, (_, i) => ({
      ...ANSWERED!,
      ip: `10.0.0.${i}` as IpAddress,
      up: false,
    }));
    const nodes = Array.from({ length: 20 }, (_, i) => [
      `node-with-a-long-name-${i}`,
      i % 2 ? 'Pending' : TROUBLED,
    ]);
    const view = sampleView({ findings: () => findings, vips: () => vips });
    await using home = await AgentsHome.start({ cp: { ...UP, view }, ...Object.fromEntries(nodes) });
    const { stdout } = await ask('status', { kubeconfig: home.kubeconfig });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatch(/and \d+ more: vipwatch findings/);
    expect(stdout).toContain('and 38 more: vipwatch vips');
  });

  it.each<[string, Parameters<typeof AgentsHome.start>[0], AgentsHome['refusal'], RegExp]>([
    [
      'no agent answers',
      { cp: 'unreachable' },
      null,
      /^No agent could be asked\. cp: dial tcp .*no route to host/,
    ],
    ['there is none', {}, null, /^There is no Pod of vipwatch in the cluster$/],
    [
      'Pods may not be listed',
      { cp: FINE },
      { status: 403, message: 'no' },
      /^Cannot list the Pods of the cluster: forbidden; name one that you may read with --namespace$/,
    ],
  ])('fails where %s', async (_what, nodes, refusal, said) => {
    await using home = await AgentsHome.start(nodes);
    home.refusal = refusal;
    await expect(ask('status', { kubeconfig: home.kubeconfig })).rejects.toThrow(said);
  });

  it('asks in the namespace that is named, and takes one way to the agents alone', async () => {
    await using home = await AgentsHome.start({ cp: FINE });
    await ask('vips', { kubeconfig: home.kubeconfig, namespace: 'vipwatch' });
    expect(home.asked[0]).toBe('/api/v1/namespaces/vipwatch/pods');
    await expect(ask('vips', { kubeconfig: home.kubeconfig, server: 'w1' })).rejects.toThrow(
      '--server names one agent',
    );
    await expect(ask('leases', { server: '127.0.0.1:65533' })).rejects.toThrow(
      /^No agent could be asked\. 127\.0\.0\.1:65533: no program listens there$/,
    );
  });
});

describe('a critical finding that somebody has acknowledged', () => {
  const acknowledged = {
    by: 'anna',
    comment: 'the router is replaced at six',
    at: '2026-03-01T12:00:00.000000Z',
    until: '2026-03-01T20:00:00.000000Z',
  };
  const known = (...findings: Parameters<typeof sampleFinding>[0][]): Partial<Sources> => ({
    ...UP,
    view: sampleView({
      findings: () => findings.map(sampleFinding),
      vips: () => [ANSWERED!],
      takeovers: () => [],
    }),
  });
  const other = { id: 'other', kind: 'foreign-claim', ip: '192.168.1.51' as IpAddress } as const;

  it('is critical still, and said to be known, by whom, why and until when', async () => {
    await using home = await AgentsHome.start({ cp: known({ acknowledged }), w1: FINE });
    const { code, stdout } = await ask('status', { kubeconfig: home.kubeconfig });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1 thing is wrong \(acknowledged\)\. /);
    expect(stdout).toContain(
      '  Acknowledged by anna until 2026-03-01 20:00:00Z: the router is replaced at six\n',
    );
    const json = await ask('status', { kubeconfig: home.kubeconfig, output: 'json' });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ critical: 1, findings: [{ acknowledged }] });
  });

  it('is told apart from one that nobody knows of', async () => {
    await using home = await AgentsHome.start({ cp: known({ acknowledged }, other) });
    const { code, stdout } = await ask('status', { kubeconfig: home.kubeconfig });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^2 things are wrong \(1 acknowledged\)\. /);
    const findings = await ask('findings', { kubeconfig: home.kubeconfig });
    expect(findings.code).toBe(1);
    expect(findings.stdout.match(/Acknowledged/g)).toHaveLength(1);
  });

  it('is not known where an agent takes it graver than it was acknowledged', async () => {
    const lighter = known({ severity: 'warning', acknowledged });
    await using home = await AgentsHome.start({ cp: lighter, w1: known({}) });
    const { stdout } = await ask('findings', { kubeconfig: home.kubeconfig, output: 'json' });
    expect(JSON.parse(stdout)).toMatchObject({ severity: 'critical', acknowledged: null });
  });
});

describe('what several agents see', () => {
  it('is one finding, seen by each of them, the gravest as one of them has it', async () => {
    const mild = { ...UP, view: sampleView({ findings: () => [sampleFinding({ severity: 'warning' })] }) };
    const other = { ...UP, view: sampleView({ findings: () => [sampleFinding({ raisedAt: 1_000_000 })] }) };
    await using home = await AgentsHome.start({ cp: mild, w1: other, w2: FINE });
    const { code, stdout } = await ask('findings', { kubeconfig: home.kubeconfig, output: 'json' });
    expect(code).toBe(1);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toMatchObject([
      { id: LEASE, severity: 'critical', seenBy: ['cp', 'w1'], raisedAt: '1970-01-01T00:00:01.000Z' },
    ]);
  });

  it('is one takeover where their clocks differ a little, measured by the least uncertain', async () => {
    const at = sampleTakeover().at;
    const later = sampleTakeover({ at: at + 2_000_000, uncertaintyMs: 10 });
    const earlier = sampleTakeover({ at: at - 3_600_000_000 });
    const see = (...takeovers: ReturnType<typeof sampleTakeover>[]) => ({
      ...UP,
      view: sampleView({ takeovers: () => takeovers }),
    });
    await using home = await AgentsHome.start({ cp: see(sampleTakeover(), earlier), w1: see(later) });
    const { code, stdout } = await ask('takeovers', { kubeconfig: home.kubeconfig, output: 'json' });
    expect(code).toBe(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toMatchObject([{ uncertaintyMs: 10, seenBy: ['cp', 'w1'] }, { seenBy: ['cp'] }]);
  });

  it('is a VIP that is up where one of them has an answer, and not as it should be where two answer', async () => {
    const down = { ...UP, view: sampleView({ vips: () => [{ ...ANSWERED!, up: false, announcers: [] }] }) };
    await using home = await AgentsHome.start({ cp: down, w1: FINE });
    const { stdout } = await ask('vips', { kubeconfig: home.kubeconfig });
    expect(stdout).toMatch(/192\.168\.1\.50 +traefik\/traefik +up +w1 +w1 +cp, w1\n$/);
  });

  it.each(['json', 'yaml', 'text'] as const)('has the same exit code as %s', async (output) => {
    await using home = await AgentsHome.start({ cp: TROUBLED });
    const { code, stdout } = await ask('findings', { kubeconfig: home.kubeconfig, output });
    expect(code).toBe(1);
    if (output === 'yaml')
      expect(
        stdout
          .split('---\n')
          .slice(1)
          .map((text) => parse(text).kind),
      ).toEqual(['foreign-claim', 'lease-on-vip']);
  });

  it('is also what is over by now, of the time that is asked for', async () => {
    await using home = await AgentsHome.start({ cp: TROUBLED });
    const { stdout } = await ask('findings', { kubeconfig: home.kubeconfig, since: '2026-03-01T00:00:00Z' });
    expect(stdout).toMatch(/^RESOLVED +192\.168\.1\.240 +dhcp-range-overlaps-pool$/m);
    await expect(ask('findings', { kubeconfig: home.kubeconfig, since: 'yesterday' })).rejects.toThrow(
      '--since: "yesterday" is neither a duration such as 90m, 12h or 7d, nor a time with its zone',
    );
    const { stdout: leases } = await ask('leases', { kubeconfig: home.kubeconfig, since: '1m' });
    expect(leases).toBe('No leases are known.\n');
  });

  it('names an agent that could not be asked, beside the list', async () => {
    await using home = await AgentsHome.start({ cp: FINE, w1: 'unreachable' });
    const { code, stderr } = await ask('vips', { kubeconfig: home.kubeconfig });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^vipwatch: warning: w1 could not be asked: dial tcp .*\n$/);
  });
});

describe('a watch', () => {
  it('goes on where nobody answers a look, and says so, until it is stopped', async () => {
    await using home = await AgentsHome.start({ cp: FINE });
    const { terminal, stdout, stderr } = written();
    const stop = new AbortController();
    home.refusal = { status: 503, message: 'away' };
    const options = { kubeconfig: home.kubeconfig, output: 'text', watch: true } as const;
    const watching = askAgents('vips', options, terminal, false, stop.signal);
    await Promise.race([watching, vi.waitUntil(() => stderr().includes('HTTP 503: away'), 60_000)]);
    // The client that there is goes on: the kubeconfig is not read again.
    rmSync(home.kubeconfig);
    home.refusal = null;
    await Promise.race([watching, vi.waitUntil(() => stdout().includes('192.168.1.50'), 60_000)]);
    stop.abort();
    expect(await watching).toBe(0);
    expect(stderr()).toBe('vipwatch: Cannot list the Pods of the cluster: HTTP 503: away\n');
  });
});
