// How loud the agents are, counted at the switch: questions to everybody, and polls of a machine that is gone, which a switch sends
// to everybody too.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Api } from '../../lab/api.ts';
import { Lab } from '../../lab/lab.ts';
import { type Agent, startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { becameMaster, startKeepalived } from '../../lab/roles/keepalived.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { ARP_REPLY, ARP_REQUEST } from '../../src/arp/packet.ts';
import { type Micros, SECOND } from '../../src/base/time.ts';
import { BROADCAST_MAC, type Mac } from '../../src/net/address.ts';
import { labUnavailable } from './available.ts';
import { type RecordedFrame, readFrames } from './frames.ts';

/** Beyond the nodes' own network where they are many. */
const vipsOf = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    count > 100 ? `10.9.${i >> 8}.${i & 0xff}` : `192.168.1.${101 + i}`,
  );
const VIPS = vipsOf(100);
const NODES = ['a', 'b', 'c', 'd'].map((name, i) => ({
  name,
  mac: `02:00:00:00:00:1${i + 1}` as Mac,
  address: `192.168.1.1${i + 1}`,
}));
const configOf = (vips: readonly string[]) => ({
  intent: {
    source: 'static' as const,
    static: {
      vips: vips.map((address, i) => ({ address, service: `edge/proxy-${i}` })),
      nodes: NODES.map(({ name, mac, address }) => ({ name, macs: [mac], addresses: [address] })),
    },
  },
});
const TOKENS = '/run/lab/tokens';
const REST_S = 20;
const REST_MS = REST_S * 1000;
/** Something that happened is asked about for so long where there is always something to ask. */
const CALM_MS = 61_000;
/** A stretch of time without a late answer is waited for, for so long. */
const MOST_PATIENCE_MS = 90_000;

/** ARP requests for VIPs that were put to `to`. */
function questions(
  frames: readonly RecordedFrame[],
  to: Mac,
  vips: readonly string[] = VIPS,
): RecordedFrame[] {
  return frames.filter(
    ({ layers, destinationMac }) =>
      layers.protocol === 'arp' &&
      layers.packet.operation === ARP_REQUEST &&
      layers.packet.senderIp !== layers.packet.targetIp &&
      vips.includes(layers.packet.targetIp) &&
      destinationMac === to,
  );
}

function lastAnswer(frames: readonly RecordedFrame[], of: Mac): Micros {
  const answers = frames.filter(
    ({ layers }) =>
      layers.protocol === 'arp' && layers.packet.operation === ARP_REPLY && layers.packet.senderMac === of,
  );
  return answers.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
}

/** The most within so long. */
function mostIn(frames: readonly RecordedFrame[], seconds: number): number {
  return Math.max(
    0,
    ...frames.map(({ at }) => frames.filter((one) => one.at >= at && one.at < at + seconds * SECOND).length),
  );
}

const count = async (api: Api, how: string, result: string) => {
  const [line = ''] = await api.metrics(`vipwatch_probes_total{how="${how}",result="${result}"}`);
  return Number(line.split(' ').at(-1));
};

/**
 * What was asked in a stretch of time in which no answer was missed, nor in the minute before where that is still asked about:
 * null: a busy machine answers late again and again.
 */
async function atRest(
  lab: Lab,
  agents: readonly Agent[],
  calmMs: number,
  passed: () => Promise<void>,
): Promise<RecordedFrame[] | null> {
  const unanswered = async () => {
    const counts = await Promise.all(
      agents.flatMap(({ api }) => ['unicast', 'broadcast'].map((how) => count(api, how, 'unanswered'))),
    );
    return counts.reduce((sum, one) => sum + one, 0);
  };
  const until = performance.now() + calmMs + MOST_PATIENCE_MS;
  let before = Number.NaN;
  let since = 0;
  while (performance.now() < until) {
    const now = await unanswered();
    if (now !== before) since = performance.now();
    before = now;
    if (performance.now() - since < calmMs) {
      await delay(500);
      continue;
    }
    const capture = await lab.switch.capture();
    await passed();
    const frames = readFrames(await capture.stop());
    if ((await unanswered()) === before) return frames;
  }
  return null;
}

