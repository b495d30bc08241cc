// ARP and NDP packets as they are seen: who asks for which address, who claims it, and which detectors look at that.
import { claimOfArp } from '../../arp/claim.ts';
import { MILLISECOND, type Micros } from '../../base/time.ts';
import type { AddressRole } from '../../intent/index.ts';
import { claimOfNdp } from '../../ndp/claim.ts';
import { type IpAddress, isGroupMac, type Mac } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import type { ClaimedAddress } from '../lan/claims.ts';
import type { Sighting } from '../lan/context.ts';
import type { NeighborObservation } from '../lan/dissect.ts';
import type { Segment } from '../lan/segment.ts';
import { questionOf } from '../takeover/askers.ts';
import type { OnQuestion, Vips } from '../takeover/vips.ts';
import type { DetectContext } from './context.ts';
import { type Detector, lookingAt } from './detector.ts';
import { halfOf } from './speaker-pair.ts';

/** One foreign station's claim of one address is judged at most this often: a flood costs no more than a whisper. */
const JUDGE_INTERVAL = 50 * MILLISECOND;

interface NeighborWatchOptions {
  readonly vips: Vips;
  readonly detectors: readonly Detector[];
  /** Counts a packet that claims nothing under its reason word. */
  readonly ignore: (reason: string) => void;
  /** Told of every claim, and of every check before one, before it is recorded. */
  readonly onClaim: (observation: NeighborObservation, claim: Claim) => void;
  readonly onQuestion: OnQuestion;
  /** A machine checks whether a VIP is free in IPv6, before it takes it. */
  readonly onCheck: (vip: IpAddress, at: Micros) => void;
}

export class NeighborWatch {
  readonly #context: DetectContext;
  readonly #vips: Vips;
  readonly #ignore: NeighborWatchOptions['ignore'];
  readonly #onClaim: NeighborWatchOptions['onClaim'];
  readonly #onCheck: NeighborWatchOptions['onCheck'];
  readonly #onQuestion: NeighborWatchOptions['onQuestion'];
  readonly #ofClaims: ReturnType<typeof lookingAt<'claim'>>;
  readonly #ofSecondAnswers: ReturnType<typeof lookingAt<'answeredTwice'>>;
  readonly #ofStrangers: ReturnType<typeof lookingAt<'strangerAnswered'>>;
  readonly #ofAnswers: ReturnType<typeof lookingAt<'answer'>>;
  readonly #ofQuestions: ReturnType<typeof lookingAt<'question'>>;
  readonly #ofOthersQuestions: ReturnType<typeof lookingAt<'othersQuestion'>>;

  constructor(
    context: DetectContext,
    { vips, detectors, ignore, onClaim, onQuestion, onCheck }: NeighborWatchOptions,
  ) {
    this.#context = context;
    this.#vips = vips;
    this.#ignore = ignore;
    this.#onClaim = onClaim;
    this.#onQuestion = onQuestion;
    this.#onCheck = onCheck;
    this.#ofClaims = lookingAt(detectors, 'claim');
    this.#ofSecondAnswers = lookingAt(detectors, 'answeredTwice');
    this.#ofStrangers = lookingAt(detectors, 'strangerAnswered');
    this.#ofAnswers = lookingAt(detectors, 'answer');
    this.#ofQuestions = lookingAt(detectors, 'question');
    this.#ofOthersQuestions = lookingAt(detectors, 'othersQuestion');
  }

