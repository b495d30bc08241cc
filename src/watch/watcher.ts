// Frames, intent and time in; findings, takeovers and leases out. Reads no clock: the frames carry it.

import { quotedName } from '../base/quoted-name.ts';
import { MINUTE, type Micros } from '../base/time.ts';
import type { KnownRange, RouterAccount } from '../dhcp/router-knowledge.ts';
import type { AddressRole, OwnInterfaces } from '../intent/index.ts';
import type { Intent, Vip } from '../intent/intent.ts';
import type { IpAddress, Ipv4, Mac } from '../net/address.ts';
import type { CapturedFrame, Link } from '../net/frame.ts';
import { rangeText } from '../net/range.ts';
import { conflictPause } from './conflicts.ts';
import { countersOf } from './counters.ts';
import type { DhcpExpectations } from './detect/dhcp.ts';
import type { ServerTable } from './detect/imports.ts';
import type { Acknowledgement } from './finding/acknowledgement.ts';
import type { Finding } from './finding/finding.ts';
import type { FindingKind } from './finding/kinds.ts';
import type { SuppressionSettings } from './finding/suppression.ts';
import { changeIntent, indexIntent } from './intent-change.ts';
import { judgedKinds } from './judged.ts';
import type { Changed } from './lan/change-log.ts';
import type { ClaimRow } from './lan/claims.ts';
import type { DhcpServerRow } from './lan/dhcp-servers.ts';
import type { TcpAnswer } from './lan/dissect.ts';
import type { LeaseRow } from './lan/lease.ts';
import { type NodeRow, nodeRows } from './nodes.ts';
import { makeParts, type Parts, type PartsOptions } from './parts.ts';
import { PassingTime } from './passing-time.ts';
import { type PoolRow, poolRows } from './pools.ts';
import { restoreParts, type SavedState } from './restore.ts';
import type { WatchSettings } from './settings.ts';
import type { Answers } from './takeover/answers.ts';
import type { ServiceGap, Takeover } from './takeover/takeover.ts';
import { type VipRow, vipRows } from './takeover/vip-rows.ts';
import type { Announcer, FallenTogether } from './takeover/vips.ts';
import type { Counters, WatchEvent, WatchView } from './view.ts';

export interface WatcherOptions extends PartsOptions {
  /** Told of every answer to a service probe. */
  readonly onServiceAnswer?: (answer: TcpAnswer) => void;
}

const NO_EVENTS: readonly WatchEvent[] = [];

export class Watcher implements WatchView {
  readonly #parts: Parts;
  readonly #onServiceAnswer: NonNullable<WatcherOptions['onServiceAnswer']>;
  readonly #time = new PassingTime();
  #events: WatchEvent[] = [];
  #intentKnown = false;
  #sweepAt: Micros = Number.POSITIVE_INFINITY;

