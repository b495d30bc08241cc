// Nobody answers for a VIP: proven by questions that stay unanswered, and explained by MetalLB's election, the last announcer and
// the nodes' own addresses. An agent that does not ask for a VIP has nothing to say here.

import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import type { VipRole } from '../../intent/index.ts';
import type { ClusterNode, Election, NoAnnouncer, Vip } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import { type Silence, silenceOf } from '../ledger/reading.ts';
import type { Vips } from '../takeover/vips.ts';
import { type DetectContext, report } from './context.ts';
import type { Detector } from './detector.ts';
import { Losses } from './losses.ts';
import { silentVip, unansweredVip } from './silent-vip-words.ts';
import { staleness, underStaleIntent } from './stale-intent.ts';

/** What was made of a VIP's silence so far. */
interface Judgement {
  readonly since: Micros;
  cause: Cause | null;
  causeSince: Micros;
  reportedAt: Micros;
  /** Questions of other machines, which this node left open too. */
  leftHere: number;
}

/**
 * Why nobody answers, by MetalLB's rules. `unknown`: a node should, or the intent is static; `by-design`: it is not meant
 * to be announced here, or is told by other means; `election-open`: nobody can tell; `other-interface`: a node should, but
 * where this agent did not ask; `own-node-elected`: this node should, and its own agent would not hear its answers.
 */
type Cause = NoAnnouncer | 'unknown' | 'by-design' | 'election-open' | 'other-interface' | 'own-node-elected';

const DISMISSED = ['by-design', 'election-open', 'other-interface', 'own-node-elected'] as const;

const CHECK_EVERY = SECOND;
/** Fewer questions may all have been lost, as when this agent has just begun to ask. */
const WARM_UP = 3;
const REFRESH = MINUTE;
/** Nobody is told of a silence by an older question: the next one, where questions are few, may be answered. */
const FRESH = 2 * SECOND;
/** An election among a thousand nodes costs a thousand hashes the first time. */
const ELECTIONS_A_CHECK = 20;
/** Once a VIP is silent for so long, the nodes' own addresses are asked for too; so many of them. */
const NODES_ASKED_AFTER = 3 * SECOND;
const NODES_ASKED = 4;
/** While frames are lost an answer may be among them, but not each of sixty. */
const MOST_EXCUSED = 45 * SECOND;
const NEVER = Number.NEGATIVE_INFINITY;

const BY_DESIGN: ReadonlySet<NoAnnouncer> = new Set(['other-load-balancer-class', 'bgp-only', 'bad-ingress']);

export class SilentVip implements Detector {
  readonly kinds = ['silent-vip'] as const;
  readonly #context: DetectContext;
  readonly #vips: Vips;
  /** The VIPs with a question that nobody has answered so far, in the order in which they are looked at. */
  readonly #unanswered = new Map<IpAddress, Judgement>();
  /** Until then, a finding from before a start or a pause waits for its first question. */
  #settledAt: Micros = Number.POSITIVE_INFINITY;
  /** From then on this agent has heard whatever was said. */
  #listensSince: Micros = NEVER;
  #dueAt: Micros = Number.POSITIVE_INFINITY;
  /** When no other machine had been heard for long, last. */
  #isolatedAt: Micros = NEVER;
  readonly #losses = new Losses();

  constructor(context: DetectContext, vips: Vips) {
    this.#context = context;
    this.#vips = vips;
  }

