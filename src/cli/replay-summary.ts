// What a replay says at its end: what was in the capture, and what it was held against.
import { MILLISECOND, type Micros, SECOND, toIso } from '../base/time.ts';
import type { Intent } from '../intent/intent.ts';
import type { CapturedFrame } from '../net/frame.ts';
import type { Counters } from '../watch/view.ts';
import type { WatcherOptions } from '../watch/watcher.ts';
import { type TimeText, toSecond } from './time-text.ts';

/** What a replay was told of the LAN: how many of each. */
export interface Configured {
  readonly vips: number;
  readonly pools: number;
  readonly nodes: number;
  readonly dhcpRanges: number;
  readonly dhcpServers: number;
}

/** The last line of a replay; its keys are a contract. */
export interface Summary {
  readonly type: 'summary';
  readonly frames: number;
  readonly arp: number;
  readonly ndp: number;
  readonly dhcp: number;
  readonly ignored: number;
  readonly malformed: Readonly<Record<string, number>>;
  readonly raised: Readonly<Record<string, number>>;
  /** Absent where nothing was. */
  readonly suppressed?: Readonly<Record<string, number>>;
  readonly takeovers: number;
  /** The earliest and the latest time of a frame; null where there is none. */
  readonly from: string | null;
  readonly to: string | null;
  /** How many stations sent frames; no more than the most that are counted. */
  readonly machines: number;
  readonly configured: Configured;
  /** Frames of interfaces that are not Ethernet, by the name of their link type. Absent where there are none. */
  readonly leftOut?: Readonly<Record<string, number>>;
}

/** More machines than any LAN has: a flood of made-up addresses need not be counted to its end. */
const MAX_MACHINES = 100_000;
const SOURCE_MAC = 6;
const MAC_END = 12;

/** Who sent frames, and from when to when. */
export class Heard {
  /** Source addresses as numbers: a string for each frame would cost more than the rest of it. */
  readonly #machines = new Set<number>();
  #earliest: Micros = Number.POSITIVE_INFINITY;
  #latest: Micros = Number.NEGATIVE_INFINITY;
  frames = 0;

  frame({ bytes, start, end, at }: CapturedFrame): void {
    this.frames += 1;
    if (at < this.#earliest) this.#earliest = at;
    if (at > this.#latest) this.#latest = at;
    if (end - start < MAC_END || this.#machines.size >= MAX_MACHINES) return;
    let mac = 0;
    for (let i = start + SOURCE_MAC; i < start + MAC_END; i += 1) mac = mac * 0x100 + bytes[i]!;
    this.#machines.add(mac);
  }

  get span(): { readonly from: string | null; readonly to: string | null } {
    const text = (at: Micros) => (Number.isFinite(at) ? toIso(at) : null);
    return { from: text(this.#earliest), to: text(this.#latest) };
  }

  get machines(): number {
    return this.#machines.size;
  }
}

export function summaryOf(
  counters: Counters,
  heard: Heard,
  { intent, dhcp }: { readonly intent: Intent; readonly dhcp: WatcherOptions['dhcp'] },
  leftOut: ReadonlyMap<string, number> | undefined,
): Summary {
  const ofProtocol = (protocol: string): number =>
    counters.framesByProtocol.reduce((sum, row) => sum + (row.protocol === protocol ? row.count : 0), 0);
  const malformed: Record<string, number> = {};
  for (const { reason, count } of counters.malformed) malformed[reason] = (malformed[reason] ?? 0) + count;
  const raised = Object.entries(counters.findingsRaised).filter(([, count]) => count > 0);
  const suppressed = new Map<string, number>();
  for (const { kind, count } of counters.findingsSuppressed)
    if (count > 0) suppressed.set(kind, (suppressed.get(kind) ?? 0) + count);
  return {
    type: 'summary',
    frames: counters.frames,
    arp: ofProtocol('arp'),
    ndp: ofProtocol('ndp'),
    dhcp: ofProtocol('dhcp') + ofProtocol('dhcpv6'),
    ignored: counters.ignored.reduce((sum, { count }) => sum + count, 0),
    malformed,
    raised: Object.fromEntries(raised),
    ...(suppressed.size > 0 && { suppressed: Object.fromEntries(suppressed) }),
    takeovers: counters.takeovers,
    ...heard.span,
    machines: heard.machines,
    configured: {
      vips: intent.vips.length,
      pools: intent.pools.length,
      nodes: intent.nodes.length,
      dhcpRanges: dhcp.ranges.length,
      dhcpServers: dhcp.servers?.length ?? 0,
    },
    ...(leftOut && { leftOut: Object.fromEntries(leftOut) }),
  };
}

/** `from 2026-01-01 00:00:00Z to 2026-01-01 00:01:30Z (1 min 30 s), 3 machines heard` */
export function heardText({ from, to, machines }: Summary, time: TimeText): string {
  const heard = `${counted(machines, 'machine')} heard`;
  if (from === null || to === null) return heard;
  const text = (at: string) => toSecond(time(at));
  const length = spanText((Date.parse(to) - Date.parse(from)) * MILLISECOND);
  return `from ${text(from)} to ${text(to)} (${length}), ${heard}`;
}

export function configuredText({ vips, pools, nodes, dhcpRanges, dhcpServers }: Configured): string {
  const counts: [number, string][] = [
    [vips, 'VIP'],
    [pools, 'pool'],
    [nodes, 'node'],
    [dhcpRanges, 'DHCP range'],
    [dhcpServers, 'DHCP server'],
  ];
  const given = counts.filter(([count]) => count > 0).map(([count, what]) => counted(count, what));
  return given.join(', ') || 'nothing, so only conflicts between machines are found (see --config)';
}

/** In its two largest units. */
export function spanText(length: Micros): string {
  const seconds = length / SECOND;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = (each: number, of: number) => Math.floor(seconds / each) % of;
  const [days, hours, minutes] = [whole(86_400, Number.POSITIVE_INFINITY), whole(3600, 24), whole(60, 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole(1, 60)} s`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
