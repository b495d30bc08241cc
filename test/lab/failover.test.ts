import { describe, expect, it, vi } from 'vitest';
import type { TakeoverJson } from '../../lab/api.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { becameMaster, startKeepalived } from '../../lab/roles/keepalived.ts';
import { lines, vipwatch } from '../cli/program.ts';
import { labUnavailable } from './available.ts';
import { claimsOf, questionsAbout, readFrames } from './frames.ts';
import { vipOf } from './vip.ts';

const MACS = { a: '02:00:00:00:00:11', b: '02:00:00:00:00:12', c: '02:00:00:00:00:13' };

const FAMILIES = [
  { family: 'IPv4', network: '192.168.1.', prefix: 24, protocol: 'arp' },
  { family: 'IPv6', network: 'fd00::', prefix: 64, protocol: 'ndp' },
].map(({ network, ...rest }) => {
  const vip = `${network}60`;
  const addresses = { a: `${network}11`, b: `${network}12`, c: `${network}13` };
  const nodes = (['a', 'b', 'c'] as const).map((name) => ({
    name,
    macs: [MACS[name]],
    addresses: [addresses[name]],
  }));
  const vips = [{ address: vip, service: 'edge/proxy' }];
  return { ...rest, vip, config: { intent: { source: 'static' as const, static: { vips, nodes } } } };
});

/** The agent's stamps are taken one wire further on than the switch's. */
const ONE_WIRE_MS = 1;
/** A question is noted by the agent's own clock, and waits for its turn on a busy machine. */
const ONE_TURN_MS = 50;

describe.skipIf(labUnavailable('keepalived'))('a failover on the wire', { timeout: 90_000 }, () => {
  it.each(FAMILIES)(
    'is one takeover over $family, whose gap is the one that the switch recorded, as uncertain as the questions asked',
    async ({ vip, prefix, protocol, config }) => {
      await using lab = await Lab.create();
      const [a, b, c] = await Promise.all(
        config.intent.static.nodes.map(({ name, macs, addresses }) =>
          lab.host(name, { mac: macs[0]!, address: `${addresses[0]}/${prefix}` }),
        ),
      );
      await Promise.all([a!, b!, c!].map((host) => host.ipv6Settled()));
      const capture = await lab.switch.capture();
      const first = await startKeepalived(a!, { vip: `${vip}/${prefix}`, priority: 200, advertSeconds: 1 });
      await becameMaster(first);
      // Takes over 3.6 s after it last heard the first one.
      const second = await startKeepalived(b!, { vip: `${vip}/${prefix}`, priority: 100, advertSeconds: 1 });
      const { api } = await startAgent(c!, config);
      const announcers = async () => (await vipOf(api, vip))!.announcers.map(({ node }) => node);
      await vi.waitUntil(async () => (await announcers()).includes('a'), { timeout: 60_000 });
      const probesAnswered = () => api.metrics('vipwatch_probes_total{how="unicast",result="answered"}');
      // So many answers tell the replay below that it holds this agent's.
      const answers = async () => Number((await probesAnswered())[0]!.split(' ').at(-1));
      await vi.waitUntil(async () => (await answers()) >= 4, { timeout: 60_000 });

      const cutAfter = Date.now() * 1000;
      await a!.powerOff();
      const cutBefore = Date.now() * 1000;
      await becameMaster(second);
      const takeovers = async () => (await api.json<{ items: TakeoverJson[] }>('/api/v1/takeovers')).items;
      await vi.waitUntil(async () => (await takeovers()).length > 0, { timeout: 60_000 });
      // The probes after it, and what keepalived repeats, must not make a second one.
      const after = await probesAnswered();
      await vi.waitUntil(async () => (await probesAnswered())[0] !== after[0], { timeout: 60_000 });

      const recorded = await capture.stop();
      const frames = readFrames(recorded);
      const claims = claimsOf(vip, frames);
      expect(new Set(claims.map(({ layers }) => layers.protocol))).toEqual(new Set([protocol]));
      const lastOld = claims.findLast(({ sourceMac }) => sourceMac === MACS.a)!;
      const firstNew = claims.find(({ sourceMac }) => sourceMac === MACS.b)!;
      const found = await takeovers();
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({
        ip: vip,
        class: 'failover',
        from: { mac: MACS.a, node: 'a' },
        to: { mac: MACS.b, node: 'b' },
        overlapMs: 0,
      });
      const { gapMs, uncertaintyMs, phases } = found[0]!;
      const since = (at: number) => (at - lastOld.at) / 1000;
      expect(Math.abs(gapMs - since(firstNew.at))).toBeLessThan(ONE_WIRE_MS);
      expect(Math.abs(phases.announcedMs! - since(firstNew.at))).toBeLessThan(ONE_WIRE_MS);
      const firstAnswer = claims.find(
        ({ sourceMac, destinationMac }) => sourceMac === MACS.b && destinationMac === MACS.c,
      )!;
      expect(Math.abs(phases.answeredMs! - since(firstAnswer.at))).toBeLessThan(ONE_WIRE_MS);

      // The questions that the switch saw go unanswered, from the first one on twenty a second.
      const missed = questionsAbout(vip, frames).filter(
        ({ at, sourceMac }) => at > lastOld.at && at < firstNew.at && sourceMac === MACS.c,
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
      await c!.writeFile('/run/lab/replay.yaml', JSON.stringify(config));
      const replay = ['replay', '--config', c!.path('/run/lab/replay.yaml'), '--output', 'json', recorded];
      const replayed = lines((await vipwatch(replay)).stdout).filter(({ type }) => type === 'takeover');
      expect(replayed).toMatchObject([
        { class: 'failover', from: { node: 'a' }, to: { node: 'b' }, overlapMs: 0 },
      ]);
      expect(replayed[0]!.gapMs).toBeCloseTo((Math.floor(firstNew.at) - Math.floor(lastOld.at)) / 1000, 2);
      expect(replayed[0]!.uncertaintyMs).toBeCloseTo(gapMs - proven, 0);
    },
  );
});