describe.skipIf(labUnavailable())('100 VIPs and three agents', () => {
  it('are asked for by unicast, and once their node dies within the budget', {
    timeout: 150_000,
  }, async () => {
    await using lab = await Lab.create();
    const [a, b, c, d] = await Promise.all(
      NODES.map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
    );
    const agents = await Promise.all([b!, c!, d!].map((host) => startAgent(host, configOf(VIPS))));
    const [one, other] = [await startAnnouncer(a!), await startAnnouncer(b!)];
    for (const vip of VIPS) await one.announce(vip);
    const polled = async () => await count(agents[2]!.api, 'unicast', 'answered');
    // The start is over, and the first sweep with it.
    await vi.waitUntil(async () => (await polled()) > 4_000, { timeout: 90_000, interval: 500 });
    const before = await polled();
    const rest = await lab.switch.capture();
    await vi.waitUntil(async () => (await polled()) > before + 100 * REST_S, {
      timeout: 2 * REST_MS,
      interval: 200,
    });
    const atRest = readFrames(await rest.stop());
    const loud = questions(atRest, BROADCAST_MAC);
    const polls = questions(atRest, NODES[0]!.mac);
    const seconds = (atRest.at(-1)!.at - atRest[0]!.at) / SECOND;
    expect(loud.length).toBeLessThanOrEqual(5.5 * seconds);
    expect(polls.length).toBeGreaterThan(250 * seconds);
    // A busy machine answers a few later than they are waited for.
    expect(await count(agents[2]!.api, 'unicast', 'unanswered')).toBeLessThan(before / 50);

    const death = await lab.switch.capture();
    await a!.powerOff();
    const unanswered = async () => {
      const counts = await Promise.all(agents.map(({ api }) => count(api, 'broadcast', 'unanswered')));
      return counts.reduce((sum, one) => sum + one, 0);
    };
    await vi.waitUntil(async () => (await unanswered()) > 100, { timeout: 20_000 });
    for (const vip of VIPS) await other.announce(vip);
    const told = async () => {
      const lists = await Promise.all(
        agents.map(({ api }) => api.json<{ items: { ip: string }[] }>('/api/v1/takeovers?limit=1000')),
      );
      return new Set(lists.flatMap(({ items }) => items.map(({ ip }) => ip))).size;
    };
    await vi.waitUntil(async () => (await told()) === VIPS.length, { timeout: 40_000, interval: 500 });
    const during = readFrames(await death.stop());
    // Without power it answers nothing: the polls from its last answer on reached every port.
    const diedAt = lastAnswer(during, NODES[0]!.mac);
    const lost = questions(during, NODES[0]!.mac).filter(({ at }) => at > diedAt);
    const reachedAll = [...questions(during, BROADCAST_MAC), ...lost];
    expect(lost.length).toBeGreaterThan(0);
    expect(mostIn(reachedAll, 10)).toBeLessThanOrEqual(520);
    // 50, and on a busy machine, which proved to be slow, some polls until it is known to be silent.
    expect(mostIn(reachedAll, 1)).toBeLessThanOrEqual(75);
  });
});

