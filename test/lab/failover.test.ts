import { describe, expect, it, vi } from 'vitest';
import type { TakeoverJson } from '../../lab/api.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { becameMaster, startKeepalived } from '../../lab/roles/keepalived.ts';
import { lines, vipwatch } from '../cli/program.ts';
import { labUnavailable } from './available.ts';
import { readFrames } from './frames.ts';

const VIP = '192.168.1.60';
const A = { name: 'a', mac: '02:00:00:00:00:11', address: '192.168.1.11' };
const B = { name: 'b', mac: '02:00:00:00:00:12', address: '192.168.1.12' };
const C = { name: 'c', mac: '02:00:00:00:00:13', address: '192.168.1.13' };

const CONFIG = {
  intent: {
    source: 'static' as const,
    static: {
      vips: [{ address: VIP, service: 'edge/proxy' }],
      nodes: [A, B, C].map(({ name, mac, address }) => ({ name, macs: [mac], addresses: [address] })),
    },
  },
};

/** The agent's stamps are taken one wire further on than the switch's. */
const ONE_WIRE_MS = 1;
/** A question is noted by the agent's own clock, and waits for its turn on a busy machine. */
const ONE_TURN_MS = 50;

describe.skipIf(labUnavailable('keepalived'))('a failover on the wire', () => {
  it('is one takeover, whose gap is the one that the switch recorded, as uncertain as the questions asked', async () => {
    await using lab = await Lab.create();
    const [a, b, c] = await Promise.all(
      [A, B, C].map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
    );
    const capture = await lab.switch.capture();
    const first = await startKeepalived(a!, { vip: `${VIP}/24`, priority: 200, advertSeconds: 1 });
    await becameMaster(first);
    // Takes over 3.6 s after it last heard the first one.
    const second = await startKeepalived(b!, { vip: `${VIP}/24`, priority: 100, advertSeconds: 1 });
    const { api } = await startAgent(c!, CONFIG);
    const announcers = async () => {
      const { items } = await api.json<{ items: { announcers: { node: string }[] }[] }>('/api/v1/vips');
      return items[0]!.announcers.map(({ node }) => node);
    };
    await vi.waitUntil(async () => (await announcers()).includes('a'), { timeout: 10_000 });
    const probesAnswered = () => api.metrics('vipwatch_probes_total{result="answered"}');
    // So many answers tell the replay below that it holds this agent's.
    const answers = async () => Number((await probesAnswered())[0]!.split(' ').at(-1));
    await vi.waitUntil(async () => (await answers()) >= 4, { timeout: 20_000 });

    const cutAfter = Date.now() * 1000;
    await a!.powerOff();
    const cutBefore = Date.now() * 1000;
    await becameMaster(second);
    const takeovers = async () => (await api.json<{ items: TakeoverJson[] }>('/api/v1/takeovers')).items;
    await vi.waitUntil(async () => (await takeovers()).length > 0, { timeout: 10_000 });
    // The probes after it, and what keepalived repeats, must not make a second one.
    const after = await probesAnswered();
    await vi.waitUntil(async () => (await probesAnswered())[0] !== after[0], { timeout: 10_000 });

    const recorded = await capture.stop();
    const frames = readFrames(recorded);
    const claims = frames.filter(({ layers }) => layers.protocol === 'arp' && layers.packet.senderIp === VIP);
    const lastOld = claims.findLast(({ sourceMac }) => sourceMac === A.mac)!;
    const firstNew = claims.find(({ sourceMac }) => sourceMac === B.mac)!;
    const found = await takeovers();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      ip: VIP,
      class: 'failover',
      from: { mac: A.mac, node: 'a' },
      to: { mac: B.mac, node: 'b' },
      overlapMs: 0,
    });
    const { gapMs, uncertaintyMs, phases } = found[0]!;
    const since = (at: number) => (at - lastOld.at) / 1000;
    expect(Math.abs(gapMs - since(firstNew.at))).toBeLessThan(ONE_WIRE_MS);
    expect(Math.abs(phases.announcedMs! - since(firstNew.at))).toBeLessThan(ONE_WIRE_MS);
    const firstAnswer = frames.find(
      ({ sourceMac, layers }) =>
        sourceMac === B.mac && layers.protocol === 'arp' && layers.packet.targetIp === C.address,
    )!;
    expect(Math.abs(phases.answeredMs! - since(firstAnswer.at))).toBeLessThan(ONE_WIRE_MS);

    // The questions that the switch saw go unanswered, from the first one on twenty a second.
    const missed = frames.filter(
      ({ at, sourceMac, layers }) =>
        at > lastOld.at &&
        at < firstNew.at &&
        sourceMac === C.mac &&
        layers.protocol === 'arp' &&
        layers.packet.targetIp === VIP,
    );
    expect(missed.length).toBeGreaterThan(20);
    const proven = (missed.at(-1)!.at - missed[0]!.at) / 1000;
    expect(Math.abs(uncertaintyMs - (gapMs - proven))).toBeLessThan(ONE_TURN_MS);
    // What is said to be certain holds for the cut itself, which only the test knows of.
    expect(gapMs).toBeGreaterThan((firstNew.at - cutBefore) / 1000 - ONE_WIRE_MS);
    expect(gapMs - uncertaintyMs).toBeLessThan((firstNew.at - cutAfter) / 1000 + ONE_WIRE_MS);
    const critical = (await api.findings('all')).filter(({ severity }) => severity === 'critical');
    expect(critical).toEqual([]);

    // Replayed, the switch's own recording gives its own gap, to the microsecond, and the same uncertainty.
    await c!.writeFile('/run/lab/replay.yaml', JSON.stringify(CONFIG));
    const replay = ['replay', '--config', c!.path('/run/lab/replay.yaml'), '--output', 'json', recorded];
    const replayed = lines((await vipwatch(replay)).stdout).filter(({ type }) => type === 'takeover');
    expect(replayed).toMatchObject([
      { class: 'failover', from: { node: 'a' }, to: { node: 'b' }, overlapMs: 0 },
    ]);
    expect(replayed[0]!.gapMs).toBeCloseTo((Math.floor(firstNew.at) - Math.floor(lastOld.at)) / 1000, 2);
    expect(replayed[0]!.uncertaintyMs).toBeCloseTo(gapMs - proven, 0);
  });
});
