// Tables of real DHCP servers: what no frame shows any more, each import finds.
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { type Agent, startAgent } from '../../lab/roles/agent.ts';
import { DHCPD_CONFIG, DHCPD_LEASES, startDhcpd } from '../../lab/roles/dhcpd.ts';
import { DNSMASQ_LEASES, startDnsmasq } from '../../lab/roles/dnsmasq.ts';
import { KEA_CONFIG, KEA_LEASES, startKea } from '../../lab/roles/kea.ts';
import { startKeaControl } from '../../lab/roles/kea-ctrl-agent.ts';
import { startUdhcpc } from '../../lab/roles/udhcpc.ts';
import type { ConfigFile } from '../../src/config/schema.ts';
import type { renderFinding, renderLease } from '../../src/serve/render/render.ts';
import { certificateOf, openssl } from '../lease-import/certificate.ts';
import { labUnavailable } from './available.ts';

const VIP = '192.168.1.240';
const PHONE = '02:00:00:00:00:aa';
const NODE = { name: 'w1', addresses: ['192.168.1.11'], macs: ['02:00:00:00:00:11'] };
const SERVER = { subnet: '192.168.1.0/24', range: ['192.168.1.100', '192.168.1.241'] } as const;
const LOGIN = { address: '192.168.1.1', user: 'vipwatch', password: 'hunter2' };
/** Kea writes its file with a delay of its own. */
const TIMEOUT = { timeout: 60_000, interval: 200 };

type Imports = NonNullable<NonNullable<ConfigFile['dhcp']>['import']>;

function configOf(imports: Imports): ConfigFile {
  return {
    intent: {
      source: 'static',
      static: {
        pools: [{ name: 'main-pool', addresses: ['192.168.1.240-192.168.1.245'] }],
        vips: [{ address: VIP, service: 'traefik/traefik' }],
        nodes: [NODE],
      },
    },
    dhcp: { import: imports },
  };
}

/** Leased the VIP, and has renewed that by unicast, before anybody watched. */
async function phoneRenews(lab: Lab): Promise<void> {
  const phone = await lab.host('phone', { mac: PHONE });
  const client = await startUdhcpc(phone, { hostname: 'luca-phone', request: VIP });
  expect(await client.bound({ timeoutMs: 60_000 })).toBe(VIP);
  await client.process.signal('SIGUSR1');
  const bound = () => client.process.output.filter(({ text }) => text === `lease ${VIP}`).length;
  await vi.waitUntil(() => bound() > 1, TIMEOUT);
}

const findingsOf = async ({ api }: Agent) =>
  (await api.json<{ items: ReturnType<typeof renderFinding>[] }>('/api/v1/findings')).items;
const leasesOf = async ({ api }: Agent) =>
  (await api.json<{ items: ReturnType<typeof renderLease>[] }>('/api/v1/leases')).items;

/** By the import of this name, which is all that the agent can know it from. */
async function expectFound(agent: Agent, name: string, range: string): Promise<void> {
  const find = async (kind: string) => (await findingsOf(agent)).find((one) => one.kind === kind);
  const onVip = await vi.waitUntil(() => find('lease-on-vip'), TIMEOUT);
  expect(onVip).toMatchObject({ severity: 'critical', ip: VIP, macs: [PHONE], interface: 'eth0' });
  expect(onVip.message).toBe(
    `The router's table (${name}) says: "luca-phone" (${PHONE}) was leased ${VIP}, the VIP of traefik/traefik.`,
  );
  const overlap = await vi.waitUntil(() => find('dhcp-range-overlaps-pool'), TIMEOUT);
  expect(overlap.message).toContain(`The DHCP range ${range} and pool main-pool both contain`);
  const [lease] = await leasesOf(agent);
  expect(lease).toMatchObject({ ip: VIP, mac: PHONE, source: 'import', import: name });
  const ends = Date.parse(lease?.expiresAt ?? '') - Date.now();
  expect(ends).toBeGreaterThan(3_000_000);
  expect(ends).toBeLessThanOrEqual(3_600_000);
  expect((await agent.api.json<{ intent: { doubts: string[] } }>('/readyz')).intent.doubts).toEqual([]);
}

interface Server {
  readonly what: string;
  readonly start: (router: Host) => Promise<unknown>;
  readonly imports: Imports;
  /** The agent is on the router itself, as on a Pi-hole that is a node. */
  readonly isOnRouter: boolean;
}

const SERVERS: readonly Server[] = [
  {
    what: 'dnsmasq, by its file',
    start: async (router) => {
      await startDnsmasq(router, { ...SERVER, noPing: true });
      await router.writeFile('/run/lab/dnsmasq.conf', `dhcp-range=${SERVER.range.join(',')},1h\n`);
    },
    imports: [{ type: 'dnsmasq', file: DNSMASQ_LEASES, configFile: '/run/lab/dnsmasq.conf', every: '10s' }],
    isOnRouter: true,
  },
  {
    what: 'ISC dhcpd, by its file',
    start: (router) => startDhcpd(router, SERVER),
    imports: [{ type: 'isc', file: DHCPD_LEASES, configFile: DHCPD_CONFIG, every: '10s' }],
    isOnRouter: true,
  },
  {
    what: 'Kea, by its file',
    start: (router) => startKea(router, SERVER),
    imports: [{ type: 'kea', file: KEA_LEASES, configFile: KEA_CONFIG, every: '10s' }],
    isOnRouter: true,
  },
  {
    what: 'Kea, by its Control Agent with a password',
    start: async (router) => {
      await startKea(router, SERVER);
      await startKeaControl(router, LOGIN);
    },
    imports: [
      {
        type: 'kea',
        url: `http://${LOGIN.address}:8000`,
        user: LOGIN.user,
        passwordFile: '/run/lab/password',
        every: '10s',
      },
    ],
    isOnRouter: false,
  },
];

