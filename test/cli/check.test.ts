// `vipwatch check` as a person calls it: files, folders, standard input, exit codes, and what is said of what cannot be read.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TIDY } from '../check/home.ts';
import { lines, ROOT, vipwatch } from './program.ts';

const STORY = join(ROOT, 'test/data/check/story');
const RANGE = ['--dhcp-range', '192.168.1.2-192.168.1.253'];
const folder = mkdtempSync(join(tmpdir(), 'vipwatch-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const POOL = (name: string, addresses: string) =>
  `apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: { name: ${name}, namespace: metallb-system }\nspec: { addresses: ['${addresses}'] }\n`;

describe('vipwatch check', () => {
  it('tells the story by a folder, fails by what is critical, and says what it did not read', async () => {
    const { code, stdout, stderr } = await vipwatch(['check', STORY, ...RANGE]);
    expect([code, stderr]).toEqual([1, 'vipwatch: Not read, as no check is about them: 1 ServiceAccount\n']);
    expect(stdout).toContain('metallb.yaml:1');
    expect(stdout).toMatch(/\n1 critical, 3 warnings, 6 fine, 25 not checked\n$/);
  });

  it.each(['json', 'sarif', 'junit'])('has the same exit codes as %s', async (output) => {
    const each = ['critical', 'warning', 'never'].map((level) =>
      vipwatch(['check', STORY, ...RANGE, '--output', output, '--fail-on', level]),
    );
    expect((await Promise.all(each)).map(({ code }) => code)).toEqual([1, 1, 0]);
    expect((await vipwatch(['check', STORY, '--output', output])).code).toBe(0);
  });

  it('reads standard input, and the checks that are asked for', async () => {
    const { code, stdout } = await vipwatch(
      ['check', '-', ...RANGE, '--only', 'pool-in-dhcp-range,pools-overlap', '-o', 'json'],
      Buffer.from(POOL('main', '192.168.1.250/32')),
    );
    expect(code).toBe(0);
    expect(lines(stdout)).toMatchObject([
      { id: 'pool-in-dhcp-range', status: 'warning', subjects: [{ file: 'standard input', line: 1 }] },
      { id: 'pools-overlap', status: 'ok' },
      { type: 'summary', warning: 1, ok: 1 },
    ]);
  });

  it('checks the rest of what cannot be read, and ends with 2', async () => {
    const good = file('good.yaml', POOL('main', '192.168.1.250/32'));
    const bad = file('bad.yaml', `a: [\n---\nname: {{ .Values.name }}\n`);
    const { code, stdout, stderr } = await vipwatch([
      'check',
      good,
      bad,
      join(folder, 'none.yaml'),
      ...RANGE,
      '-o',
      'json',
    ]);
    expect(code).toBe(2);
    expect(lines(stdout)[0]).toMatchObject({ id: 'pool-in-dhcp-range', status: 'warning' });
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^vipwatch: Cannot read .*none\.yaml: no such file$/),
      expect.stringMatching(/^vipwatch: .*bad\.yaml:2: it is not YAML: /),
      expect.stringMatching(/^vipwatch: .*bad\.yaml:3: a template that is not rendered/),
    ]);
  });

  it('passes over what is beside the manifests in a folder, and says so', async () => {
    const charts = join(folder, 'chart');
    mkdirSync(charts);
    file('chart/pool.yaml', POOL('main', '192.168.1.250/32'));
    const values = file('chart/values.yaml', 'replicas: 2\n');
    file('chart/kustomization.yaml', 'resources: [pool.yaml]\n');
    const { code, stderr } = await vipwatch(['check', charts]);
    expect([code, stderr.trim().split('\n')]).toEqual([
      0,
      [
        expect.stringMatching(
          /^vipwatch: Not read, as they hold no Kubernetes object: .*kustom.*values\.yaml$/,
        ),
      ],
    ]);
    expect(await vipwatch(['check', values])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('values.yaml:1: not a Kubernetes object'),
    });
  });

  it('tells of an annotation that names no check', async () => {
    const noted = POOL('main', '192.168.1.250/32').replace(
      ' }',
      ', annotations: { vipwatch.dev/ignore: "pools-overlap, pool-in-dhcp-rnge: not yet; then again" } }',
    );
    const { code, stderr } = await vipwatch(['check', file('noted.yaml', noted), ...RANGE]);
    expect([code, stderr.trim().split('\n')]).toEqual([
      2,
      [
        expect.stringMatching(
          /noted\.yaml:1: the annotation vipwatch\.dev\/ignore names pool-in-dhcp-rnge, which is not a check$/,
        ),
      ],
    ]);
  });

  it('reads no more than it can of what never ends', async () => {
    expect(await vipwatch(['check', '/dev/zero'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('/dev/zero: it is longer than 40 MB'),
    });
    const long = Buffer.alloc(41 * 1024 * 1024, '#');
    expect(await vipwatch(['check', '-'], long)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('standard input: it is longer than 40 MB'),
    });
  });

  it('holds the pools of another cluster against these', async () => {
    const ours = file('ours.yaml', POOL('ours', '192.168.1.240-192.168.1.245'));
    const theirs = file('theirs.yaml', POOL('theirs', '192.168.1.245-192.168.1.250'));
    const { code, stdout } = await vipwatch([
      'check',
      ours,
      '--also',
      theirs,
      '--only',
      'pools-overlap',
      '-o',
      'json',
    ]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('share 192.168.1.245')]);
  });

  it('goes by the configuration: ranges, tables, and what is ignored', async () => {
    const manifests = file('pool.yaml', POOL('main', '192.168.1.240-192.168.1.245'));
    const leases = file('leases', '4102444800 02:00:00:00:00:aa 192.168.1.242 phone *\n');
    const config = file(
      'vipwatch.yaml',
      `dhcp:\n  ranges: [192.168.1.2-192.168.1.253]\n  import: [{ type: dnsmasq, file: ${leases} }]\ncheck:\n  ignore: [{ id: pool-in-dhcp-range, comment: until March }]\n`,
    );
    const { code, stdout } = await vipwatch(['check', manifests, '--config', config, '-o', 'json']);
    expect(code).toBe(0);
    const told = lines(stdout);
    expect(told.find(({ id }) => id === 'pool-address-leased')).toMatchObject({
      message: expect.stringContaining(
        'The DHCP server leased 192.168.1.242 to phone until 2100-01-01T00:00:00Z',
      ),
    });
    expect(told.find(({ id }) => id === 'pool-in-dhcp-range')).toMatchObject({ status: 'ok' });
    expect(told.at(-1)).toMatchObject({ type: 'summary', warning: 1, suppressed: 1 });
  });

  it.each([
    [['--kubeconfig', '/none'], /\/none cannot be read/],
    [['.', '--only', 'pools-overlapp'], /"pools-overlapp" is not a check/],
    [['.', '--dhcp-range', 'fd00::1-fd00::9'], /is IPv6/],
    [['.', '--dhcp-range', '192.168.1.9'.padEnd(20, '-')], /--dhcp-range: /],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await vipwatch(['check', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('foretells what happens if a node dies, out of a whole cluster', async () => {
    const all = file('cluster.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: TIDY }));
    const { code, stdout } = await vipwatch(['check', all, '--if-node-dies', 'w1']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^if w1 dies: 192\.168\.1\.240 \(web\/web\) /)]);
    const typo = await vipwatch(['check', all, '--if-node-dies', 'w9']);
    expect([typo.code, typo.stderr]).toEqual([2, 'vipwatch: "w9" is not a node: there are w1, w2\n']);
    const part = await vipwatch(['check', STORY, '--if-node-dies', 'w1']);
    expect([part.code, part.stderr]).toEqual([2, expect.stringContaining('the files hold no Node')]);
  });

  it('ends with 2 where nothing could be checked', async () => {
    mkdirSync(join(folder, 'empty'));
    const { code, stderr } = await vipwatch(['check', join(folder, 'empty')]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/holds no \.yaml/)]);
    const other = file('other.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: { name: a }\n');
    const outcome = await vipwatch(['check', other]);
    expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringContaining('Nothing could be checked')]);
  });
});
