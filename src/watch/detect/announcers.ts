// VIPs whose announcers are at odds, change too often, or left the VIP alone for too long between them.
import { MILLISECOND, MINUTE, type Micros, SECOND } from '../../base/time.ts';
import type { VipRole } from '../../intent/index.ts';
import type { MemberlistSpeaker } from '../../intent/intent.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Evidence, Report } from '../finding/finding.ts';
import type { Sighting } from '../lan/context.ts';
import type { Segment } from '../lan/segment.ts';
import { isAskedSince, lastAnswer, rivalry, unansweredSince } from '../ledger/reading.ts';
import type { SplitBrain } from '../takeover/split-brain.ts';
import { lengthOf, type Takeover } from '../takeover/takeover.ts';
import type { VipNews, Vips } from '../takeover/vips.ts';
import { type DetectContext, report, reportSighting } from './context.ts';
import type { Detector } from './detector.ts';
import { listed, servicesOf, vipName, vipOf } from './words.ts';

/**
 * - `upgrade`: they announce it, for speakers of two versions cannot hear each other
 * - `speakers`: they announce it, each of them
 * - `every-node`: every node only answers
 * - `open`: more than two do, though not every node: some may be off
 */
type SplitBrainCause = 'upgrade' | 'speakers' | 'every-node' | 'open';

/** A node is up that answers for its own address within this time. */
const ANSWERED_WITHIN = SECOND;

const IPVS = 'kube-proxy in IPVS mode without strictARP does that';
const STRICT_ARP =
  'With kube-proxy in IPVS mode, set ipvs.strictARP: true in its configuration and restart it; otherwise check';
const SPEAKERS =
  'that the MetalLB speakers reach each other (port 7946, TCP and UDP), that all or none of them are older than 0.16.2 (otherwise they cannot decrypt each other), and that a node which left no longer holds the address.';
const REPLACE_SPEAKERS =
  "Replace the older speakers at once: delete their Pods (label component=speaker or app.kubernetes.io/component=speaker, in MetalLB's namespace) once the DaemonSet has the new image. Each VIP has two announcers until the last one is replaced.";

/** Whoever asks for a VIP hears all who answer, but for itself: one of two hears them all. */
const ASKERS = 2;
/** A VIP that nobody asks for in so long is forgotten by its clients too. */
const RARELY_ASKED = 10 * MINUTE;
const LOOK_EVERY = 10 * SECOND;
/** Before the quiet time of a split brain is over there is one more look. */
const LONG_UNASKED = 18 * SECOND;
const ASKED_FOR = 30 * SECOND;

export class Announcers implements Detector {
  readonly kinds = ['split-brain', 'vip-flapping', 'slow-failover'] as const;
  readonly #context: DetectContext;
  readonly #vips: Vips;
  /** The nodes that were last found to answer at once, by name, and until when their own addresses are asked for. */
  #asked: readonly string[] = [];
  #askUntil: Micros = Number.NEGATIVE_INFINITY;

  constructor(context: DetectContext, vips: Vips) {
    this.#context = context;
    this.#vips = vips;
  }

  /**
   * On a quiet LAN the nodes are heard as often as somebody asks: where nobody has for most of the time after which it would be
   * over, it goes on until one of them leaves a question to the other.
   */
  tick(now: Micros): void {
    const { book, index, ledger, wake } = this.#context;
    for (const { kind, ip, segment } of [...book.openOf('split-brain')]) {
      const log = segment && ledger.find(ip, segment);
      const rivals = log && rivalry(log, (mac) => index.nodeOf(mac)?.name, now);
      const silent = rivals ? now - rivals.last : Number.POSITIVE_INFINITY;
      const isRarelyAsked = rivals && silent >= LONG_UNASKED && !isAskedSince(log, rivals.last, now);
      if (isRarelyAsked && silent <= RARELY_ASKED) book.hold({ kind, ip, segment, culprit: null }, now);
      wake(now + LOOK_EVERY);
    }
  }

