// The audit against real DHCP servers: what it says of them, and what it leaves behind.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { type Agent, startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import type { DhcpServer, DhcpServerOptions } from '../../lab/roles/dhcp-server.ts';
import { startDhcpd } from '../../lab/roles/dhcpd.ts';
import { startDnsmasq } from '../../lab/roles/dnsmasq.ts';
import { startKea } from '../../lab/roles/kea.ts';
import { startUdhcpc } from '../../lab/roles/udhcpc.ts';
import { startUdhcpd } from '../../lab/roles/udhcpd.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import type { ConfigFile } from '../../src/config/schema.ts';
import { auditedAddress } from '../../src/dhcp/audit-client.ts';
import { labUnavailable } from './available.ts';
import { readFrames } from './frames.ts';

const SUBNET = '192.168.1.0/24';
/** In the router's range: one that a speaker announces, one that a machine has which answers ping. */
const VIP = '192.168.1.55';
const PINGED = '192.168.1.56';
const OUTSIDE = '192.168.1.240';
const RANGE = ['192.168.1.50', '192.168.1.60'] as const;
const AUDIT_TIMEOUT_MS = 150_000;

const CONFIG: ConfigFile = {
  intent: {
    source: 'static',
    static: {
      pools: [{ name: 'main-pool', addresses: ['192.168.1.55-192.168.1.56', '192.168.1.240-192.168.1.243'] }],
      vips: [VIP, PINGED, OUTSIDE].map((address) => ({ address, service: 'traefik/traefik' })),
      nodes: ['10', '11', '12'].map((last) => ({
        name: `node-${last}`,
        macs: [`02:00:00:00:00:${last}`],
        addresses: [`192.168.1.${last}`],
      })),
    },
  },
};

interface Row {
  readonly type: string;
  readonly ip: string;
  readonly server: string | null;
  readonly verdict: string;
  readonly offered: string | null;
}

/** What the command prints, and how it ends. */
async function audit(host: Host, ...words: string[]) {
  await host.writeFile('/run/lab/audit.yaml', JSON.stringify(CONFIG));
  const process = host.spawn([`${PROJECT_FOLDER}/bin/vipwatch`, 'dhcp-audit', '--output', 'json', ...words]);
  const timeout = delay(AUDIT_TIMEOUT_MS).then(() => undefined);
  const exit = await Promise.race([process.exited, timeout]);
  if (!exit) throw new Error(`it does not end: ${process.describe()}`);
  const lines = process.output.filter(({ stream }) => stream === 'stdout');
  const rows = lines.map(({ text }) => JSON.parse(text) as Row);
  return {
    code: exit.code,
    rows,
    toldAt: lines.map(({ at }) => at * MILLISECOND),
    errors: process.output.filter(({ stream }) => stream === 'stderr'),
  };
}

interface Server {
  readonly name: string;
  readonly start: (host: Host, options: DhcpServerOptions) => Promise<DhcpServer>;
  /** Without a ping before each offer: for the many questions of a range. */
  readonly startQuick: (host: Host, options: DhcpServerOptions) => Promise<DhcpServer>;
  /** It keeps for a while what it offered. */
  readonly holdsMs: number;
}

const SERVERS: Server[] = [
  {
    name: 'dnsmasq',
    start: startDnsmasq,
    startQuick: (host, options) => startDnsmasq(host, { ...options, noPing: true }),
    holdsMs: 0,
  },
  {
    name: 'ISC dhcpd',
    start: (host, options) => startDhcpd(host, { ...options, ping: true }),
    startQuick: startDhcpd,
    holdsMs: 0,
  },
  { name: 'Kea', start: startKea, startQuick: startKea, holdsMs: 0 },
  { name: 'udhcpd', start: startUdhcpd, startQuick: startUdhcpd, holdsMs: 61_000 },
];

/** Of one lease in udhcpd's file, which begins with its time left; behind the time at which the file was written. */
const UDHCPD_HEADER = 8;
const UDHCPD_LEASE = 36;

