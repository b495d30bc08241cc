// The VIPs as rows for whoever reads them: who announces each, and whether anybody answers for it.
import type { Micros } from '../../base/time.ts';
import type { VipRole } from '../../intent/index.ts';
import type { Election } from '../../intent/intent.ts';
import { providerOf } from '../../intent/provider.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import { isVrrp } from '../lan/virtual-mac.ts';
import { lastAnswer } from '../ledger/reading.ts';
import type { TakeoverHistory } from './kept-takeovers.ts';
import { isRecent, type TakeoverContext, type Vips } from './vips.ts';

export interface VipRow {
  readonly ip: IpAddress;
  readonly service: string | null;
  /** The other Services on this address. */
  readonly sharedWith: readonly string[];
  /** What announces it; null: not known. Worked out when it is read, as `elected`. */
  readonly provider: ReturnType<typeof providerOf>;
  readonly pool: string | null;
  /**
   * On at least one segment somebody answered for it within the last probe intervals, or in a capture announced it while
   * nobody asked.
   * Also true where this node announces it: its own answers reach other nodes only. False where questions stay unanswered,
   * whatever is announced; null where nobody asks here, or has only just begun to.
   */
  readonly up: boolean | null;
  /** By MetalLB's own rules; null: cannot be told. Worked out when it is read, which can take a while for many VIPs. */
  readonly elected: Election | null;
  /** The current announcer on each segment where one was seen. */
  readonly announcers: readonly {
    readonly segment: Segment;
    readonly mac: Mac;
    readonly node: string | null;
    readonly since: Micros;
    readonly lastSeen: Micros;
  }[];
  /** Null: no takeover of it is remembered. Worked out when it is read. */
  readonly history: TakeoverHistory | null;
}

const NOBODY: readonly string[] = [];

/** @param isSilent whether it is proven that nobody answers; an agent that does not ask cannot know. */
export function* vipRows(
  context: TakeoverContext,
  vips: Pick<Vips, 'announcers' | 'isLive' | 'takeovers'>,
  now: Micros,
  isSilent: (ip: IpAddress) => boolean,
): Generator<VipRow> {
  const { index, ledger } = context;
  /** Who does not ask hears a mute announcer as well as any other: on a live LAN, those tell that ask. */
  const provesUp = (ip: IpAddress, segment: Segment) => {
    const log = ledger.find(ip, segment);
    return !vips.isLive || (log !== undefined && ledger.isAnnouncedHere(log));
  };
  for (const vip of index.intent.vips) {
    const role = index.roleOf(vip.address) as VipRole;
    const known = index.knowsNodes ? vips.announcers(vip.address, now) : answering(context, vip.address, now);
    const announcers = known.map(({ alive: _, ...announcer }) => announcer);
    const isUp = known.some(({ segment, alive }) => alive && provesUp(vip.address, segment));
    const up = isAnswered(context, vip.address, now) ? true : isSilent(vip.address) ? false : isUp || null;
    yield {
      ip: vip.address,
      service: vip.service,
      sharedWith: vip.sharedWith ?? NOBODY,
      get provider() {
        return providerOf(vip);
      },
      pool: role.pool?.name ?? null,
      up,
      get elected() {
        return vip.elector?.elect() ?? null;
      },
      announcers,
      get history() {
        return vips.takeovers.historyOf(vip.address);
      },
    };
  }
}

/** Where no nodes are known, whoever answered last on each segment. */
function answering({ claims, settings }: TakeoverContext, ip: IpAddress, now: Micros) {
  return claims.everywhere(ip).flatMap(({ segment, owners }) => {
    const all = owners.filter(({ announcement, reply }) => announcement + reply > 0);
    const latest = all.toSorted((a, b) => b.lastSeen - a.lastSeen)[0];
    if (!latest) return [];
    const { mac, firstSeen: since, lastSeen } = latest;
    return [{ segment, node: null, mac, since, lastSeen, alive: isRecent(lastSeen, now, settings) }];
  });
}

function isAnswered({ index, ledger, settings }: TakeoverContext, ip: IpAddress, now: Micros): boolean {
  // Another machine's answers serve nobody; a VRRP virtual MAC may be the nodes' own.
  const counts = (mac: Mac) => !index.knowsNodes || index.isOfNodes(mac) || isVrrp(mac);
  for (const [, log] of ledger.everywhere(ip))
    if (isRecent(lastAnswer(log, counts), now, settings)) return true;
  return false;
}
