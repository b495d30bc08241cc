// A check that asks a real LAN, as a user without any right: who answers for the addresses of a pool.
import { describe, expect, it } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
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
}

/** What it prints, and how it ends. */
async function check(laptop: Host) {
  await laptop.writeFile(FILE, JSON.stringify(POOL));
  const words = [
    'check',
    FILE,
    '--interface',
    'eth0',
    '--only',
    'pool-address-in-use',
    '--fail-on',
    'warning',
  ];
  const program = [`${PROJECT_FOLDER}/bin/vipwatch`, ...words, '--output', 'json'];
  const process = laptop.spawn(['/usr/bin/setpriv', ...WITHOUT_RIGHTS, ...program]);
  const exit = await process.exited;
  const lines = process.output
    .filter(({ stream }) => stream === 'stdout')
    .map(({ text }) => JSON.parse(text) as Line);
  return { code: exit?.code, checks: lines.filter(({ type }) => type === 'check') };
}

describe.skipIf(labUnavailable())('vipwatch check --interface', () => {
  it.each([
    ['192.168.1.241', 1, [{ id: 'pool-address-in-use', status: 'warning', ip: '192.168.1.241' }]],
    ['192.168.1.77', 0, [{ id: 'pool-address-in-use', status: 'ok', ip: null }]],
  ] as const)('tells of a machine at %s', async (address, code, expected) => {
    await using lab = await Lab.create();
    const laptop = await lab.host('laptop', { mac: '02:00:00:00:00:10', address: '192.168.1.10/24' });
    await lab.host('stranger', { mac: '02:00:00:00:00:aa', address: `${address}/24` });
    expect(await check(laptop)).toMatchObject({ code, checks: expected });
  });

  it('tells of no machine that went long ago, though the kernel still knows it', async () => {
    await using lab = await Lab.create();
    const laptop = await lab.host('laptop', { mac: '02:00:00:00:00:10', address: '192.168.1.10/24' });
    const entry = ['192.168.1.241', 'dev', 'eth0', 'lladdr', '02:00:00:00:00:aa', 'nud', 'stale'];
    await laptop.run(['ip', 'neigh', 'add', ...entry]);
    expect(await check(laptop)).toMatchObject({ code: 0, checks: [{ status: 'ok' }] });
  });
});