/**
 * As it is on the disk now; empty where the server has made none yet. Of udhcpd's the leases that have time left: it writes those
 * that are over as well, and reads them no more.
 */
async function leasesOf(host: Host, { process, leaseFile }: DhcpServer, name: string): Promise<string> {
  if (name === 'udhcpd') {
    process.signal('SIGUSR1');
    await delay(500);
  }
  const text = await host.run(['sh', '-c', `od -An -v -tx1 ${leaseFile} 2>/dev/null || true`]);
  const bytes = text.stdout.trim().split(/\s+/);
  if (name !== 'udhcpd') return bytes.join(' ');
  const held: string[] = [];
  for (let at = UDHCPD_HEADER; at + UDHCPD_LEASE <= bytes.length; at += UDHCPD_LEASE) {
    const lease = bytes.slice(at, at + UDHCPD_LEASE);
    if (lease.slice(0, 4).some((byte) => byte !== '00')) held.push(lease.join(' '));
  }
  return held.join('\n');
}

async function buildLan(lab: Lab) {
  const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
  const [auditor, speaker, witness] = await Promise.all(
    ['10', '11', '12'].map((last) =>
      lab.host(`node-${last}`, { mac: `02:00:00:00:00:${last}`, address: `192.168.1.${last}/24` }),
    ),
  );
  await lab.host('pinged', { mac: '02:00:00:00:00:77', address: `${PINGED}/24` });
  const announcer = await startAnnouncer(speaker!);
  await Promise.all([VIP, OUTSIDE].map((vip) => announcer.announce(vip)));
  return { router, auditor: auditor!, witness: witness! };
}

const findingsOf = async ({ api }: Agent) =>
  (await api.findings('all')).filter(({ kind }) => kind !== 'pool-address-taken' && kind !== 'foreign-claim');

const skip = labUnavailable('dnsmasq', 'dhcpd', 'kea-dhcp4', 'udhcpd', 'udhcpc');

