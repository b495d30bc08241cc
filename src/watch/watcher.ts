// Frames, intent and time in; findings, takeovers and leases out. Reads no clock: the frames carry it.
import { claimOfArp } from '../arp/claim.ts';
import { MILLISECOND, MINUTE, type Micros, SECOND } from '../base/time.ts';
import { type AddressRole, IntentIndex, type OwnInterfaces } from '../intent/index.ts';
import { EMPTY_INTENT, type Intent, type Vip } from '../intent/intent.ts';
import { claimOfNdp } from '../ndp/claim.ts';
import { type IpAddress, isIpv4 } from '../net/address.ts';
import type { Claim } from '../net/claim.ts';
import type { CapturedFrame, Link } from '../net/frame.ts';
import { rangeText } from '../net/range.ts';
import type { Sighting, WatchContext } from './detect/context.ts';
import { Deferred } from './detect/deferred.ts';
import { type DhcpExpectations, DhcpWatch } from './detect/dhcp.ts';
import { evidenceOf } from './detect/evidence.ts';
import { NodeAddresses } from './detect/node-address-conflict.ts';
import { Squatters } from './detect/outsiders.ts';
import { Silence } from './detect/silent-vip.ts';
import { ElectionCheck } from './detect/wrong-announcer.ts';
import { FindingBook } from './finding/book.ts';
import type { Finding } from './finding/finding.ts';
import { KINDS } from './finding/kinds.ts';
import { SuppressionRules, type SuppressionSettings } from './finding/suppression.ts';
import type { Changed } from './lan/change-log.ts';
import { type ClaimedAddress, ClaimsTable } from './lan/claims.ts';
import { Tally } from './lan/counters.ts';
import { Dissector, type Observation, type ServiceAnswer } from './lan/dissect.ts';
import { LeaseTable } from './lan/lease-table.ts';
import type { Segment } from './lan/segment.ts';
import { DEFAULT_SETTINGS, type WatchSettings } from './settings.ts';
import { questionOf } from './takeover/askers.ts';
import type { ServiceGap, Takeover } from './takeover/takeover.ts';
import { type Holding, Vips } from './takeover/vips.ts';
import type {
  ClaimRow,
  Counters,
  DhcpServerRow,
  LeaseRow,
  TableName,
  VipRow,
  WatchEvent,
  WatchView,
} from './view.ts';

export interface WatcherOptions {
  readonly dhcp: DhcpExpectations;
  readonly settings?: Partial<WatchSettings>;
  /** What the operator wants to hear of. @default everything, with the severity that docs/findings.md gives */
  readonly suppression?: SuppressionSettings;
  /** Told of every announcement and answer by which a node claims a VIP or its own address: a prober's answers. */
  readonly onAnswer?: (claim: Claim, segment: Segment, at: Micros) => void;
  /** Told of every answer to a service probe. */
  readonly onServiceAnswer?: (answer: ServiceAnswer) => void;
}

/** What a journal gives back after a restart. */
export interface SavedState {
  readonly leases: readonly LeaseRow[];
  readonly claims: readonly ClaimRow[];
  readonly findings: readonly Finding[];
  readonly takeovers: readonly Takeover[];
  readonly dhcpServers: readonly DhcpServerRow[];
}

/** One foreign station's claim of one address is judged at most this often: a flood costs no more than a whisper. */
const JUDGE_INTERVAL = 50 * MILLISECOND;
/** Frames are read up to so long after they came, when time was already told to have passed: they keep their own time. */
const LATEST_READ = SECOND;
const WAKE_GRID = 100 * MILLISECOND;
const NO_INTERFACES: OwnInterfaces = { addresses: [], macs: [], networks: [] };
const NO_EVENTS: readonly WatchEvent[] = [];