  observe(observation: NeighborObservation): void {
    const decoded =
      observation.protocol === 'arp'
        ? claimOfArp(observation.packet)
        : claimOfNdp(observation.packet, observation.ip, observation.ethernet.sourceMac);
    if (!observation.outgoing) this.#question(observation);
    if (!decoded.ok) return this.#ignore(decoded.reason);
    const claim = decoded.value;
    this.#onClaim(observation, claim);
    if (claim.kind === 'dad' && this.#context.index.roleOf(claim.ip).kind === 'vip')
      this.#onCheck(claim.ip, observation.at);
    if (claim.kind === 'acd-probe' || claim.kind === 'dad') return this.#context.dismiss(claim.kind);
    const address = this.#context.claims.record(observation.segment, claim, observation.at);
    const isSecond = address.role.kind !== 'other' && this.#log(observation, claim, address.role);
    if (claim.kind === 'reply' && !this.#context.index.isListed(claim.mac))
      for (const detector of this.#ofStrangers)
        detector.strangerAnswered(claim, observation.segment, observation.at);
    if (address.role.kind !== 'other' || this.#concernsLease(observation.segment, claim)) {
      this.#judge(observation, claim, address, isSecond);
    }
  }

  /**
   * This node asked for a watched address: the capture does not see what it sends itself.
   * @param polled whom alone; null: everybody.
   */
  askedFromHere(ip: IpAddress, segment: Segment, polled: Mac | null, at: Micros): void {
    const isSeen = this.#vips.askedFromHere(ip, segment, polled, at);
    if (isSeen && polled === null && this.#context.index.roleOf(ip).kind === 'vip')
      this.#asked(ip, segment, at);
  }

  #question(observation: NeighborObservation): void {
    const question = questionOf(observation);
    if (question === undefined) return;
    const { segment, at } = observation;
    const role = this.#context.index.roleOf(question.ip).kind;
    if (role === 'other') return;
    const { ip, asker, askerIp, polled } = question;
    if (polled === null) this.#onQuestion(ip, this.#vips.whoAsks(ip, asker, askerIp), at);
    if (role === 'pool') return;
    const isSeen = this.#vips.heedsQuestions && this.#vips.asked(ip, segment, asker, polled, at);
    if (polled !== null || role !== 'vip') return;
    if (isSeen) this.#asked(ip, segment, at);
    else for (const detector of this.#ofOthersQuestions) detector.othersQuestion(ip);
  }

  #log(observation: NeighborObservation, { kind, ip, mac }: Claim, role: AddressRole): boolean {
    if (kind !== 'announcement' && kind !== 'reply') return false;
    const { segment, outgoing, at, ethernet } = observation;
    const { index, ledger, own } = this.#context;
    const to = isGroupMac(ethernet.destinationMac) ? null : ethernet.destinationMac;
    const said = kind === 'reply' ? 'answered' : 'announced';
    const isNode = index.nodeOf(mac) !== undefined;
    const isToOwn = to !== null && own.macs.includes(to);
    const half = said === 'announced' ? halfOf(observation) : null;
    if (said === 'answered' && to !== null) this.#vips.answered(segment, to);
    return ledger.claimed(
      { kind: said, ip, mac, to, isToOwn, isOwn: outgoing && role.kind === 'vip', isNode, half },
      segment,
      at,
    );
  }

  #asked(vip: IpAddress, segment: Segment, at: Micros): void {
    for (const detector of this.#ofQuestions) detector.question(vip, segment, at);
  }

  /** @param isSecond another MAC answered the same question. */
  #judge(observation: NeighborObservation, claim: Claim, address: ClaimedAddress, isSecond: boolean): void {
    const { role } = address;
    const { at, segment, outgoing } = observation;
    const node = this.#context.index.nodeOf(claim.mac);
    const to = observation.ethernet.destinationMac;
    const sighting: Sighting = { at, segment, outgoing, to, claim, address, observation };
    if (role.kind === 'vip' && (claim.kind === 'reply' || (outgoing && claim.kind !== 'request')))
      for (const detector of this.#ofAnswers) detector.answer(claim.ip, at);
    if (role.kind === 'vip' && node) {
      if (isSecond) for (const detector of this.#ofSecondAnswers) detector.answeredTwice(sighting, node);
      return this.#vips.claim(sighting, role, node.name);
    }
    if (judgedAMomentAgo(sighting)) return this.#context.dismiss('judged-a-moment-ago');
    for (const detector of this.#ofClaims) detector.claim(sighting);
  }

  /** The address is leased to another machine, or to this one while another claims it too. */
  #concernsLease(segment: Segment, claim: Claim): boolean {
    const lease = this.#context.leases.find(segment, claim.ip);
    return lease !== undefined && (lease.mac !== claim.mac || lease.rivals.size > 0);
  }
}

function judgedAMomentAgo({ address, claim, at, observation }: Sighting): boolean {
  const owner = address.owners.find(({ mac }) => mac === claim.mac);
  if (!owner) return false;
  const kind = halfOf(observation) ?? claim.kind;
  if (owner.judgedAs === kind && at - owner.judgedAt < JUDGE_INTERVAL) return true;
  owner.judgedAt = at;
  owner.judgedAs = kind;
  return false;
}
