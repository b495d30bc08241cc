// A played scenario as a story: what happened, the frames that matter, what the agents said, and what was wrong with that.
import { ARP_REQUEST, type ArpPacket } from '../../../src/arp/packet.ts';
import { type Micros, SECOND } from '../../../src/base/time.ts';
import { messageTypeName, requestedIp } from '../../../src/dhcp/option.ts';
import { type IpAddress, type Mac, UNSPECIFIED_IPV4 } from '../../../src/net/address.ts';
import { lengthOf } from '../../../src/watch/takeover/takeover.ts';
import type { WatchEvent } from '../../../src/watch/view.ts';
import type { Frame } from '../frame.ts';
import type { Scenario } from '../scenario.ts';
import type { Complaint } from './complaint.ts';
import { type Played, play } from './play.ts';

interface Line {
  readonly at: Micros;
  readonly text: string;
  /** Lines of one kind that follow each other are told once. */
  readonly alike?: string;
}

/** So much before the first complaint and after the last one, frames are told. */
const AROUND: Micros = 20 * SECOND;

/** Plays it once more, to hear its frames. */
export function timelineOf(scenario: Scenario, complaints: readonly Complaint[]): string {
  const addresses = new Set(complaints.flatMap(({ ip }) => ip ?? []));
  const from = Math.min(...complaints.map(({ at }) => at)) - AROUND;
  const until = Math.max(...complaints.map(({ at }) => at)) + AROUND;
  const names = new Map<Mac, string>();
  const frames: Line[] = [];
  const played = play(scenario, {
    onFrame: (frame, { name }, at) => {
      names.set(frame.ethernet.sourceMac, name.split(' ')[0]!);
      if (at < from || at > until) return;
      const line = lineOf(frame, at, addresses, names);
      if (line) frames.push(line);
    },
  });
  const lines: Line[] = [
    ...played.notes.map(({ at, what }): Line => ({ at, text: `         ${what}` })),
    ...played.said.flatMap(({ at, agent, event }): Line[] => {
      const text = wordsOf(event);
      return text === null ? [] : [{ at, text: `         ${agent} says: ${text}` }];
    }),
    ...frames,
    ...complaints.map(
      (complaint): Line => ({ at: complaint.at, text: `  >>>    ${complaintText(complaint)}` }),
    ),
  ];
  const told = joined(lines.toSorted((a, b) => a.at - b.at));
  return [...cast(played), ...told.map(({ at, text }) => `${clock(at - played.from)} ${text}`)].join('\n');
}

export function complaintText({ what, subject, agent, ip, text, because }: Complaint): string {
  const cause = because === null ? '' : `  (${because})`;
  return `WRONG, ${what}: ${subject}${ip === null ? '' : ` ${ip}`}: ${agent ?? 'all agents'}: ${text}${cause}`;
}

/** Who is who. */
function cast({ scenario, plan }: Played): string[] {
  const nodes = plan.nodes.map(
    ({ name, cards, agent }) =>
      `${name} ${cards[0]!.ip} ${cards.map(({ mac }) => mac).join(' ')}${agent ? '' : ' (no agent)'}`,
  );
  return [
    `seed ${scenario.seed}, ${plan.length / SECOND} s`,
    `nodes:    ${nodes.join(', ')}`,
    `services: ${plan.services.map(({ name, ip, policy }) => `${name} ${ip} ${policy}`).join(', ')}`,
    `router:   ${plan.router.ip} ${plan.router.mac}${plan.router.dhcp ? ', serves DHCP' : ''}`,
    `stations: ${plan.stations.map(({ name, mac, ip }) => `${name} ${ip ?? 'by DHCP'} ${mac}`).join(', ') || 'none'}`,
    '',
  ];
}

function lineOf(
  frame: Frame,
  at: Micros,
  addresses: ReadonlySet<IpAddress>,
  names: ReadonlyMap<Mac, string>,
): Line | null {
  const who = (mac: Mac) => names.get(mac) ?? mac;
  const { arp, ethernet } = frame;
  if (arp) {
    if (!addresses.has(arp.targetIp) && !addresses.has(arp.senderIp)) return null;
    const to = frame.isGroup ? 'all' : who(ethernet.destinationMac);
    const text = `. ${who(ethernet.sourceMac)} to ${to}: ${arpWords(arp)}`;
    return { at, text, alike: text };
  }
  const { message } = frame.dhcp ?? {};
  if (!message) return null;
  const ip = [requestedIp(message), message.yourIp, message.clientIp].find(
    (one) => one && one !== UNSPECIFIED_IPV4,
  );
  const type = messageTypeName(message.messageType).toUpperCase();
  return { at, text: `. ${who(ethernet.sourceMac)}: ${type} of ${message.clientMac} ${ip ?? ''}` };
}

function arpWords({ operation, senderIp, senderMac, targetIp }: ArpPacket): string {
  if (operation !== ARP_REQUEST) return `${senderIp} is at ${senderMac}`;
  if (senderIp === targetIp) return `${senderIp} is at ${senderMac}, unasked`;
  return senderIp === UNSPECIFIED_IPV4
    ? `who has ${targetIp}? before it takes it`
    : `who has ${targetIp}? tell ${senderIp}`;
}

/** Of questions asked twenty times a second, each is told once, and how often it comes again. */
function joined(lines: readonly Line[]): Line[] {
  const told: Line[] = [];
  let kept = new Map<string, { place: number; times: number }>();
  for (const line of lines) {
    if (line.alike === undefined) {
      kept = new Map();
      told.push(line);
      continue;
    }
    const known = kept.get(line.alike);
    if (known) {
      known.times += 1;
      told[known.place] = { ...told[known.place]!, text: `${line.alike}  (${known.times} times)` };
      continue;
    }
    kept.set(line.alike, { place: told.length, times: 1 });
    told.push(line);
  }
  return told;
}

function wordsOf(event: WatchEvent): string | null {
  switch (event.type) {
    case 'finding': {
      const { kind, ip, severity, message } = event.finding;
      return event.action === 'raised'
        ? `${severity} ${kind} ${ip}: ${message}`
        : `${event.action} ${kind} ${ip}`;
    }
    case 'takeover': {
      const { ip, from, to } = event.takeover;
      return `${event.takeover.class} of ${ip} from ${from.node} to ${to.node}, ${lengthOf(event.takeover)}`;
    }
    case 'service-gap':
    case 'lease':
      return null;
    default:
      return event satisfies never;
  }
}

function clock(at: Micros): string {
  const minutes = Math.floor(at / (60 * SECOND));
  const seconds = ((at - minutes * 60 * SECOND) / SECOND).toFixed(3).padStart(6, '0');
  return `${String(minutes).padStart(2)}:${seconds}`;
}