export class Watcher implements WatchView {
  /** All parts hold this very object. */
  readonly #settings: { -readonly [Name in keyof WatchSettings]: WatchSettings[Name] };
  readonly #context: WatchContext;
  readonly #dissector = new Dissector();
  readonly #dismissed = new Tally();
  readonly #suppression: SuppressionRules;
  readonly #squatters: Squatters;
  readonly #nodeAddresses: NodeAddresses;
  readonly #dhcp: DhcpWatch;
  readonly #vips: Vips;
  readonly #electionCheck: ElectionCheck;
  readonly #silence: Silence;
  readonly #onAnswer: NonNullable<WatcherOptions['onAnswer']>;
  readonly #onServiceAnswer: NonNullable<WatcherOptions['onServiceAnswer']>;
  #events: WatchEvent[] = [];
  #now: Micros = 0;
  #frameAt: Micros = 0;
  #intentKnown = false;
  #dueAt: Micros = Number.POSITIVE_INFINITY;
  #sweepAt: Micros = Number.POSITIVE_INFINITY;

  constructor({
    dhcp,
    settings: given,
    suppression,
    onAnswer = () => {},
    onServiceAnswer = () => {},
  }: WatcherOptions) {
    this.#onAnswer = onAnswer;
    this.#onServiceAnswer = onServiceAnswer;
    const settings = { ...DEFAULT_SETTINGS, ...given };
    this.#suppression = new SuppressionRules(suppression);
    this.#settings = settings;
    const emit = (event: WatchEvent) => void this.#events.push(event);
    const wake = (at: Micros) => this.#wake(at);
    const index = new IntentIndex(EMPTY_INTENT, null, NO_INTERFACES, 0);
    const leases = new LeaseTable({
      settings,
      isWatched: (ip) => this.#context.index.roleOf(ip).kind !== 'other',
      onEvicted: (lease) => this.#dhcp.findings.ended(lease, this.#now),
      wake,
    });
    this.#context = {
      settings,
      index,
      claims: new ClaimsTable(settings.maxClaims, index),
      leases,
      book: new FindingBook(settings.maxFindings, this.#suppression, emit, wake),
      deferred: new Deferred(wake),
      wake,
      dismiss: (reason) => this.#dismissed.add(reason),
      own: NO_INTERFACES,
      intentConfirmedAt: Number.POSITIVE_INFINITY,
    };
    this.#squatters = new Squatters(this.#context);
    this.#nodeAddresses = new NodeAddresses(this.#context);
    this.#dhcp = new DhcpWatch(this.#context, dhcp, emit);
    this.#vips = new Vips(this.#context, emit);
    this.#electionCheck = new ElectionCheck(this.#context, this.#vips);
    this.#silence = new Silence(this.#context, this.#vips);
  }

