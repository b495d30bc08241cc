// What an agent without a cluster knows of a VIP when a test of it is asked for.
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND, toIso } from '../../src/base/time.ts';
import { LocalTests } from '../../src/failover/local-tests.ts';
import { Journal } from '../../src/host/journal.ts';
import type { Intent } from '../../src/intent/intent.ts';
import { SavedTests } from '../../src/journal/tests.ts';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import type { VipRow } from '../../src/watch/takeover/vip-rows.ts';
import type { WatchView } from '../../src/watch/view.ts';

const NOON = 1_772_366_400 * SECOND;
const VIP = '192.168.1.240' as IpAddress;
const ANNOUNCER = {
  segment: { name: 'eth0' },
  mac: '02:00:00:00:00:11' as Mac,
  node: 'a',
  since: NOON,
  lastSeen: NOON,
};

const ROW = { ip: VIP, up: true, announcers: [ANNOUNCER] } as unknown as VipRow;

/** How a test ends that is asked for now. */
async function asked(
  row: Partial<VipRow>,
  nodes: readonly string[],
  ownMac = '02:00:00:00:00:99',
): Promise<string> {
  const intent: Intent = {
    pools: [],
    vips: [{ address: VIP, service: 'edge/proxy' }],
    nodes: nodes.map((name) => ({ name, addresses: [], macs: [] })),
  };
  const view = { vips: () => [{ ...ROW, ...row }], findings: () => [] } as unknown as WatchView;
  const tests = new LocalTests({
    node: 'laptop',
    modes: ['observe'],
    cooldown: MINUTE,
    iso: toIso,
    saved: new SavedTests(
      new Journal({ path: null, maxAge: 1e15, maxSize: 1_000_000, now: NOON, warn: () => {} }),
    ),
    view,
    intent: () => intent,
    now: () => NOON,
    ownMacs: () => [ownMac as Mac],
    probeFast: () => {},
    onChange: () => {},
  });
  const spec = { vip: VIP, mode: 'observe', maxGap: SECOND, timeLimit: MINUTE } as const;
  const { phase, message } = await tests.create(spec, null);
  return `${phase}: ${message}`;
}

describe('LocalTests', () => {
  it.each<[string, Partial<VipRow>, readonly string[], RegExp]>([
    ['somebody answers, and others could', {}, ['a', 'b'], /^Running: Unplug a now\./],
    ['no node is listed', { announcers: [{ ...ANNOUNCER, node: null }] as never }, [], /^Running: Waiting/],
    ['nobody asks here, yet somebody was heard', { up: null }, ['a', 'b'], /^Running: /],
    ['one node is listed', {}, ['a'], /^Refused: Fewer than two nodes are listed/],
    ['nobody was seen to answer', { up: null, announcers: [] }, ['a', 'b'], /^Refused: No machine answers/],
    ['the announcer has fallen silent', { up: false }, ['a', 'b'], /^Refused: No machine answers/],
  ])('where %s', async (_, row, nodes, expected) => {
    expect(await asked(row, nodes)).toMatch(expected);
  });

  it('where this machine answers', async () => {
    expect(await asked({}, ['a', 'b'], ANNOUNCER.mac)).toMatch(/^Refused: This machine announces/);
  });
});
