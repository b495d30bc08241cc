// A VIP that is announced and not answered for, and one whose announcer hangs for a while.
import { describe, expect, it, vi } from 'vitest';
import type { Api } from '../../lab/api.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { labUnavailable } from './available.ts';
import { claimsOf, readFrames } from './frames.ts';
import { answered, unanswered, vipOf } from './vip.ts';

const VIP = '192.168.1.60';
const NODES = ['a', 'b'].map((name, i) => ({
  name,
  mac: `02:00:00:00:00:1${i + 1}`,
  address: `192.168.1.1${i + 1}`,
}));
const TOKEN = 'f5d1c0a94b7e42d8936a';
const TOKENS = '/run/lab/tokens';
const CONFIG = {
  intent: {
    source: 'static' as const,
    static: {
      vips: [{ address: VIP, service: 'edge/proxy' }],
      nodes: NODES.map(({ name, mac, address }) => ({ name, macs: [mac], addresses: [address] })),
    },
  },
  http: { tokenFile: TOKENS },
};
const VIPWATCH = `${PROJECT_FOLDER}/bin/vipwatch` as const;
const UP = (value: 0 | 1) => [`vipwatch_vip_up{ip="${VIP}",namespace="edge",service="proxy"} ${value}`];
/** An announcer's burst lasts five seconds. */
const ANNOUNCED_AGAIN_MS = 3_000;

async function nodes(lab: Lab): Promise<readonly [Host, Host]> {
  const [a, b] = await Promise.all(
    NODES.map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
  );
  await b!.writeFile(TOKENS, `carol:${TOKEN}\n`, 0o600);
  return [a!, b!];
}

/** The VIP is announced by one node, and the agent on the other is answered. */
async function watched(lab: Lab) {
  const [a, b] = await nodes(lab);
  const announcer = await startAnnouncer(a);
  await announcer.announce(VIP);
  const { api } = await startAgent(b, CONFIG);
  await answered(api, 3);
  return { b, announcer, api };
}

const silent = async (api: Api) => (await api.findings()).find(({ kind }) => kind === 'silent-vip');
const up = (api: Api) => api.metrics('vipwatch_vip_up{');

describe.skipIf(labUnavailable())('a VIP that nobody answers for', () => {
  it('is silent, however often it is announced', { timeout: 90_000 }, async () => {
    await using lab = await Lab.create();
    const [a, b] = await nodes(lab);
    const announcer = await startAnnouncer(a, { mute: true });
    await announcer.announce(VIP);
    const capture = await lab.switch.capture();
    const { api } = await startAgent(b, CONFIG);
    const announcing = setInterval(() => announcer.resync(), ANNOUNCED_AGAIN_MS);
    try {
      await vi.waitUntil(() => silent(api), { timeout: 60_000 });
      const from = announcer.process.output.length;
      // It is announced once more, and that ends nothing.
      await announcer.process.waitForLine(/"announced"/, { from });
      await announcer.process.waitForLine(/"announced"/, { from: announcer.process.output.length });
      expect(await silent(api)).toMatchObject({ severity: 'critical', ip: VIP, state: 'active' });
      expect((await silent(api))!.message).toMatch(/announce/);
      expect(await up(api)).toEqual(UP(0));
      expect(await vipOf(api, VIP)).toMatchObject({ up: false });
    } finally {
      clearInterval(announcing);
    }
    const claims = claimsOf(VIP, readFrames(await capture.stop()));
    expect(claims.length).toBeGreaterThan(10);
    expect(new Set(claims.map(({ destinationMac }) => destinationMac))).toEqual(
      new Set(['ff:ff:ff:ff:ff:ff']),
    );
    expect((await api.findings('all')).map(({ kind }) => kind)).toEqual(['silent-vip']);
  });
});

describe.skipIf(labUnavailable())('an announcer that hangs', () => {
  it('is silence, and no takeover once it goes on', { timeout: 120_000 }, async () => {
    await using lab = await Lab.create();
    const { announcer, api } = await watched(lab);
    expect(await up(api)).toEqual(UP(1));

    await announcer.process.signal('SIGSTOP');
    await vi.waitUntil(() => silent(api), { timeout: 60_000 });
    expect(await silent(api)).toMatchObject({ severity: 'critical', ip: VIP });
    expect(await up(api)).toEqual(UP(0));
    // What it was asked meanwhile it now answers, all at once.
    await announcer.process.signal('SIGCONT');
    await vi.waitUntil(async () => (await silent(api)) === undefined, { timeout: 60_000 });
    await answered(api, 5);
    expect(await up(api)).toEqual(UP(1));
    expect(await api.findings('all')).toMatchObject([{ kind: 'silent-vip', state: 'resolved' }]);
    expect(await api.json('/api/v1/takeovers')).toMatchObject({ items: [] });
    expect(await vipOf(api, VIP)).toMatchObject({ up: true, announcers: [{ node: 'a' }] });
  });

  it('during a failover test is no sign that the VIP is unstable', { timeout: 120_000 }, async () => {
    await using lab = await Lab.create();
    const { b, announcer, api } = await watched(lab);
    const dismissed = async () => (await api.metrics('vipwatch_dismissals_total')).join('\n');
    const hang = async () => {
      await announcer.process.signal('SIGSTOP');
      await unanswered(api, 40);
      await announcer.process.signal('SIGCONT');
      await answered(api, 3);
    };
    await hang();
    expect(await dismissed()).toContain('{reason="away-seldom"} 1');
    const test = b.spawn([VIPWATCH, 'failover-test', VIP, '--token-file', TOKENS, '--watch']);
    await test.waitForLine(/Running/);
    await hang();
    expect(await dismissed()).toContain('{reason="failover-test"} 1');
    expect(await dismissed()).toContain('{reason="away-seldom"} 1');
  });
});
