// Who else takes an IPv6 VIP, who only looks, and who hands it over: neighbor discovery of real kernels, of keepalived and of
// the MetalLB-like announcer. A failover is timed in failover.test.ts.
import { describe, expect, it, vi } from 'vitest';
import type { Api, TakeoverJson } from '../../lab/api.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { becameMaster, startKeepalived } from '../../lab/roles/keepalived.ts';
import { labUnavailable } from './available.ts';
import { claimsOf, questionsAbout, readFrames } from './frames.ts';
import { answered, vipOf } from './vip.ts';

/** However busy the machine is. */
const PATIENTLY = { timeout: 60_000 };

const VIP = 'fd00::60';
const PHONE_MAC = '02:00:00:00:00:aa';
const NODES = ['a', 'b', 'c'].map((name, i) => ({
  name,
  macs: [`02:00:00:00:00:1${i + 1}`],
  addresses: [`fd00::1${i + 1}`],
}));
const [A_MAC, B_MAC] = NODES.map(({ macs }) => macs[0]!);
const CONFIG = {
  intent: {
    source: 'static' as const,
    static: { vips: [{ address: VIP, service: 'edge/proxy' }], nodes: NODES },
  },
};

async function nodesOf(lab: Lab): Promise<[a: Host, b: Host, c: Host]> {
  const hosts = await Promise.all(
    NODES.map(({ name, macs, addresses }) =>
      lab.host(name, { mac: macs[0]!, address: `${addresses[0]}/64` }),
    ),
  );
  await Promise.all(hosts.map((host) => host.ipv6Settled()));
  return hosts as [Host, Host, Host];
}

/** By the API, which shows whoever answered on this segment last. */
async function announcerBecame(api: Api, node: string): Promise<void> {
  const announcers = async () => (await vipOf(api, VIP))!.announcers.map((announcer) => announcer.node);
  await vi.waitUntil(async () => (await announcers()).includes(node), PATIENTLY);
}

async function dismissed(api: Api, reason: string): Promise<number> {
  const [line] = await api.metrics(`vipwatch_dismissals_total{reason="${reason}"}`);
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** As a phone does that was told this address: the kernel asks whether it is free, and uses it unless someone objects. */
async function phoneWants(lab: Lab, address: string): Promise<Host> {
  const phone = await lab.host('phone', { mac: PHONE_MAC, address: `${address}/64` });
  await phone.ipv6Settled();
  return phone;
}

describe.skipIf(labUnavailable('keepalived', 'ndisc6'))('an IPv6 VIP', () => {
  it('that a phone takes is a foreign claim: MetalLB does not object to its check', async () => {
    await using lab = await Lab.create();
    const [a, , c] = await nodesOf(lab);
    const announcer = await startAnnouncer(a);
    await announcer.announce(VIP);
    // Its last round: an advertisement during the check would be an objection (RFC 4862, section 5.4.4).
    for (let round = 1, from = 0; round < 5; round += 1) {
      from = announcer.process.output.length;
      await announcer.process.waitForLine(/"announced"/, { from });
    }
    const { api } = await startAgent(c, CONFIG);
    await announcerBecame(api, 'a');
    const capture = await lab.switch.capture();
    await phoneWants(lab, VIP);
    await vi.waitUntil(async () => (await api.findings()).length > 0, { timeout: 60_000 });

    const frames = readFrames(await capture.stop());
    const check = questionsAbout(VIP, frames).find(({ sourceMac }) => sourceMac === PHONE_MAC)!;
    const first = claimsOf(VIP, frames).find(({ sourceMac }) => sourceMac === PHONE_MAC)!;
    const [finding, ...others] = await api.findings();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'foreign-claim',
      severity: 'critical',
      ip: VIP,
      macs: [PHONE_MAC],
      vip: { service: 'edge/proxy' },
    });
    // By the phone's words as its owner, not by its check a second before. It only answers, so the nodes are asked first: for
    // 2 s at most.
    const raised = Date.parse(finding!.raisedAt) * 1000;
    expect(raised - first.at).toBeGreaterThan(-1_000);
    expect(raised - first.at).toBeLessThan(3_000_000);
    expect(first.at - check.at).toBeGreaterThan(500_000);
    expect(await dismissed(api, 'dad')).toBeGreaterThan(0);

    // By hand, as docs/findings.md says: the question brings answers of both, of which the program shows a host's alone.
    const answers = await lab.switch.capture();
    const { stdout } = await c.run(['ndisc6', '-m', '-w', '2000', VIP, 'eth0']);
    const shown = [...stdout.matchAll(/Target link-layer address: ([0-9A-F:]+)/g)].map(([, mac]) => mac!);
    expect(new Set(shown.map((mac) => mac.toLowerCase()))).toEqual(new Set([PHONE_MAC]));
    const seen = claimsOf(VIP, readFrames(await answers.stop())).map(({ sourceMac }) => sourceMac);
    expect(new Set(seen)).toEqual(new Set([A_MAC, PHONE_MAC]));
  });

  it('that a phone leaves alone, since its owner objects to the check, is no finding', async () => {
    await using lab = await Lab.create();
    const [a, , c] = await nodesOf(lab);
    await becameMaster(await startKeepalived(a, { vip: `${VIP}/64`, priority: 200 }));
    const { api } = await startAgent(c, CONFIG);
    await announcerBecame(api, 'a');
    const phone = await phoneWants(lab, VIP);
    const { stdout } = await phone.run(['ip', '-6', 'address', 'show', 'dev', 'eth0']);
    expect(stdout).toMatch(/inet6 fd00::60\/64 .*dadfailed/);
    // The phone would answer these if it had the address after all.
    await answered(api, 3);
    expect(await api.findings('all')).toEqual([]);
    expect(await dismissed(api, 'dad')).toBeGreaterThan(0);
  });

  it('that is handed over in order, both nodes answering for a moment, raises nothing', async () => {
    await using lab = await Lab.create();
    const [a, b, c] = await nodesOf(lab);
    const [first, second] = await Promise.all([a, b].map((host) => startAnnouncer(host)));
    await first!.announce(VIP);
    const { api } = await startAgent(c, CONFIG);
    await announcerBecame(api, 'a');
    const capture = await lab.switch.capture();
    const from = second!.process.output.length;
    await second!.announce(VIP);
    await first!.answerAndWithdraw(VIP);
    await second!.process.waitForLine(/"answered"/, { from });
    await announcerBecame(api, 'b');
    const takeovers = async () => (await api.json<{ items: TakeoverJson[] }>('/api/v1/takeovers')).items;
    await vi.waitUntil(async () => (await takeovers()).length > 0, PATIENTLY);
    await answered(api, 8);

    const claims = claimsOf(VIP, readFrames(await capture.stop()));
    const firstNew = claims.find(({ sourceMac }) => sourceMac === B_MAC)!;
    const lastOld = claims.findLast(({ sourceMac }) => sourceMac === A_MAC)!;
    const overlap = (lastOld.at - firstNew.at) / 1000;
    expect(overlap).toBeGreaterThan(0);
    const found = await takeovers();
    expect(found).toMatchObject([
      { ip: VIP, class: 'handover', from: { node: 'a' }, to: { node: 'b' }, gapMs: 0 },
    ]);
    expect(Math.abs(found[0]!.overlapMs - overlap)).toBeLessThan(1);
    expect(await api.findings('all')).toEqual([]);
    // It was looked at, and held to be a handover.
    expect(await dismissed(api, 'within-grace')).toBeGreaterThan(0);
  });
});