const skip = labUnavailable('dnsmasq', 'dhcpd', 'kea-dhcp4', 'kea-ctrl-agent', 'udhcpc');

describe.skipIf(skip)('a phone that renewed by unicast before vipwatch came', () => {
  it.each(SERVERS)('is found by the import of $what', async ({ start, imports, isOnRouter }) => {
    await using lab = await Lab.create();
    const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
    const node = await lab.host('w1', { mac: NODE.macs[0]!, address: `${NODE.addresses[0]}/24` });
    await start(router);
    await phoneRenews(lab);

    const host = isOnRouter ? router : node;
    await host.writeFile('/run/lab/password', `${LOGIN.password}\n`);
    await expectFound(await startAgent(host, configOf(imports)), imports[0]!.type, SERVER.range.join('-'));
  });
});

const HTTPS = { url: `https://${LOGIN.address}:8443`, caFile: '/run/lab/ca.pem', every: '10s' } as const;

/** With the range that each was recorded with. */
const RECORDED = [
  {
    type: 'pihole',
    range: '192.168.1.2-192.168.1.253',
    secret: 'hunter2\n',
    login: { passwordFile: '/run/lab/secret' },
  },
  {
    type: 'opnsense',
    range: '192.168.1.100-192.168.1.249',
    secret: 'key=w4ZX/k+y\nsecret=5eCr3t=\n',
    login: { keyFile: '/run/lab/secret' },
  },
] as const;

describe.skipIf(labUnavailable() || !openssl)('a phone that is in the recorded table of a router', () => {
  it.each(RECORDED)('is found by the import of $type', async ({ type, range, secret, login }) => {
    await using lab = await Lab.create();
    const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: `${LOGIN.address}/24` });
    const node = await lab.host('w1', { mac: NODE.macs[0]!, address: `${NODE.addresses[0]}/24` });
    await using folder = await mkdtempDisposable(join(tmpdir(), 'vipwatch-lab-'));
    const { key, cert, ca } = certificateOf(LOGIN.address, folder.path);
    await router.writeFile('/run/lab/key.pem', key);
    await router.writeFile('/run/lab/cert.pem', cert);
    const words = [type, LOGIN.address, '8443', VIP];
    await router.spawnScript('test/lab/recorded-api.ts', words).waitForLine(/^listening$/);

    await node.writeFile('/run/lab/ca.pem', ca);
    await node.writeFile('/run/lab/secret', secret, 0o600);
    await expectFound(await startAgent(node, configOf([{ type, ...HTTPS, ...login }])), type, range);
  });
});

describe.skipIf(labUnavailable())('a table that cannot be read any more', () => {
  it('stays in use, with its age told, until the configuration leaves it out', async () => {
    await using lab = await Lab.create();
    const node = await lab.host('w1', { mac: NODE.macs[0]!, address: `${NODE.addresses[0]}/24` });
    const file = '/run/lab/leases';
    const imports: Imports = [{ name: 'router', type: 'dnsmasq', file, every: '10s' }];
    const end = Math.floor(Date.now() / 1000) + 3_600;
    await node.writeFile(file, `${end} ${PHONE} ${VIP} luca-phone *\n`);
    const agent = await startAgent(node, configOf(imports));
    const kinds = async () => (await findingsOf(agent)).map(({ kind }) => kind);
    const doubts = async () =>
      (await agent.api.json<{ intent: { doubts: string[] } }>('/readyz')).intent.doubts;
    await vi.waitUntil(async () => (await kinds()).includes('lease-on-vip'), TIMEOUT);

    await node.run(['/bin/rm', file]);
    const [line] = await vi.waitUntil(async () => {
      const lines = await doubts();
      return lines.length > 0 && lines;
    }, TIMEOUT);
    expect(line).toMatch(/^the DHCP import router cannot be read; its table of \S+Z stays in use$/);
    expect(await kinds()).toEqual(['lease-on-vip']);
    const metrics = await agent.api.get('/metrics');
    expect(metrics.body).toMatch(
      /^vipwatch_dhcp_import_last_success_timestamp_seconds\{name="router"\} \d{10}/m,
    );

    await node.writeFile('/run/lab/vipwatch.yaml', JSON.stringify({ interfaces: ['eth0'], ...configOf([]) }));
    await agent.process.signal('SIGHUP');
    await vi.waitUntil(async () => (await kinds()).length === 0, TIMEOUT);
    expect([await leasesOf(agent), await doubts()]).toEqual([[], []]);
  });
});
