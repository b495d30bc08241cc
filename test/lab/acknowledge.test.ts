// A finding that somebody acknowledges, at an agent without a cluster: shown wherever the finding is, and after a restart.
import { describe, expect, it, vi } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import type { EventJson } from '../../src/serve/render/render.ts';
import { labUnavailable } from './available.ts';

const VIP = '192.168.1.60';
const TOKENS = '/run/lab/tokens';
const TOKEN = 'f5d1c0a94b7e42d8936a';
const NODE = { name: 'b', mac: '02:00:00:00:00:12', address: '192.168.1.12' };
const CONFIG = {
  intent: {
    source: 'static' as const,
    static: {
      vips: [{ address: VIP, service: 'edge/proxy' }],
      nodes: [{ name: NODE.name, macs: [NODE.mac], addresses: [NODE.address] }],
    },
  },
  http: { tokenFile: TOKENS },
};

describe.skipIf(labUnavailable())('an acknowledged finding', () => {
  it('is shown as such, and after a restart, until it is taken back', { timeout: 90_000 }, async () => {
    await using lab = await Lab.create();
    const host = await lab.host(NODE.name, { mac: NODE.mac, address: `${NODE.address}/24` });
    await host.writeFile(TOKENS, `carol:${TOKEN}\n`, 0o600);
    // A stranger, to whom nobody has leased anything.
    const stranger = await lab.host('x', { mac: '02:00:00:00:00:ee', address: '192.168.1.77/24' });
    await (await startAnnouncer(stranger)).announce(VIP);
    const first = await startAgent(host, CONFIG);
    const { api } = first;
    const found = async () => (await api.findings()).find(({ kind }) => kind === 'foreign-claim');
    await vi.waitUntil(async () => (await found())?.confirmed, { timeout: 30_000 });
    const { id, acknowledged } = (await found())!;
    expect(acknowledged).toBeNull();
    const path = `/api/v1/findings/${id}/acknowledge`;
    const asked = { comment: 'the <b>router</b> goes at six', until: '8h' };

    expect((await api.post(path, asked)).status).toBe(401);
    expect((await api.post(path, asked, `${TOKEN}x`)).status).toBe(401);
    expect((await found())!.acknowledged).toBeNull();
    const end = new AbortController();
    const events = await api.events(end.signal);
    expect((await api.post(path, asked, TOKEN)).status).toBe(200);
    const shown = (await found())!.acknowledged;
    expect(shown).toMatchObject({ by: 'carol', comment: asked.comment });
    let told: EventJson | undefined;
    do told = (await events.next()).value ?? undefined;
    while (told && !(told.type === 'finding' && told.changed?.includes('acknowledged')));
    expect(told).toMatchObject({ id, action: 'changed', acknowledged: shown });
    end.abort();
    await events.next();
    await first.process.waitForLine(/"Acknowledged by carol until .*the <b>router<\/b> goes at six/);

    await first.process.stop();
    const again = await startAgent(host, CONFIG);
    await vi.waitUntil(found, { timeout: 30_000 });
    expect((await found())!.acknowledged).toEqual(shown);

    expect((await api.delete(path)).status).toBe(401);
    expect((await api.delete(path, TOKEN)).status).toBe(200);
    expect((await found())!.acknowledged).toBeNull();
    expect((await api.delete(path, TOKEN)).status).toBe(404);
    await again.process.stop();
    await startAgent(host, CONFIG);
    await vi.waitUntil(found, { timeout: 30_000 });
    expect((await found())!.acknowledged).toBeNull();
  });
});