  constructor({ onServiceAnswer = () => {}, ...options }: WatcherOptions) {
    this.#onServiceAnswer = onServiceAnswer;
    this.#parts = makeParts(options, {
      emit: (event) => void this.#events.push(event),
      wake: (at) => this.#time.wake(at),
      now: () => this.#time.now,
    });
  }

  /** Changes those named, from now on: how patient to be depends on how often each VIP can be asked for. */
  setSettings(changed: Partial<WatchSettings>): void {
    Object.assign(this.#parts.settings, changed);
    // What waited for longer may be due by now.
    this.#time.wakeNow();
  }

  /** What the operator wants to hear of, from now on. */
  setSuppression(settings: SuppressionSettings, now: Micros): readonly WatchEvent[] {
    this.#advance(now);
    this.#parts.suppression.set(settings);
    this.#parts.context.book.suppressionSet(this.#time.now);
    return this.#take();
  }

  /** What people have acknowledged; these are all there are. */
  setAcknowledgements(all: readonly Acknowledgement[], now: Micros): readonly WatchEvent[] {
    this.#advance(now);
    this.#parts.context.book.telling.setAcknowledgements(all, this.#time.now);
    return this.#take();
  }

  /** What is known of DHCP, from now on. The intent is to be set again, for what it says of the ranges. */
  setDhcp({ ranges, servers: expected }: DhcpExpectations, now: Micros): readonly WatchEvent[] {
    this.#advance(now);
    const { context, knowledge, servers } = this.#parts;
    knowledge.configure(ranges);
    // Where none are listed, or were, the next message tells who is the wrong one.
    const isListed = (ip: IpAddress) => expected?.some((one) => one === ip) ?? true;
    const begins = servers.expected === null;
    servers.expect(expected);
    context.book.endWhere(
      ({ kind, ip }) => kind === 'rogue-dhcp-server' && (begins || isListed(ip)),
      this.#time.now,
    );
    return this.#take();
  }

  /** What a server's own table says, or what asking it has shown; null: that is read no more. */
  setRouterAccount(
    of: Pick<RouterAccount, 'source' | 'name'>,
    account: Omit<RouterAccount, 'source' | 'name'> | null,
    now: Micros,
  ): readonly WatchEvent[] {
    this.#advance(now);
    const { knowledge, detectors } = this.#parts;
    const areOthers = account ? knowledge.set({ ...account, ...of }) : knowledge.forget(of);
    // Without an intent there is nothing to hold them against, and what the journal brought back would end.
    if (areOthers && this.#intentKnown)
      for (const detector of detectors) detector.rangesChanged?.(this.#time.now);
    return this.#take();
  }

  /** What a DHCP server's own table says from now on; null: it is read no more. */
  setImport(name: string, table: ServerTable | null, now: Micros): readonly WatchEvent[] {
    const events = this.setRouterAccount({ source: 'import', name }, table, now);
    this.#parts.imports.set(name, table, this.#time.now);
    return [...events, ...this.#take()];
  }

  setIntent(intent: Intent, now: Micros): readonly WatchEvent[] {
    this.#advance(now);
    changeIntent(this.#parts, intent, this.#time.now);
    if (!this.#intentKnown) {
      this.#intentKnown = true;
      this.#parts.context.book.expire(this.#time.now);
    }
    return this.#take();
  }

  frame(frame: CapturedFrame): readonly WatchEvent[] {
    this.#advance(frame.at);
    if (this.#time.isDue) this.#runDue();
    const { dissector, dhcp, dhcpv6, neighbors, observers } = this.#parts;
    const observation = dissector.dissect(frame, this.#time.ofFrame(frame.at));
    if (observation?.protocol === 'dhcp') dhcp.observe(observation);
    else if (observation?.protocol === 'dhcpv6') dhcpv6.observe(observation);
    else if (observation?.protocol === 'tcp') this.#onServiceAnswer(observation);
    else if (observation) neighbors.observe(observation);
    if (observation && observation.protocol !== 'tcp')
      for (const observer of observers) observer.observed(observation);
    return this.#take();
  }

  /** Lets time pass without a frame. */
  tick(now: Micros): readonly WatchEvent[] {
    this.#advance(now);
    if (!this.#time.isDue) return NO_EVENTS;
    this.#runDue();
    return this.#take();
  }

  /** When `tick` is wanted next; Infinity where nothing waits for time. */
  nextAt(): Micros {
    return this.#time.dueAt;
  }

  /** The capture is over: what still waited for a moment is judged by what was seen. */
  finish(): readonly WatchEvent[] {
    this.#parts.context.deferred.runWhere(() => true, this.#time.now);
    this.#parts.vips.finish(this.#time.now);
    return this.#take();
  }

  restore(saved: SavedState, now: Micros): void {
    this.#advance(now);
    restoreParts(this.#parts, saved, this.#time.now);
    this.#time.wakeNow();
  }

  /** The interfaces of this very node: no frame need teach whose MACs they are. */
  setOwnInterfaces(own: OwnInterfaces): void {
    const { context } = this.#parts;
    if (textOf(own) === textOf(context.own)) return;
    context.own = own;
    context.ledger.setOwnMacs(own.macs);
    context.book.setOwnNetworks(own.networks);
    indexIntent(context, context.index.intent, this.#time.now);
    context.nodeLearned();
    this.#parts.imports.networksChanged(this.#time.now);
    // Whoever takes the next events takes what this has shown.
    this.#time.wakeNow();
  }

  /** When the intent was last known to be in force. @default it does not age */
  setConfirmed(at: Micros): void {
    this.#parts.context.intentConfirmedAt = at;
  }

  /** @param ahead how much the wall clock is ahead of the times that are told here. */
  setAhead(ahead: Micros): void {
    this.#parts.context.ahead = ahead;
    if (this.#parts.suppression.setAhead(ahead)) this.#parts.context.book.wallClockSet(this.#time.now);
  }

  /**
   * This agent was stopped from `since` to `at`, and neither asked nor read. To be told before the frames that came meanwhile:
   * what seems to be over may just not have been heard.
   */
  resumed(since: Micros, at: Micros): void {
    this.#parts.context.book.resumed(since, at);
    for (const detector of this.#parts.detectors) detector.resumed?.(at);
  }

  /** The kernel had no room for some of the frames that came from `since` to `at`, or this node's own link was away. */
  framesLost(since: Micros, at: Micros): void {
    for (const detector of this.#parts.detectors) detector.framesLost?.(since, at);
  }

  /** What a takeover did to the VIP's service, once that is known. */
  setServiceGap(takeover: Takeover, gap: ServiceGap, now: Micros): readonly WatchEvent[] {
    this.#advance(now);
    this.#parts.vips.setServiceGap(takeover, gap, this.#time.now);
    return this.#take();
  }

  /** How often the conflicts that are open on an address want evidence; Infinity: none is. */
  conflictPause(ip: IpAddress, now: Micros): Micros {
    return conflictPause(this.#parts.context, ip, now);
  }

  /** A machine has checked an IPv6 address a moment ago, and may have taken it. */
  mayBeTaken(ip: IpAddress, now: Micros): boolean {
    return this.#parts.checks.isTaken(ip, now);
  }

  /** A failover test of a VIP runs, and is over by `until`; null: it is over now, or never ran. */
  failoverTest(vip: IpAddress, now: Micros, until: Micros | null): void {
    for (const detector of this.#parts.detectors) detector.failoverTest?.(vip, now, until);
  }

  /** Addresses of nodes whose MACs are neither listed nor learned yet: worth a probe. */
  unlearnedNodeAddresses(): IpAddress[] {
    return this.#parts.context.index.unlearnedAddresses();
  }

  /** Addresses of nodes that show, while a VIP is silent, whether this node is cut off: worth a probe too. */
  nodesToAsk(now: Micros): IpAddress[] {
    return this.#parts.detectors.flatMap((detector) => detector.nodesToAsk?.(now) ?? []);
  }

  /** Free addresses of the pools that a node may hold: worth a probe of a few agents. */
  freeToAsk(): IpAddress[] {
    return this.#parts.detectors.flatMap((detector) => detector.freeToAsk?.() ?? []);
  }

  /** When an audit asked for an address last, whoever's that was. */
  auditedAt(ip: Ipv4): Micros | undefined {
    return this.#parts.audits.askedAt(ip);
  }

  /** The intent speaks of it. */
  isWatched(address: IpAddress): boolean {
    return this.#parts.context.index.roleOf(address).kind !== 'other';
  }

  vip(address: IpAddress): Vip | undefined {
    const role = this.#parts.context.index.roleOf(address);
    return role.kind === 'vip' ? role.vip : undefined;
  }

  /** The node that announces a VIP, by what was heard of it last; null: this node did, and does no more. */
  announcerOf(vip: IpAddress): string | null | undefined {
    return this.#parts.vips.announcerOf(vip);
  }

  /**
   * VIPs that this node announced, and does no more: who has them by now, it must ask. And those of which it tells that two have
   * them: whether that goes on.
   */
  lost(): IpAddress[] {
    const rivals = [...this.#parts.context.book.openOf('split-brain')].map(({ ip }) => ip);
    return [...this.#parts.vips.lost(), ...rivals];
  }

  announcedWith(vip: IpAddress): FallenTogether {
    return this.#parts.vips.announcedWith(vip);
  }

  /** What the questions of this agent were answered. */
  get answers(): Answers {
    return this.#parts.answers;
  }

  /**
   * This node asked who has an address: the capture does not see what it sends itself.
   * @param polled whom alone it asked; null: everybody.
   */
  asked(ip: IpAddress, link: Link, at: Micros, polled: Mac | null = null): void {
    const { kind } = this.#parts.context.index.roleOf(ip);
    if (kind !== 'vip' && kind !== 'node') return;
    this.#parts.neighbors.askedFromHere(ip, this.#parts.segments.ofLink(link), polled, at);
  }

  vips(now: Micros): VipRow[] {
    return [...this.eachVip(now)];
  }

  eachVip(now: Micros): Iterable<VipRow> {
    const isSilent = (ip: IpAddress) => this.#parts.detectors.some((one) => one.isSilent?.(ip, now));
    return vipRows(this.#parts.context, this.#parts.vips, now, isSilent);
  }

  /** Who announces one VIP, on each segment. */
  announcers(ip: IpAddress, now: Micros): readonly Announcer[] {
    return this.#parts.vips.announcers(ip, now);
  }

  claims(): ClaimRow[] {
    return this.#parts.context.claims.rows();
  }

  eachClaim(): Iterable<ClaimRow> {
    return this.#parts.context.claims.each();
  }

  leases(): LeaseRow[] {
    return this.#parts.context.leases.rows();
  }

  eachLease(): Iterable<LeaseRow> {
    return this.#parts.context.leases.each();
  }

  takeChangedClaims(role: AddressRole['kind']): Iterable<Changed<ClaimRow>> {
    return this.#parts.context.claims.takeChanged(role);
  }

  takeChangedLeases(): Iterable<Changed<LeaseRow>> {
    return this.#parts.context.leases.takeChanged();
  }

  changeAgain(): void {
    this.#parts.context.claims.changeAgain();
    this.#parts.context.leases.changeAgain();
  }

  dhcpServers(): DhcpServerRow[] {
    return this.#parts.servers.rows();
  }

  dhcpRanges(): KnownRange[] {
    return this.#parts.knowledge.ranges();
  }

  findings(): Finding[] {
    return this.#parts.context.book.all();
  }

  finding(id: string): Finding | undefined {
    return this.#parts.context.book.find(id);
  }

  takeovers(): Takeover[] {
    return this.#parts.vips.takeovers.all();
  }

  pools(): PoolRow[] {
    return poolRows(this.#parts.context);
  }

  nodes(): NodeRow[] {
    return nodeRows(this.#parts.context);
  }

  intent(): Intent {
    return this.#parts.context.index.intent;
  }

  judgedKinds(): ReadonlySet<FindingKind> {
    return judgedKinds(this.#parts.context.index, this.#parts.suppression);
  }

  nameOf(mac: Mac): string | null {
    const { index, leases } = this.#parts.context;
    return index.nodeOf(mac)?.name ?? leases.hostnameOf(mac);
  }

  spokenNameOf(mac: Mac): string | null {
    const { index, leases } = this.#parts.context;
    const hostname = leases.hostnameOf(mac);
    return index.nodeOf(mac)?.name ?? (hostname === null ? null : quotedName(hostname));
  }

  counters(): Counters {
    return countersOf(this.#parts);
  }

  #advance(at: Micros): void {
    if (at <= this.#time.now) return;
    this.#time.advance(at);
    if (this.#sweepAt < Number.POSITIVE_INFINITY) return;
    this.#sweepAt = at + MINUTE;
    this.#time.wake(this.#sweepAt);
  }

  #runDue(): void {
    const { detectors, leaseNews, segments, settings, vips } = this.#parts;
    const { deferred, book, claims } = this.#parts.context;
    const now = this.#time.look();
    deferred.run(now);
    vips.settle(now);
    for (const detector of detectors) detector.tick?.(now);
    if (this.#intentKnown) book.expire(now);
    else book.telling.lookAtAcknowledgements(now);
    leaseNews.expire(now);
    if (now >= this.#sweepAt) {
      claims.forget(now - settings.claimLifetime);
      segments.forget(now - settings.claimLifetime);
      this.#sweepAt = now + MINUTE;
    }
    this.#time.wake(this.#sweepAt);
  }

  #take(): readonly WatchEvent[] {
    if (this.#events.length === 0) return NO_EVENTS;
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

function textOf({ addresses, macs, networks }: OwnInterfaces): string {
  return [addresses, macs, networks.map((one) => `${one.segment} ${rangeText(one)}`)].join(' ');
}
