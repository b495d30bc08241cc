// A check that asks a real LAN, as a user without any right: who answers for the addresses of a pool.
import { describe, expect, it } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { startDnsmasq } from '../../lab/roles/dnsmasq.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { labUnavailable } from './available.ts';

const POOL = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name: 'main', namespace: 'metallb-system' },
  spec: { addresses: ['192.168.1.240-192.168.1.245'] },
};
const FILE = '/run/lab/pool.json';
/** As nobody, and with no capability. */
const WITHOUT_RIGHTS = ['--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all'];

interface Line {
  readonly type: string;
  readonly id?: string;
  readonly status?: string;
  readonly ip?: string | null;
  readonly message?: string;
}

type Words = readonly [`/${string}`, ...string[]];

/** What it prints of these checks, and how it ends. */
async function check(laptop: Host, ids: string, words: readonly string[], before: Words) {
  await laptop.writeFile(FILE, JSON.stringify(POOL));
  const all = ['check', FILE, '--interface', 'eth0', '--only', ids, '--fail-on', 'warning', ...words];
  const [program, ...more] = before;
  const rest = [...more, `${PROJECT_FOLDER}/bin/vipwatch`, ...all, '--output', 'json'];
  const process = laptop.spawn([program, ...rest]);
  const exit = await process.exited;
  const lines = process.output
    .filter(({ stream }) => stream === 'stdout')
    .map(({ text }) => JSON.parse(text) as Line);
  return { code: exit?.code, checks: lines.filter(({ type }) => type === 'check') };
}

const withoutRights = (laptop: Host, ids: string, ...words: readonly string[]) =>
  check(laptop, ids, words, ['/usr/bin/setpriv', ...WITHOUT_RIGHTS]);
const asRoot = (laptop: Host, ids: string, ...words: readonly string[]) =>
  check(laptop, ids, words, ['/usr/bin/env']);

describe.skipIf(labUnavailable())('vipwatch check --interface', () => {
  it.each([
    ['192.168.1.241', 1, [{ id: 'pool-address-in-use', status: 'warning', ip: '192.168.1.241' }]],
    ['192.168.1.77', 0, [{ id: 'pool-address-in-use', status: 'ok', ip: null }]],
  ] as const)('tells of a machine at %s', async (address, code, expected) => {
    await using lab = await Lab.create();
    const laptop = await lab.host('laptop', { mac: '02:00:00:00:00:10', address: '192.168.1.10/24' });
    await lab.host('stranger', { mac: '02:00:00:00:00:aa', address: `${address}/24` });
    expect(await withoutRights(laptop, 'pool-address-in-use')).toMatchObject({ code, checks: expected });
  });

  it('tells of no machine that went long ago, though the kernel still knows it', async () => {
    await using lab = await Lab.create();
    const laptop = await lab.host('laptop', { mac: '02:00:00:00:00:10', address: '192.168.1.10/24' });
    const entry = ['192.168.1.241', 'dev', 'eth0', 'lladdr', '02:00:00:00:00:aa', 'nud', 'stale'];
    await laptop.run(['ip', 'neigh', 'add', ...entry]);
    expect(await withoutRights(laptop, 'pool-address-in-use')).toMatchObject({
      code: 0,
      checks: [{ status: 'ok' }],
    });
  });
});

describe.skipIf(labUnavailable())('vipwatch check --active', { timeout: 180_000 }, () => {
  const SUBNET = '192.168.1.0/24';
  const IDS = 'pool-in-dhcp-range,pool-has-gateway,dhcp-servers,pool-address-leased';

  async function home(lab: Lab) {
    const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
    return {
      router,
      laptop: await lab.host('laptop', { mac: '02:00:00:00:00:10', address: '192.168.1.10/24' }),
    };
  }

  it('finds the range of the router, and the pool in it', async () => {
    await using lab = await Lab.create();
    const { router, laptop } = await home(lab);
    await startDnsmasq(router, { subnet: SUBNET, range: ['192.168.1.236', '192.168.1.250'], noPing: true });
    const { code, checks } = await asRoot(laptop, IDS, '--active');
    expect([code, checks.map(({ id, status }) => `${status} ${id}`)]).toEqual([
      1,
      ['warning pool-in-dhcp-range', 'ok pool-has-gateway', 'ok dhcp-servers', 'ok pool-address-leased'],
    ]);
    expect(checks[0]!.message).toMatch(
      /^The router leases 192\.168\.1\.236-192\.168\.1\.250 \(as 192\.168\.1\.1 offers\), and pool main /,
    );
  });

  it('tells of a second server, and where neither leases of the pool', async () => {
    await using lab = await Lab.create();
    const { router, laptop } = await home(lab);
    const other = await lab.host('other', { mac: '02:00:00:00:00:02', address: '192.168.1.2/24' });
    await startDnsmasq(router, { subnet: SUBNET, range: ['192.168.1.50', '192.168.1.60'], noPing: true });
    await startDnsmasq(other, { subnet: SUBNET, range: ['192.168.1.70', '192.168.1.80'], noPing: true });
    const { code, checks } = await asRoot(
      laptop,
      IDS,
      '--active',
      '--dhcp-range',
      '192.168.1.50-192.168.1.80',
    );
    expect([code, checks.map(({ id, status }) => `${status} ${id}`)]).toEqual([
      1,
      ['ok pool-in-dhcp-range', 'ok pool-has-gateway', 'warning dhcp-servers', 'ok pool-address-leased'],
    ]);
    expect(checks[2]!.message).toMatch(/^2 DHCP servers answer: 192\.168\.1\.\d .* and 192\.168\.1\.\d /);
  });

  it('is not checked without the right to ask', async () => {
    await using lab = await Lab.create();
    const { router, laptop } = await home(lab);
    await startDnsmasq(router, { subnet: SUBNET, range: ['192.168.1.50', '192.168.1.60'], noPing: true });
    expect(await withoutRights(laptop, 'dhcp-servers', '--active')).toMatchObject({
      code: 2,
      checks: [{ status: 'skipped', message: expect.stringContaining('CAP_NET_RAW') }],
    });
  });
});