  announcers(news: VipNews, role: VipRole, segment: Segment, at: Micros, sighting: Sighting | null): void {
    if (news.kind === 'takeover') this.#takeover(news.takeover, news.isWitnessed, role, at);
    // Time alone shows no two nodes answering.
    else if (sighting) {
      const dead = news.nodes.filter((name) => this.#isDead(name, segment, at));
      const finding =
        dead.length > 0
          ? answeredForTheDead(segment, role, news, dead)
          : splitBrain(segment, role, news, this.#splitBrainCause(news, role), this.#speakersOf(news.nodes));
      this.#askUntil = at + ASKED_FOR;
      this.#asked = news.nodes;
      this.#context.askNodes();
      reportSighting(this.#context, finding, at, sighting);
    }
  }

  nodesToAsk(now: Micros): IpAddress[] {
    return [...this.#answering(now), ...this.#unwitnessed()];
  }

  /** Whether each of the nodes that answer at once is up, its own address shows. */
  #answering(now: Micros): IpAddress[] {
    if (now > this.#askUntil) return [];
    const { intent, ownNode } = this.#context.index;
    const asked = intent.nodes.filter((node) => node !== ownNode && this.#asked.includes(node.name));
    return asked.flatMap(({ addresses }) => addresses.slice(0, 1));
  }

  /**
   * VIPs of this node that another one alone asks for: were it a second announcer, nobody else would hear both. And those
   * whose announcers are at odds, as far as is known here: who of them yields, a question shows soonest.
   */
  #unwitnessed(): IpAddress[] {
    const { book, index } = this.#context;
    const { intent, ownNode } = index;
    const own = this.#vips.announcedHere();
    const others = intent.nodes.filter((node) => node !== ownNode && node.agentReady === true);
    const asked = others.length < ASKERS ? own : own.filter((ip) => this.#vips.isContested(ip));
    return [...asked, ...[...book.openOf('split-brain')].map(({ ip }) => ip)];
  }

  /** Nobody answers for the node's own address. */
  #isDead(name: string, segment: Segment, at: Micros): boolean {
    const { index, ledger } = this.#context;
    const node = index.intent.nodes.find((one) => one.name === name);
    return (node?.addresses ?? []).some((address) => {
      const log = ledger.find(address, segment);
      const open = log && unansweredSince(log, lastAnswer(log));
      return open != null && at - open.first > ANSWERED_WITHIN;
    });
  }

  /** Of these nodes, by name; those that are not known are left out. */
  #speakersOf(names: readonly string[]): (MemberlistSpeaker & { readonly node: string })[] {
    return this.#context.index.intent.nodes.flatMap(({ name, speaker }) =>
      speaker !== undefined && names.includes(name) ? [{ node: name, ...speaker }] : [],
    );
  }

  /** Two nodes alone are hardly ever IPVS: it makes every node answer that is up. */
  #splitBrainCause({ nodes, areSpeakers }: SplitBrain, { vip }: VipRole): SplitBrainCause {
    // Each half elects one.
    const keys = new Set(this.#speakersOf(nodes).map(({ key }) => key));
    if (nodes.length === 2 && keys.size > 1) return 'upgrade';
    if (nodes.length <= 2 || areSpeakers || (vip.statusNodes?.length ?? 0) > 1) return 'speakers';
    return nodes.length === this.#context.index.intent.nodes.length ? 'every-node' : 'open';
  }

  #takeover(takeover: Takeover, isWitnessed: boolean, role: VipRole, at: Micros): void {
    const { maxGap, flappingLimit, flappingWindow } = this.#context.settings;
    // Where none of the silence is proved there may have been none: a speaker that was stopped goes on as if nothing had been.
    const isProved = takeover.uncertaintyMs < takeover.gapMs;
    if (isWitnessed && isProved && takeover.gapMs * MILLISECOND > maxGap)
      report(this.#context, slowFailover(role, takeover, maxGap), at, () => evidenceOf(takeover));
    const { segment } = takeover;
    const recent = this.#vips.takeovers
      .of(takeover.ip, segment)
      .filter((other) => takeover.at - other.at <= flappingWindow);
    if (recent.length <= flappingLimit) return;
    const macs = [...new Set(recent.flatMap(({ from, to }): Mac[] => [from.mac, to.mac]))].toSorted();
    const nodes = [...new Set(recent.flatMap(({ from, to }) => [from.node, to.node]))].toSorted();
    const minutes = flappingWindow / MINUTE;
    const finding = vipFlapping(segment, role, macs, nodes, recent.length, minutes);
    report(this.#context, finding, at, () => evidenceOf(takeover));
  }
}

function evidenceOf(takeover: Takeover): Evidence {
  const { at, segment, from, to } = takeover;
  const summary = `the VIP moved from ${from.node} to ${to.node}: ${lengthOf(takeover)}`;
  return { at, interface: segment.name, summary };
}

function splitBrain(
  segment: Segment,
  role: VipRole,
  { macs, nodes }: SplitBrain,
  cause: SplitBrainCause,
  speakers: readonly (MemberlistSpeaker & { readonly node: string })[],
): Report {
  const names = listed(nodes, 'and');
  const answerers = cause === 'every-node' ? 'Every node answers' : `${names} answer`;
  const reason = {
    upgrade: `: ${versionsText(speakers)}, and these versions cannot hear each other: MetalLB 0.16.2 changed the encryption key.`,
    speakers: nodes.length > 2 ? ', and none of them stops.' : ', and neither stops.',
    'every-node': `: ${IPVS}, or else speakers that do not reach each other (${names}).`,
    open: `: ${IPVS} on the nodes that are up, or else speakers that do not reach each other.`,
  }[cause];
  return {
    ...splitBrainOf(segment, role, macs),
    message: `${answerers} for ${vipName(role.vip)} at the same time${reason}`,
    remedy: {
      upgrade: REPLACE_SPEAKERS,
      speakers: `${electedApart(role)}Check ${SPEAKERS}`,
      'every-node': `${STRICT_ARP} ${SPEAKERS}`,
      open: `${STRICT_ARP} ${SPEAKERS}`,
    }[cause],
  };
}

/** `w1 runs speaker 0.16.1, w2 runs speaker 0.16.2`. */
function versionsText(speakers: readonly (MemberlistSpeaker & { readonly node: string })[]): string {
  const parts = [...Map.groupBy(speakers, ({ version }) => version)].map(([version, own]) => {
    const names = own.map(({ node }) => node);
    return `${listed(names, 'and')} ${own.length === 1 ? 'runs' : 'run'} the speaker of MetalLB ${version}`;
  });
  return listed(parts, 'and');
}

/** MetalLB elects a node for each Service. */
function electedApart({ vip }: VipRole): string {
  if ((vip.sharedWith ?? []).length === 0) return '';
  return `${servicesOf(vip)} share the address: check whether different L2Advertisements or endpoints make MetalLB elect a node for each. `;
}

/** Something answers in the place of nodes that are off. */
function answeredForTheDead(
  segment: Segment,
  role: VipRole,
  { macs, nodes }: SplitBrain,
  dead: readonly string[],
): Report {
  const names = listed(dead, 'and');
  const [does, its] = dead.length === 1 ? ['does', 'its'] : ['do', 'their'];
  return {
    ...splitBrainOf(segment, role, macs),
    message: `${listed(nodes, 'and')} answer for ${vipName(role.vip)} at the same time, but ${names} ${does} not answer for ${its} own address: another device answers in ${its} place.`,
    remedy: `Check whether ${names} is up. If it is off, the fabric answers for it (ARP suppression of EVPN or VXLAN, proxy ARP of a switch or router): clear ${role.vip.address} there. If it is up, check its network.`,
  };
}

function splitBrainOf(segment: Segment, role: VipRole, macs: readonly Mac[]) {
  const { address: ip } = role.vip;
  return { kind: 'split-brain', ip, segment, culprit: null, macs, vip: vipOf(role) } as const;
}

function vipFlapping(
  segment: Segment,
  role: VipRole,
  macs: readonly Mac[],
  nodes: readonly string[],
  takeovers: number,
  minutes: number,
): Report {
  return {
    kind: 'vip-flapping',
    ip: role.vip.address,
    segment,
    culprit: null,
    macs,
    vip: vipOf(role),
    message: `${vipName(role.vip)} changed its announcer ${takeovers} times within ${minutes} minutes, between ${listed(nodes, 'and')}.`,
    remedy:
      'Look for a speaker that restarts or a node that loses its network. Each change interrupts the connections to the service.',
  };
}

function slowFailover(role: VipRole, takeover: Takeover, limit: Micros): Report {
  const { from, to, segment } = takeover;
  return {
    kind: 'slow-failover',
    ip: role.vip.address,
    segment,
    culprit: null,
    macs: [from.mac, to.mac].toSorted(),
    vip: vipOf(role),
    message: `${vipName(role.vip)} took too long to move from ${from.node} to ${to.node}: ${lengthOf(takeover)}; the limit is ${limit / SECOND} s.`,
    remedy:
      'Check whether the speakers reach each other (port 7946, TCP and UDP). MetalLB needs 5 to 8 s to notice a lost node in a small cluster; if that is what you see, raise failover.maxGap.',
  };
}