  /** Changes those named, from now on: how patient to be depends on how often each VIP can be asked for. */
  setSettings(changed: Partial<WatchSettings>): void {
    Object.assign(this.#settings, changed);
    // What waited for longer may be due by now.
    this.#dueAt = this.#now;
  }

  setIntent(intent: Intent, now: Micros): readonly WatchEvent[] {
    this.#advance(now);
    this.#index(intent);
    this.#dhcp.findings.intentChanged(this.#now);
    this.#vips.intentChanged(this.#now);
    this.#electionCheck.intentChanged(this.#now);
    this.#silence.intentChanged(this.#now);
    const { index, book } = this.#context;
    // What a finding is about decides how long it can last: an address that is no VIP any more has no foreign claim.
    const isOver = ({ kind, ip }: Finding) => {
      const { role } = KINDS[kind];
      return role !== null && index.roleOf(ip).kind !== role;
    };
    book.endWhere(isOver, this.#now);
    if (!this.#intentKnown) {
      this.#intentKnown = true;
      book.expire(this.#now);
    }
    return this.#take();
  }

  frame(frame: CapturedFrame): readonly WatchEvent[] {
    this.#advance(frame.at);
    if (this.#now >= this.#dueAt) this.#runDue();
    this.#frameAt = Math.max(frame.at, this.#frameAt, this.#now - LATEST_READ);
    const observation = this.#dissector.dissect(frame, this.#frameAt);
    if (observation?.protocol === 'dhcp') this.#dhcp.observe(observation);
    else if (observation?.protocol === 'tcp') this.#onServiceAnswer(observation);
    else if (observation) this.#claim(observation);
    return this.#take();
  }

  /** Lets time pass without a frame. */
  tick(now: Micros): readonly WatchEvent[] {
    this.#advance(now);
    if (this.#now < this.#dueAt) return NO_EVENTS;
    this.#runDue();
    return this.#take();
  }

  /** When `tick` is wanted next; Infinity where nothing waits for time. */
  nextAt(): Micros {
    return this.#dueAt;
  }

  /** The capture is over: what still waited for a moment is judged by what was seen. */
  finish(): readonly WatchEvent[] {
    this.#context.deferred.runWhere(() => true, this.#now);
    this.#vips.finish(this.#now);
    return this.#take();
  }

  restore(saved: SavedState, now: Micros): void {
    this.#advance(now);
    const here = ({ segment }: { readonly segment: Segment }) => this.#dissector.segments.restore(segment);
    this.#context.leases.restore(saved.leases, here);
    this.#context.claims.restore(saved.claims, here);
    this.#dhcp.servers.restore(saved.dhcpServers, here);
    this.#context.book.restore(
      saved.findings.flatMap((finding): Finding[] => {
        const segment = finding.segment && here({ segment: finding.segment });
        return segment === undefined ? [] : [{ ...finding, segment }];
      }),
      this.#now,
    );
    this.#vips.restore(
      saved.takeovers.flatMap((takeover): Takeover[] => {
        const segment = here(takeover);
        return segment ? [{ ...takeover, segment }] : [];
      }),
    );
    this.#dueAt = this.#now;
  }

  /** The interfaces of this very node: no frame need teach whose MACs they are. */
  setOwnInterfaces(own: OwnInterfaces): void {
    if (textOf(own) === textOf(this.#context.own)) return;
    this.#context.own = own;
    this.#index(this.#context.index.intent);
    this.#squatters.nodesLearned(this.#now);
  }

  /** When the intent was last known to be in force. @default it does not age */
  setConfirmed(at: Micros): void {
    this.#context.intentConfirmedAt = at;
  }

  /** @param ahead how much the wall clock is ahead of the times that are told here. */
  setAhead(ahead: Micros): void {
    if (this.#suppression.setAhead(ahead)) this.#context.book.wallClockSet(this.#now);
  }

  /**
   * This agent was stopped until `at`, and neither asked nor read. To be told before the frames that came meanwhile: what
   * seems to be over may just not have been heard.
   */
  resumed(at: Micros): void {
    this.#context.book.resumed(at);
    this.#silence.resumed(at);
  }

  /** What a takeover did to the VIP's service, once that is known. */
  setServiceGap(takeover: Takeover, gap: ServiceGap, now: Micros): readonly WatchEvent[] {
    this.#advance(now);
    this.#vips.setServiceGap(takeover, gap, this.#now);
    return this.#take();
  }

  /** Addresses of nodes whose MACs are neither listed nor learned yet: worth a probe. */
  unlearnedNodeAddresses(): IpAddress[] {
    return this.#context.index.unlearnedAddresses();
  }

  /** Addresses of nodes that show, while a VIP is silent, whether this node is cut off: worth a probe too. */
  witnesses(now: Micros): IpAddress[] {
    return this.#silence.witnesses(now);
  }

  vip(address: IpAddress): Vip | undefined {
    const role = this.#context.index.roleOf(address);
    return role.kind === 'vip' ? role.vip : undefined;
  }

  /** The node that announces a VIP, by what was heard of it last; null: this node did, and does no more. */
  announcerOf(vip: IpAddress): string | null | undefined {
    return this.#vips.announcerOf(vip);
  }

  /** VIPs that this node announced, and does no more: who has them by now, it must ask. */
  lost(): IpAddress[] {
    return this.#vips.lost();
  }

  /** This node asked who has an address: the capture does not see what it sends itself. */
  asked(ip: IpAddress, { interface: name, vlan }: Link, at: Micros): void {
    if (this.#context.index.roleOf(ip).kind !== 'vip') return;
    const segment = this.#dissector.segments.of(name, vlan === null ? [] : [vlan]);
    if (segment && this.#vips.askedFromHere(ip, segment, at)) this.#silence.asked(ip, segment, at);
  }

  vips(now: Micros): VipRow[] {
    return [...this.eachVip(now)];
  }

  eachVip(now: Micros): Iterable<VipRow> {
    return this.#vips.rows(now, (ip) => this.#silence.isProven(ip, now));
  }

  /** Who announces one VIP, on each segment. */
  holdings(ip: IpAddress, now: Micros): readonly Holding[] {
    return this.#vips.holdings(ip, now);
  }

  claims(): ClaimRow[] {
    return this.#context.claims.rows();
  }

  eachClaim(): Iterable<ClaimRow> {
    return this.#context.claims.each();
  }

  leases(): LeaseRow[] {
    return this.#context.leases.rows();
  }

  takeChangedClaims(role: AddressRole['kind']): Iterable<Changed<ClaimRow>> {
    return this.#context.claims.takeChanged(role);
  }

  takeChangedLeases(): Iterable<Changed<LeaseRow>> {
    return this.#context.leases.takeChanged();
  }

  changeAgain(): void {
    this.#context.claims.changeAgain();
    this.#context.leases.changeAgain();
  }

  dhcpServers(): DhcpServerRow[] {
    return this.#dhcp.servers.rows();
  }

  findings(): Finding[] {
    return this.#context.book.all();
  }

  takeovers(): Takeover[] {
    return this.#vips.takeovers();
  }

  counters(): Counters {
    const { claims, leases, book } = this.#context;
    const table = (
      name: TableName,
      { size, evictions }: { readonly size: number; readonly evictions: number },
    ) => ({
      table: name,
      entries: size,
      evictions,
    });
    return {
      ...this.#dissector.tally.counters(),
      dismissed: this.#dismissed.entries().map(([reason, count]) => ({ reason, count })),
      dhcpMessages: this.#dhcp.messages.entries().map(([type, count]) => ({ type, count })),
      findingsRaised: { ...book.raised },
      findingsSuppressed: book.suppressions(),
      takeovers: this.#vips.takeoverCounts(),
      tables: [
        table('claims', claims),
        table('leases', leases),
        table('dhcp-servers', this.#dhcp.servers),
        table('findings', book),
        table('takeovers', this.#vips),
      ],
    };
  }

  #claim(observation: Observation & { protocol: 'arp' | 'ndp' }): void {
    const decoded =
      observation.protocol === 'arp'
        ? claimOfArp(observation.packet)
        : claimOfNdp(observation.packet, observation.ip, observation.ethernet.sourceMac);
    if (!observation.outgoing && this.#vips.heedsQuestions) this.#question(observation);
    if (!decoded.ok) return this.#dissector.tally.ignored(decoded.reason);
    const claim = decoded.value;
    if (claim.kind === 'acd-probe' || claim.kind === 'dad') return this.#context.dismiss(claim.kind);
    const address = this.#context.claims.record(observation.segment, claim, observation.at);
    if (address.role.kind !== 'other' || this.#concernsLease(observation.segment, claim)) {
      this.#judge(observation, claim, address);
    }
  }

  #question(observation: Observation & { protocol: 'arp' | 'ndp' }): void {
    const question = questionOf(observation);
    if (question === undefined || this.#context.index.roleOf(question.ip).kind !== 'vip') return;
    const { segment, at } = observation;
    const isProof = this.#vips.asked(question.ip, segment, question.asker, at);
    if (isProof) this.#silence.asked(question.ip, segment, at);
  }

  #judge(observation: Observation, claim: Claim, address: ClaimedAddress): void {
    const { role } = address;
    const node = this.#context.index.nodeOf(claim.mac);
    const sighting: Sighting = {
      at: observation.at,
      segment: observation.segment,
      outgoing: observation.outgoing,
      to: observation.ethernet.destinationMac,
      claim,
      address,
      evidence: () => evidenceOf(observation, claim),
    };
    if ((role.kind === 'vip' || role.kind === 'node') && claim.kind !== 'request') {
      // While only an intruder answers for a VIP, its announcer's gap is still to be measured.
      const isRightful = role.kind === 'node' || node !== undefined || !this.#context.index.knowsNodes;
      if (isRightful) this.#onAnswer(claim, observation.segment, observation.at);
      if (role.kind === 'vip') this.#silence.answered(claim.ip, observation.at);
    }
    if (role.kind === 'vip' && node) return this.#vips.claim(sighting, role, node.name);
    if (judgedAMomentAgo(sighting)) return this.#context.dismiss('judged-a-moment-ago');
    if (role.kind === 'pool' && node) this.#context.dismiss('cluster-node');
    else if (role.kind === 'vip' || role.kind === 'pool') this.#squatters.claim(sighting, role);
    else if (role.kind === 'node' && this.#nodeAddresses.claim(sighting, role.node) === 'learned') {
      this.#squatters.nodesLearned(this.#now);
    }
    this.#dhcp.findings.claim(sighting);
  }

  /** Time never runs backwards, whatever order frames come in. */
  #advance(at: Micros): void {
    if (at <= this.#now) return;
    this.#now = at;
    if (this.#sweepAt === Number.POSITIVE_INFINITY) {
      this.#sweepAt = at + MINUTE;
      this.#wake(this.#sweepAt);
    }
  }

  #runDue(): void {
    const { deferred, book, claims, settings } = this.#context;
    const now = this.#now;
    this.#dueAt = Number.POSITIVE_INFINITY;
    deferred.run(now);
    this.#vips.settle(now);
    this.#electionCheck.run(now);
    this.#silence.run(now);
    if (this.#intentKnown) book.expire(now);
    this.#dhcp.expire(now);
    if (now >= this.#sweepAt) {
      claims.forget(now - settings.claimLifetime);
      this.#sweepAt = now + MINUTE;
    }
    this.#wake(this.#sweepAt);
  }

  #index(intent: Intent): void {
    this.#context.index = new IntentIndex(intent, this.#context.index, this.#context.own, this.#now);
    this.#context.claims.setIndex(this.#context.index);
  }

  /** Rounded up, so that a flood of short leases does not wake it for each of them. */
  #wake(at: Micros): void {
    const rounded = Math.ceil(at / WAKE_GRID) * WAKE_GRID;
    if (rounded < this.#dueAt) this.#dueAt = rounded;
  }

  /** The address is leased to another machine, or to this one while another claims it too. */
  #concernsLease(segment: Segment, claim: Claim): boolean {
    const lease = isIpv4(claim.ip) ? this.#context.leases.find(segment, claim.ip) : undefined;
    return lease !== undefined && (lease.mac !== claim.mac || lease.rivals.size > 0);
  }

  #take(): readonly WatchEvent[] {
    if (this.#events.length === 0) return NO_EVENTS;
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

function textOf({ addresses, macs, networks }: OwnInterfaces): string {
  return [addresses, macs, networks.map(rangeText)].join(' ');
}

function judgedAMomentAgo({ address, claim, at }: Sighting): boolean {
  const owner = address.owners.find(({ mac }) => mac === claim.mac);
  if (!owner) return false;
  if (owner.judgedAs === claim.kind && at - owner.judgedAt < JUDGE_INTERVAL) return true;
  owner.judgedAt = at;
  owner.judgedAs = claim.kind;
  return false;
}