describe.skipIf(labUnavailable('keepalived'))('at the switch', () => {
  it.for([
    [3, 1],
    [3, 3],
    [100, 1],
    [500, 1],
    [500, 3],
  ] as const)(
    '%i VIPs are polled by %i agents, and everybody is asked within the budget',
    {
      timeout: 400_000,
    },
    async ([vipCount, agentCount], { skip }) => {
      await using lab = await Lab.create();
      const vips = vipsOf(vipCount);
      const hosts = await Promise.all(
        NODES.map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
      );
      const agents = await Promise.all(
        hosts.slice(1, 1 + agentCount).map((host) => startAgent(host, configOf(vips))),
      );
      const announcer = await startAnnouncer(hosts[0]!);
      for (const vip of vips) await announcer.announce(vip);
      const polled = async () => await count(agents[0]!.api, 'unicast', 'answered');
      // The start is over.
      await vi.waitUntil(async () => (await polled()) > 15 * vipCount, { timeout: 60_000, interval: 200 });
      // More VIPs than are swept within the budget leave none of it unused.
      const calmMs = vipCount > 150 ? CALM_MS : 0;
      const frames = await atRest(lab, agents, calmMs, async () => {
        const before = await polled();
        await vi.waitUntil(async () => (await polled()) >= before + 10 * vipCount, {
          timeout: 30_000,
          interval: 100,
        });
      });
      skip(frames === null, 'this machine is too busy to answer all in time');
      const seconds = (frames!.at(-1)!.at - frames![0]!.at) / SECOND;
      const loud = questions(frames!, BROADCAST_MAC, vips).length;
      // Each agent may ask one question before it hears what another asks at the same time.
      expect(loud).toBeLessThanOrEqual(vipCount > 3 ? 5 * seconds + agentCount : 3 * agentCount);
      expect(questions(frames!, NODES[0]!.mac, vips).length).toBeGreaterThan(
        0.8 * vipCount * agentCount * seconds,
      );
    },
  );

  it('keepalived and a kernel that holds a VIP answer polls', { timeout: 60_000 }, async () => {
    await using lab = await Lab.create();
    const [kept, held] = vipsOf(2);
    const [a, b, c] = await Promise.all(
      NODES.slice(0, 3).map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
    );
    await b!.run(['ip', 'address', 'add', `${held}/32`, 'dev', 'eth0']);
    await becameMaster(await startKeepalived(a!, { vip: `${kept}/24`, priority: 200 }));
    const { api } = await startAgent(c!, configOf([kept!, held!]));
    const polled = async () => await count(api, 'unicast', 'answered');
    await vi.waitUntil(async () => (await polled()) >= 20, { timeout: 40_000, interval: 100 });
    // A busy machine answers one later than it is waited for.
    expect(await count(api, 'unicast', 'unanswered')).toBeLessThanOrEqual(4);
  });

  it('agents that test a VIP poll it twenty times a second, and share one stream of questions once it is silent', {
    timeout: 200_000,
  }, async ({ skip }) => {
    await using lab = await Lab.create();
    const [vip = ''] = vipsOf(1);
    const hosts = await Promise.all(
      NODES.map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
    );
    await (await startAnnouncer(hosts[0]!)).announce(vip);
    const testers = hosts.slice(1);
    const agents = await Promise.all(
      testers.map(async (host) => {
        await host.writeFile(TOKENS, 'tester:f5d1c0a94b7e42d8936a\n', 0o600);
        const config = { ...configOf([vip]), http: { tokenFile: TOKENS }, failoverTest: { cooldown: '0s' } };
        return await startAgent(host, config);
      }),
    );
    const polled = async () =>
      Math.min(...(await Promise.all(agents.map(({ api }) => count(api, 'unicast', 'answered')))));
    await vi.waitUntil(async () => (await polled()) >= 5, { timeout: 40_000, interval: 100 });
    const words = ['failover-test', vip, '--token-file', TOKENS];
    const commands = testers.map((host) => host.spawn([`${PROJECT_FOLDER}/bin/vipwatch`, ...words]));
    for (const command of commands) expect((await command.exited).code).toBe(0);

    const frames = await atRest(lab, agents, 0, async () => {
      const before = await polled();
      await vi.waitUntil(async () => (await polled()) >= before + 100, { timeout: 30_000, interval: 100 });
    });
    skip(frames === null, 'this machine is too busy to answer all in time');
    const seconds = (frames!.at(-1)!.at - frames![0]!.at) / SECOND;
    expect(questions(frames!, NODES[0]!.mac, [vip]).length).toBeGreaterThan(15 * agents.length * seconds);
    expect(questions(frames!, BROADCAST_MAC, [vip]).length).toBeLessThanOrEqual(3);

    const silence = await lab.switch.capture();
    await hosts[0]!.powerOff();
    const open = async () => await count(agents[0]!.api, 'broadcast', 'unanswered');
    await vi.waitUntil(async () => (await open()) > 60, { timeout: 20_000, interval: 50 });
    const silent = readFrames(await silence.stop());
    const diedAt = lastAnswer(silent, NODES[0]!.mac);
    const lost = questions(silent, NODES[0]!.mac, [vip]).filter(({ at }) => at > diedAt);
    const asked = questions(silent, BROADCAST_MAC, [vip]);
    // A busy machine proved to be slow, perhaps, and is polled on for up to a second.
    expect(lost.length).toBeLessThanOrEqual(20 * agents.length);
    // Each would ask twenty times a second by itself.
    expect(mostIn(asked, 1)).toBeLessThanOrEqual(55);
    expect(mostIn(asked, 1)).toBeGreaterThan(15);
  });

  it('one VIP that changes its node is asked for within the budget', { timeout: 60_000 }, async () => {
    await using lab = await Lab.create();
    const [vip, ...others] = vipsOf(3);
    const hosts = await Promise.all(
      NODES.map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
    );
    const [one, other] = [await startAnnouncer(hosts[0]!), await startAnnouncer(hosts[1]!)];
    for (const address of [vip!, ...others]) await one.announce(address);
    const { api } = await startAgent(hosts[2]!, configOf([vip!, ...others]));
    const polled = async () => await count(api, 'unicast', 'answered');
    await vi.waitUntil(async () => (await polled()) >= 20, { timeout: 40_000, interval: 100 });
    const capture = await lab.switch.capture();
    await one.withdraw(vip!);
    const open = async () => await count(api, 'broadcast', 'unanswered');
    await vi.waitUntil(async () => (await open()) > 30, { timeout: 20_000, interval: 50 });
    await other.announce(vip!);
    const takeovers = async () => (await api.json<{ items: object[] }>('/api/v1/takeovers')).items;
    await vi.waitUntil(async () => (await takeovers()).length > 0, { timeout: 30_000, interval: 100 });
    const frames = questions(readFrames(await capture.stop()), BROADCAST_MAC);
    expect(mostIn(frames, 1)).toBeGreaterThan(10);
    expect(mostIn(frames, 1)).toBeLessThanOrEqual(60);
    expect(mostIn(frames, 10)).toBeLessThanOrEqual(550);
  });
});
