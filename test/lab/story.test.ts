import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { isRoot } from '../../lab/cell.ts';
import { Lab } from '../../lab/lab.ts';
import { EXPECTED, PHONE_MAC, playStory, VIP } from '../../lab/story.ts';
import type { EventJson } from '../../src/serve/render/render.ts';
import { cannotBeNobody, labUnavailable, NOBODY } from './available.ts';
import { readFrames } from './frames.ts';

const DEMO = new URL('../../lab/demo.ts', import.meta.url).pathname;

describe.skipIf(labUnavailable('dnsmasq', 'udhcpc', 'arping'))('the story of the leased VIP', () => {
  it('is seen by an agent: its two findings, no third, and the failover', async () => {
    await using lab = await Lab.create();
    const capture = await lab.switch.capture();
    const events: EventJson[] = [];
    const stop = new AbortController();
    const end = await playStory(lab, {
      tell: () => {},
      onEvent: (event) => events.push(event),
      signal: stop.signal,
    });
    const { takeover } = await end.failOver();
    stop.abort();
    expect(takeover).toMatchObject({
      class: 'failover',
      from: { node: 'w1' },
      to: { node: 'cp' },
      overlapMs: 0,
    });

    expect(end.phoneHoldsVip).toBe(true);
    const raised = events.filter((event) => event.type === 'finding' && event.action === 'raised');
    expect(raised.map((event) => 'kind' in event && event.kind)).toEqual([
      'dhcp-range-overlaps-pool',
      ...EXPECTED,
    ]);
    expect(end.findings.filter(({ ip }) => ip === VIP).map(({ macs }) => macs)).toContainEqual([PHONE_MAC]);
    expect(await end.witness.api.metrics('vipwatch_finding_active{kind="foreign-claim"')).toEqual([
      `vipwatch_finding_active{kind="foreign-claim",severity="critical",confirmed="true",acknowledged="false",ip="${VIP}",namespace="traefik",service="traefik"} 1`,
    ]);

    // The demo's own configuration leaves nothing in doubt, but for an election that a static intent never tells.
    const { intent } = await end.witness.api.json<{ intent: { doubts: string[] } }>('/readyz');
    expect(intent.doubts).toEqual([]);
    const enabled = await end.witness.api.metrics('vipwatch_detector_enabled{');
    expect(enabled.filter((line) => line.endsWith(' 0'))).toEqual([
      'vipwatch_detector_enabled{kind="wrong-announcer"} 0',
    ]);

    // Each one as soon as the wire shows it. Both clocks are the kernel's; the frame passes the switch first.
    const frames = readFrames(await capture.stop());
    const request = frames.find(
      ({ layers }) => layers.protocol === 'dhcp' && layers.packet.messageType === 3,
    );
    const claim = frames.find(
      ({ sourceMac, layers }) =>
        sourceMac === PHONE_MAC && layers.protocol === 'arp' && layers.packet.senderIp === VIP,
    );
    const raisedAt = (kind: string) =>
      Date.parse(end.findings.find((finding) => finding.kind === kind)!.raisedAt) * 1000;
    expect(raisedAt('lease-on-vip') - request!.at).toBeLessThan(1_000_000);
    expect(raisedAt('foreign-claim') - claim!.at).toBeLessThan(1_000_000);
  });

  const users = [{ who: 'this user' }, { who: 'nobody', user: NOBODY }];
  it.for(users)('is told by the demo, which ends by itself, to $who', async ({ user }, { skip }) => {
    if (user && (!isRoot() || cannotBeNobody())) skip('only root can be another user');
    const environment = { ...process.env, KEEP: '', NO_COLOR: '1' };
    const demo = spawn(process.execPath, [DEMO], { ...user, env: environment });
    const exited = once(demo, 'exit');
    const [output, complaints] = await Promise.all([text(demo.stdout), text(demo.stderr)]);
    expect(complaints).toBe('');
    expect(output).toMatch(/CRITICAL lease-on-vip .*\n +seen: .*\n +do: /);
    expect(output).toMatch(/CRITICAL foreign-claim .*\n +seen: .*\n +do: /);
    expect(output).toMatch(
      /TAKEOVER failover .* moved from w1 to cp: [\d.]+ to [\d.]+ s without an answer\n/,
    );
    expect(output).toMatch(/\nvipwatch measured [\d.]+ to [\d.]+ s without an answer; /);
    expect(output).not.toContain('\u001b');
    expect(await exited).toEqual([0, null]);
  });
});
