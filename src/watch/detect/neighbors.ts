// ARP and NDP packets as they are seen: who asks for which address, who claims it, and which detectors look at that.
import { claimOfArp } from '../../arp/claim.ts';
import { MILLISECOND, type Micros } from '../../base/time.ts';
import { claimOfNdp } from '../../ndp/claim.ts';
import { type IpAddress, isIpv4 } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import type { ClaimedAddress } from '../lan/claims.ts';
import type { Sighting } from '../lan/context.ts';
import type { NeighborObservation } from '../lan/dissect.ts';
import type { Segment } from '../lan/segment.ts';
import { questionOf } from '../takeover/askers.ts';
import type { Vips } from '../takeover/vips.ts';
import type { DetectContext } from './context.ts';
import { type Detector, lookingAt } from './detector.ts';

/** One foreign station's claim of one address is judged at most this often: a flood costs no more than a whisper. */
const JUDGE_INTERVAL = 50 * MILLISECOND;

interface NeighborWatchOptions {
  readonly vips: Vips;
  readonly detectors: readonly Detector[];
  /** Counts a packet that claims nothing under its reason word. */
  readonly ignore: (reason: string) => void;
  /** Told of every claim, and of every check before one, before it is recorded. */
  readonly onClaim: (observation: NeighborObservation, claim: Claim) => void;
  /** Told of every announcement and answer by which a node claims a VIP or its own address: a prober's answers. */
  readonly onAnswer: (claim: Claim, segment: Segment, at: Micros) => void;
}

export class NeighborWatch {
  readonly #context: DetectContext;
  readonly #vips: Vips;
  readonly #ignore: NeighborWatchOptions['ignore'];
  readonly #onClaim: NeighborWatchOptions['onClaim'];
  readonly #onAnswer: NeighborWatchOptions['onAnswer'];
  readonly #ofClaims: ReturnType<typeof lookingAt<'claim'>>;
  readonly #ofAnswers: ReturnType<typeof lookingAt<'answer'>>;
  readonly #ofQuestions: ReturnType<typeof lookingAt<'question'>>;

  constructor(context: DetectContext, { vips, detectors, ignore, onClaim, onAnswer }: NeighborWatchOptions) {
    this.#context = context;
    this.#vips = vips;
    this.#ignore = ignore;
    this.#onClaim = onClaim;
    this.#onAnswer = onAnswer;
    this.#ofClaims = lookingAt(detectors, 'claim');
    this.#ofAnswers = lookingAt(detectors, 'answer');
    this.#ofQuestions = lookingAt(detectors, 'question');
  }

  observe(observation: NeighborObservation): void {
    const decoded =
      observation.protocol === 'arp'
        ? claimOfArp(observation.packet)
        : claimOfNdp(observation.packet, observation.ip, observation.ethernet.sourceMac);
    if (!observation.outgoing && this.#vips.heedsQuestions) this.#question(observation);
    if (!decoded.ok) return this.#ignore(decoded.reason);
    const claim = decoded.value;
    this.#onClaim(observation, claim);
    if (claim.kind === 'acd-probe' || claim.kind === 'dad') return this.#context.dismiss(claim.kind);
    const address = this.#context.claims.record(observation.segment, claim, observation.at);
    if (address.role.kind !== 'other' || this.#concernsLease(observation.segment, claim)) {
      this.#judge(observation, claim, address);
    }
  }

  /** This node asked for a VIP: the capture does not see what it sends itself. */
  askedFromHere(vip: IpAddress, segment: Segment, at: Micros): void {
    if (this.#vips.askedFromHere(vip, segment, at)) this.#asked(vip, segment, at);
  }

  #question(observation: NeighborObservation): void {
    const question = questionOf(observation);
    if (question === undefined || this.#context.index.roleOf(question.ip).kind !== 'vip') return;
    const { segment, at } = observation;
    if (this.#vips.asked(question.ip, segment, question.asker, at)) this.#asked(question.ip, segment, at);
  }

  #asked(vip: IpAddress, segment: Segment, at: Micros): void {
    for (const detector of this.#ofQuestions) detector.question(vip, segment, at);
  }

  #judge(observation: NeighborObservation, claim: Claim, address: ClaimedAddress): void {
    const { role } = address;
    const { at, segment, outgoing } = observation;
    const node = this.#context.index.nodeOf(claim.mac);
    const to = observation.ethernet.destinationMac;
    const sighting: Sighting = { at, segment, outgoing, to, claim, address, observation };
    if ((role.kind === 'vip' || role.kind === 'node') && claim.kind !== 'request') {
      // While only an intruder answers for a VIP, its announcer's gap is still to be measured.
      const isRightful = role.kind === 'node' || node !== undefined || !this.#context.index.knowsNodes;
      if (isRightful) this.#onAnswer(claim, segment, at);
      if (role.kind === 'vip') for (const detector of this.#ofAnswers) detector.answer(claim.ip, at);
    }
    if (role.kind === 'vip' && node) return this.#vips.claim(sighting, role, node.name);
    if (judgedAMomentAgo(sighting)) return this.#context.dismiss('judged-a-moment-ago');
    for (const detector of this.#ofClaims) detector.claim(sighting);
  }

  /** The address is leased to another machine, or to this one while another claims it too. */
  #concernsLease(segment: Segment, claim: Claim): boolean {
    const lease = isIpv4(claim.ip) ? this.#context.leases.find(segment, claim.ip) : undefined;
    return lease !== undefined && (lease.mac !== claim.mac || lease.rivals.size > 0);
  }
}

function judgedAMomentAgo({ address, claim, at }: Sighting): boolean {
  const owner = address.owners.find(({ mac }) => mac === claim.mac);
  if (!owner) return false;
  if (owner.judgedAs === claim.kind && at - owner.judgedAt < JUDGE_INTERVAL) return true;
  owner.judgedAt = at;
  owner.judgedAs = claim.kind;
  return false;
}