  /** A question whose answer would have been seen. */
  question(ip: IpAddress, _segment: Segment, at: Micros): void {
    if (this.#unanswered.has(ip)) return;
    this.#unanswered.set(ip, { since: at, cause: null, causeSince: at, reportedAt: NEVER, leftHere: 0 });
    this.#wakeAt(at + CHECK_EVERY);
  }

  othersQuestion(ip: IpAddress): void {
    const judgement = this.#unanswered.get(ip);
    if (judgement) judgement.leftHere += 1;
  }

  /** Somebody answered for the VIP, or this node announces it. That another machine announces it proves no answer. */
  answer(ip: IpAddress, at: Micros): void {
    if (this.#unanswered.delete(ip)) this.#context.book.end(identityOf(ip), at);
  }

  /** Nobody answers, as far as questions show. */
  isSilent(ip: IpAddress, now: Micros): boolean {
    const judgement = this.#unanswered.get(ip);
    if (judgement === undefined || judgement.cause === 'other-interface') return false;
    const silence = this.#silenceOf(ip);
    return silence !== null && silence.count >= WARM_UP && !this.#isOutdated(silence, now);
  }

  /** While a VIP is silent: addresses of nodes that answer unless this node is cut off, the last announcer's among them. */
  nodesToAsk(now: Micros): IpAddress[] {
    const silent = [...this.#unanswered].filter(([, { since }]) => now - since >= NODES_ASKED_AFTER);
    if (silent.length === 0) return [];
    const { index } = this.#context;
    const suspects = new Set(silent.slice(0, NODES_ASKED).map(([ip]) => this.#vips.lastAnnouncer(ip)?.node));
    const others = index.intent.nodes.filter((node) => node !== index.ownNode);
    const ordered = others.toSorted((a, b) => Number(suspects.has(b.name)) - Number(suspects.has(a.name)));
    return ordered.slice(0, 2 * NODES_ASKED).flatMap(({ addresses }) => addresses.slice(0, 1));
  }

  intentChanged(now: Micros): void {
    const { index } = this.#context;
    for (const ip of this.#unanswered.keys()) {
      if (index.roleOf(ip).kind !== 'vip') this.#unanswered.delete(ip);
    }
    if (this.#settledAt === Number.POSITIVE_INFINITY) this.#settle(now);
  }

  /** This agent was stopped until `at`: that it did not ask does not mean that others do. */
  resumed(at: Micros): void {
    if (this.#settledAt !== Number.POSITIVE_INFINITY) this.#settle(at);
    // Nor that nobody answered meanwhile.
    for (const judgement of this.#unanswered.values()) judgement.causeSince = at;
  }

  framesLost(since: Micros, at: Micros): void {
    this.#losses.add(since, at);
  }

  tick(now: Micros): void {
    if (now < this.#dueAt) return this.#context.wake(this.#dueAt);
    this.#dueAt = Number.POSITIVE_INFINITY;
    let elections = 0;
    for (const [ip, judgement] of [...this.#unanswered]) {
      const role = this.#context.index.roleOf(ip);
      const silence = this.#silenceOf(ip);
      if (role.kind !== 'vip' || !silence) {
        this.#unanswered.delete(ip);
        continue;
      }
      if (this.#isOutdated(silence, now)) {
        if (!this.#mayGoOn(judgement, silence, now)) this.#unanswered.delete(ip);
        continue;
      }
      if (now - silence.first < CHECK_EVERY || elections >= ELECTIONS_A_CHECK) continue;
      if (role.vip.elector) elections += 1;
      this.#judge(role, silence, judgement, now);
      // Next time the others come first.
      this.#unanswered.delete(ip);
      this.#unanswered.set(ip, judgement);
    }
    if (now >= this.#settledAt) this.#endUnasked(now);
    else if (this.#settledAt !== Number.POSITIVE_INFINITY) this.#wakeAt(this.#settledAt);
    if (this.#unanswered.size > 0) this.#wakeAt(now + CHECK_EVERY);
  }

  /** Others ask for it for a while: since when nobody can announce it, the API tells whoever asks. */
  #mayGoOn({ cause }: Judgement, { last }: Silence, now: Micros): boolean {
    return cause !== null && isOfApi(cause) && now - last <= this.#context.settings.silenceGrace;
  }

  #settle(since: Micros): void {
    this.#listensSince = since;
    this.#settledAt = since + this.#context.settings.announcerSilence;
    this.#wakeAt(this.#settledAt);
  }

  #silenceOf(ip: IpAddress): Silence | null {
    return silenceOf(this.#context.ledger.everywhere(ip));
  }

  #judge(role: VipRole, silence: Silence, judgement: Judgement, now: Micros): void {
    const { book, settings, dismiss } = this.#context;
    const identity = identityOf(role.vip.address);
    const cause = this.#causeOf(role.vip, silence, judgement);
    if (cause !== judgement.cause) {
      // What kept MetalLB from announcing it is gone: from now on it has time to.
      const cured = judgement.cause !== null && cause === 'unknown';
      judgement.cause = cause;
      judgement.causeSince = now;
      judgement.reportedAt = NEVER;
      if (cured || cause === 'by-design' || cause === 'other-interface') book.end(identity, now);
    }
    if (isDismissed(cause)) return dismiss(cause);
    if (silence.count < WARM_UP) return dismiss('too-few-questions');
    const grace = cause === 'unknown' ? this.#patience() : settings.silenceGrace;
    const excused = Math.min(this.#losses.within(judgement.causeSince, now), MOST_EXCUSED);
    const isYoung = now - judgement.causeSince < grace + excused || now - silence.last > FRESH;
    if (isYoung && !book.isOpen(identity)) return dismiss('within-silence-grace');
    if (this.#isIsolated(silence, now - grace)) this.#isolatedAt = now;
    // What it asked while it was cut off says nothing: it asks anew first.
    if (now - this.#isolatedAt < settings.announcerSilence) return dismiss('isolated');
    if (now - judgement.reportedAt < REFRESH) return;
    judgement.reportedAt = now;
    const finding =
      cause === 'unknown' ? this.#unansweredVip(role, silence, now - grace) : silentVip(role, cause);
    const age = staleness(this.#context, now);
    report(this.#context, age === null ? finding : underStaleIntent(finding, age), now, () => ({
      at: now,
      interface: silence.segment.name,
      summary: this.#summary(role.vip.address, silence),
    }));
  }

  #causeOf(vip: Vip, { first, segments }: Silence, { leftHere }: Judgement): Cause {
    const { elector, address } = vip;
    if (elector === undefined) return 'unknown';
    // The API takes about a minute to notice that a node died; that it answers no more is known already.
    const silent = this.#vips.lastAnnouncer(address)?.node;
    const election = elector.elect() ?? (silent === undefined ? null : elector.elect(new Set([silent])));
    if (election === null) return 'election-open';
    if (election.node !== null) {
      if (this.#isElsewhere(election, segments)) return 'other-interface';
      const isUnheard = leftHere < WARM_UP && this.#mayAnnounceUnheard(vip, first);
      return isUnheard ? 'own-node-elected' : 'unknown';
    }
    return BY_DESIGN.has(election.reason) ? 'by-design' : election.reason;
  }

  /**
   * This node may have begun to announce it before its agent listened: no node was heard with it since, and of those that are
   * heard at all it is the one that speakers elect.
   */
  #mayAnnounceUnheard({ elector, address }: Vip, since: Micros): boolean {
    const { intent, ownNode } = this.#context.index;
    if (!ownNode || (this.#vips.lastAnnouncer(address)?.lastSeen ?? NEVER) > this.#listensSince) return false;
    const isAway = (node: ClusterNode) => node !== ownNode && !this.#isThere(node, since);
    const away = new Set(intent.nodes.filter(isAway).map(({ name }) => name));
    return [elector?.elect(), elector?.elect(away)].some((election) => election?.node === ownNode.name);
  }

  /** Announced where none of the questions went. An advertisement names interfaces, for every node alike. */
  #isElsewhere({ node, interfaces }: Election & { node: string }, asked: ReadonlySet<Segment>): boolean {
    if (interfaces === null) return false;
    const { intent, ownNode } = this.#context.index;
    const isNamed = ({ name }: { readonly name: string }) => interfaces.includes(name);
    const there = intent.nodes.find(({ name }) => name === node)?.interfaces;
    // Where the elected node has no such interface, nobody announces it anywhere.
    if (there && !there.some(isNamed)) return false;
    const here = ownNode?.interfaces?.filter(isNamed).map(({ segment }) => segment) ?? interfaces;
    return ![...asked].some(({ name }) => here.includes(name));
  }

  /** MetalLB takes longer to notice a lost node where there are very many. */
  #patience(): Micros {
    const { settings, index } = this.#context;
    return settings.unansweredGrace * Math.max(1, Math.log10(index.intent.nodes.length) / 2);
  }

  /** Not a sign of any other machine: it is this node that is cut off. */
  #isIsolated({ segment }: Silence, since: Micros): boolean {
    return !this.#context.claims.isHeard(segment, since, (mac) => this.#vips.isOwn(segment, mac));
  }

  #unansweredVip(role: VipRole, { first }: Silence, since: Micros) {
    const { index } = this.#context;
    const last = this.#vips.lastAnnouncer(role.vip.address);
    const node = index.intent.nodes.find(({ name }) => name === last?.node);
    const elected = role.vip.elector?.elect(new Set(last ? [last.node] : [])) ?? null;
    return unansweredVip(role, {
      last: last && {
        ...last,
        announces: last.lastSeen > first,
        answersItself: node === index.ownNode || this.#isThere(node, since),
      },
      elected: elected?.node ?? null,
      others: index.intent.nodes
        .filter((other) => other !== node && other !== index.ownNode)
        .map((other) => ({ name: other.name, isThere: this.#isThere(other, since) })),
    });
  }

  /** The node was heard under one of its own addresses. */
  #isThere(node: ClusterNode | undefined, since: Micros): boolean {
    const { claims, index } = this.#context;
    return (node?.addresses ?? []).some((address) =>
      claims
        .everywhere(address)
        .some(({ owners }) =>
          owners.some(({ mac, lastSeen }) => lastSeen >= since && index.nodeOf(mac) === node),
        ),
    );
  }

  #summary(ip: IpAddress, { count, first, last }: Silence): string {
    const announcer = this.#vips.lastAnnouncer(ip);
    const questions = `${count} probes in ${Math.round((last - first) / SECOND)} s, none answered`;
    if (!announcer) return questions;
    if (announcer.lastSeen > first)
      return `${questions}; meanwhile ${announcer.node} (${announcer.mac}) announced the VIP`;
    const before = Math.max(0, first - announcer.lastSeen) / SECOND;
    return `${questions}; ${announcer.node} (${announcer.mac}) answered ${before.toFixed(1)} s before them`;
  }

  /** Nobody asks about it here any more: others do, or the interface is gone. */
  #endUnasked(now: Micros): void {
    for (const { ip } of [...this.#context.book.openOf('silent-vip')]) {
      if (!this.#unanswered.has(ip)) this.#context.book.end(identityOf(ip), now);
    }
  }

  #isOutdated({ last }: Silence, now: Micros): boolean {
    const { announcerSilence, questionPause } = this.#context.settings;
    return now - last > Math.max(announcerSilence, WARM_UP * questionPause);
  }

  #wakeAt(at: Micros): void {
    this.#dueAt = Math.min(this.#dueAt, at);
    this.#context.wake(this.#dueAt);
  }
}

function isOfApi(cause: Cause): boolean {
  return cause !== 'unknown' && !isDismissed(cause);
}

function isDismissed(cause: Cause): cause is (typeof DISMISSED)[number] {
  return (DISMISSED as readonly Cause[]).includes(cause);
}

function identityOf(ip: IpAddress) {
  return { kind: 'silent-vip', ip, segment: null, culprit: null } as const;
}
