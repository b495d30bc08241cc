import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { BroadcastCount } from '../../../lab/world/oracle/broadcasts.ts';
import { START, World } from '../../../lab/world/world.ts';
import { ARP_REQUEST } from '../../../src/arp/packet.ts';
import { SECOND } from '../../../src/base/time.ts';
import { BROADCAST_MAC, type Mac } from '../../../src/net/address.ts';
import { MACS, SMALL, VIP } from '../small.ts';

/** Whom MetalLB elects. */
const [ANNOUNCER = ''] = Object.keys(MACS).toSorted((a, b) =>
  hash('sha256', `${a}#${VIP}`) < hash('sha256', `${b}#${VIP}`) ? -1 : 1,
);

it('polls of a node without power count, for the switch sends them to all', () => {
  const cut = START + 30 * SECOND;
  const asked: { readonly at: number; readonly to: Mac }[] = [];
  const actions = [
    { kind: 'power-cut' as const, at: 30 * SECOND, lasts: 80 * SECOND, who: ANNOUNCER, ip: VIP },
  ];
  const world = new World(
    { ...SMALL, actions },
    {
      onFrame: ({ arp, ethernet }, _, at) => {
        if (arp?.operation === ARP_REQUEST && arp.targetIp === VIP && arp.senderIp !== VIP)
          asked.push({ at, to: ethernet.destinationMac });
      },
      onEvent: () => {},
    },
  );
  const { times } = new BroadcastCount(world);
  world.play();
  const within = (from: number, to: number) => asked.filter(({ at }) => at >= from && at < to);
  const lost = within(cut, cut + 5 * SECOND).filter(({ to }) => to === MACS[ANNOUNCER]).length;
  const loud = within(cut, cut + 5 * SECOND).filter(({ to }) => to === BROADCAST_MAC).length;
  expect(lost).toBeGreaterThanOrEqual(2);
  expect(times.filter((at) => at >= cut && at < cut + 5 * SECOND)).toHaveLength(lost + loud);
  // Those of a node that is there do not.
  const atRest = within(cut - 20 * SECOND, cut).filter(({ to }) => to === MACS[ANNOUNCER]).length;
  expect(atRest).toBeGreaterThan(30);
  expect(times.filter((at) => at >= cut - 20 * SECOND && at < cut).length).toBeLessThan(10);
});