// Each on a LAN of its own, and waiting for most of its time: for servers that remember, and for questions a second apart.
describe.skipIf(skip).concurrent('vipwatch dhcp-audit', () => {
  it.each(SERVERS)(
    'asks $name, and leaves nothing behind',
    async ({ name, start, holdsMs }) => {
      await using lab = await Lab.create();
      const { router, auditor, witness } = await buildLan(lab);
      const server = await start(router, { subnet: SUBNET, range: RANGE });
      const [asker, other] = await Promise.all([auditor, witness].map((host) => startAgent(host, CONFIG)));
      expect([await findingsOf(asker!), await findingsOf(other!)]).toEqual([[], []]);
      const before = await leasesOf(router, server, name);
      const capture = await lab.switch.capture();

      const { code, rows, toldAt } = await audit(auditor, VIP, PINGED, OUTSIDE, '192.168.1.243');
      const frames = readFrames(await capture.stop());
      const of = (ip: string) => rows.filter((row) => row.ip === ip);
      expect(of(VIP)).toEqual([
        { type: 'audit', ip: VIP, server: '192.168.1.1', verdict: 'would-lease', offered: VIP },
      ]);
      expect(of(PINGED)).toEqual([
        { type: 'audit', ip: PINGED, server: null, verdict: 'unknown', offered: null },
      ]);
      for (const ip of [OUTSIDE, '192.168.1.243'])
        expect(of(ip)).toMatchObject([{ server: '192.168.1.1', verdict: 'safe' }]);
      expect(code).toBe(1);

      const question = frames.find(
        ({ layers }) => layers.protocol === 'dhcp' && auditedAddress(layers.packet) === VIP,
      );
      // From the question on: how long a program takes to start is its machine's affair.
      const told = toldAt[rows.findIndex(({ ip }) => ip === VIP)]!;
      expect(told - question!.at).toBeLessThan(10 * SECOND);
      // Kea answers the asker alone: what others hear of it is the question.
      for (const agent of name === 'Kea' ? [asker!] : [asker!, other!]) {
        await vi.waitUntil(async () => (await findingsOf(agent)).length > 0, { timeout: 60_000 });
        const findings = await findingsOf(agent);
        expect(findings).toMatchObject([{ kind: 'dhcp-range-overlaps-pool', severity: 'critical', ip: VIP }]);
        // Both are the frames' own times.
        expect(Date.parse(findings[0]!.raisedAt) * MILLISECOND - question!.at).toBeLessThan(10 * SECOND);
      }
      if (name === 'Kea') expect(await findingsOf(other!)).toEqual([]);
      for (const { api } of [asker!, other!])
        expect((await api.json<{ items: unknown[] }>('/api/v1/leases')).items).toEqual([]);

      const sent = frames.filter(({ layers }) => layers.protocol === 'dhcp' && layers.packet.operation === 1);
      const types = sent.map(({ layers }) => layers.protocol === 'dhcp' && layers.packet.messageType);
      expect(new Set(types)).toEqual(new Set([1]));
      const times = sent.map(({ at }) => at);
      const gaps = times.slice(1).map((at, i) => at - times[i]!);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(990_000);

      await delay(holdsMs);
      expect(await leasesOf(router, server, name)).toBe(before);
    },
    240_000,
  );

  it.each(SERVERS)(
    'leaves $name addresses for others meanwhile',
    async ({ start }) => {
      await using lab = await Lab.create();
      const { router, auditor } = await buildLan(lab);
      await start(router, { subnet: SUBNET, range: RANGE });
      const phone = await lab.host('phone', { mac: '02:00:00:00:00:aa' });
      const running = audit(auditor, VIP, OUTSIDE, '192.168.1.241', '192.168.1.242');
      const client = await startUdhcpc(phone, { hostname: 'luca-phone' });
      expect(await client.bound({ timeoutMs: 30_000 })).toMatch(/^192\.168\.1\.(5\d|60)$/);
      expect((await running).rows.filter(({ verdict }) => verdict === 'would-lease')).toMatchObject([
        { ip: VIP },
      ]);
    },
    240_000,
  );

  it.each(SERVERS)(
    'finds the range of $name',
    async ({ startQuick, name }) => {
      await using lab = await Lab.create();
      const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
      const auditor = await lab.host('node-10', { mac: '02:00:00:00:00:10', address: '192.168.1.10/24' });
      const server = await startQuick(router, { subnet: SUBNET, range: ['192.168.1.20', '192.168.1.120'] });
      const before = await leasesOf(router, server, name);
      const { code, rows } = await audit(auditor, '--find-range');
      expect(rows).toEqual([
        {
          type: 'range',
          server: '192.168.1.1',
          first: '192.168.1.20',
          last: '192.168.1.120',
          atLeast: false,
        },
      ]);
      expect(code).toBe(0);
      if (name !== 'udhcpd') expect(await leasesOf(router, server, name)).toBe(before);
    },
    240_000,
  );

  it('finds no more of the range than there is, where four of ten addresses are leased', async () => {
    await using lab = await Lab.create();
    const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
    const auditor = await lab.host('node-10', { mac: '02:00:00:00:00:10', address: '192.168.1.10/24' });
    const leased = Array.from({ length: 101 }, (_, i) => i).filter((i) => (i * 37) % 10 < 4);
    const expiry = Math.floor(Date.now() / 1000) + 3600;
    const lines = leased.map(
      (i) => `${expiry} 02:00:00:00:01:${i.toString(16).padStart(2, '0')} 192.168.1.${20 + i} * *`,
    );
    await router.writeFile('/run/lab/dnsmasq.leases', `${lines.join('\n')}\n`);
    await startDnsmasq(router, { subnet: SUBNET, range: ['192.168.1.20', '192.168.1.120'], noPing: true });
    const { code, rows } = await audit(auditor, '--find-range');
    expect(code).toBe(0);
    const last = (text: unknown) => Number(String(text).split('.')[3]);
    const found = rows as unknown as { first: string; last: string; atLeast: boolean }[];
    expect(found.length).toBeGreaterThan(0);
    for (const range of found) {
      expect(range.atLeast).toBe(true);
      expect(last(range.first)).toBeGreaterThanOrEqual(20);
      expect(last(range.last)).toBeLessThanOrEqual(120);
    }
    const covered = found.reduce((sum, range) => sum + last(range.last) - last(range.first) + 1, 0);
    expect(covered).toBeGreaterThan(80);
  }, 120_000);

  it('is done by one of two agents, where they are to audit', async () => {
    await using lab = await Lab.create();
    const { router, auditor, witness } = await buildLan(lab);
    await startDnsmasq(router, { subnet: SUBNET, range: RANGE, noPing: true });
    const capture = await lab.switch.capture();
    const config = { ...CONFIG, dhcp: { audit: { every: '1m' } } };
    const agents = await Promise.all([auditor, witness].map((host) => startAgent(host, config)));
    const startedAt = Date.now();
    for (const agent of agents) {
      await vi.waitUntil(async () => (await findingsOf(agent)).length > 0, { timeout: 90_000 });
      expect(await findingsOf(agent)).toMatchObject([
        { kind: 'dhcp-range-overlaps-pool', severity: 'critical', ip: VIP },
      ]);
    }
    // Both had their time within the first minute.
    await delay(Math.max(0, 70_000 - (Date.now() - startedAt)));
    const asked = readFrames(await capture.stop()).flatMap(({ layers }) => {
      if (layers.protocol !== 'dhcp' || layers.packet.operation !== 1) return [];
      return auditedAddress(layers.packet) ?? [];
    });
    expect(asked.filter((ip) => ip === VIP)).toEqual([VIP]);
    expect(asked).not.toContain(PINGED);
    for (const { api } of agents) {
      expect((await api.json<{ items: unknown[] }>('/api/v1/leases')).items).toEqual([]);
      const ranges = await api.json<{ items: unknown[] }>('/api/v1/dhcp-ranges');
      expect(ranges.items).toMatchObject([{ source: 'audit', name: '192.168.1.1' }]);
    }
  }, 240_000);

  it('cannot tell of a server that ignores what it is asked for (a stand-in)', async () => {
    await using lab = await Lab.create();
    const { router, auditor } = await buildLan(lab);
    const server = router.spawnScript('lab/heedless-dhcp-server.ts', [...RANGE]);
    await server.waitForLine(/serving/);
    const { code, rows } = await audit(auditor, OUTSIDE);
    expect(rows).toMatchObject([{ ip: OUTSIDE, server: '192.168.1.1', verdict: 'unknown' }]);
    expect(code).toBe(2);
  }, 60_000);

  it('cannot tell where nobody answers, and says what it cannot ask', async () => {
    await using lab = await Lab.create();
    const auditor = await lab.host('node-10', { mac: '02:00:00:00:00:10', address: '192.168.1.10/24' });
    const nobody = await audit(auditor, OUTSIDE);
    expect(nobody).toMatchObject({ code: 2, rows: [{ ip: OUTSIDE, server: null, verdict: 'unknown' }] });
    const elsewhere = await audit(auditor, '10.0.0.5');
    expect(elsewhere).toMatchObject({ code: 2, rows: [] });
    expect(elsewhere.errors.map(({ text }) => text)).toEqual([
      'vipwatch: Cannot ask for 10.0.0.5: no interface has an address in its network',
    ]);
    for (const [words, error] of [
      [['--interface', 'eth9', OUTSIDE], /Cannot ask on eth9: absent/],
      [['fd00::1'], /"fd00::1" is not an IPv4 address/],
      [[], /Name the addresses/],
    ] as const)
      expect(await audit(auditor, ...words)).toMatchObject({
        code: 2,
        errors: [{ text: expect.stringMatching(error) }],
      });
  }, 60_000);
});
