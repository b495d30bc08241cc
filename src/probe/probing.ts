// Joins what asks the LAN: whom this agent asks for, through which interfaces, and what the answers are good for.
import { type Micros, SECOND, type Seconds } from '../base/time.ts';
import type { InterfaceInfo } from '../host/capture/interfaces.ts';
import type { CapturedInterface, LiveCapture } from '../host/capture/live-capture.ts';
import type { Clock } from '../host/clock.ts';
import type { Intent } from '../intent/intent.ts';
import type { IpAddress } from '../net/address.ts';
import type { Link } from '../net/frame.ts';
import { networkOf } from '../net/range.ts';
import type { TcpAnswer } from '../watch/lan/dissect.ts';
import { segmentName } from '../watch/lan/segment.ts';
import type { ServiceGap, Takeover } from '../watch/takeover/takeover.ts';
import type { QuestionBy } from '../watch/takeover/vips.ts';
import type { WatchEvent } from '../watch/view.ts';
import type { Watcher } from '../watch/watcher.ts';
import { Prober } from './prober.ts';
import type { Probe, ProbeSource } from './question.ts';
import { MAX_PROBES_PER_SECOND, nodesAskedWithin, STEADY_PROBES_PER_SECOND, settingsFor } from './rates.ts';
import { ServiceGaps } from './service-gaps.ts';
import { ServiceProber, type ServiceProbing } from './service-prober.ts';
import { ProbeTargets } from './targets.ts';

interface ProbeSettings {
  readonly interval: Micros;
  readonly sweep: Micros;
  readonly broadcastsPerSecond: number;
  readonly services: ServiceProbing;
}

interface ProbingOptions {
  readonly probe: ProbeSettings;
  /** Other agents have the same intent, and ask for their share of it. */
  readonly hasPeers: boolean;
  readonly watcher: Watcher;
  readonly clock: Clock;
  /** Nobody who does not know it can guess what the service probes expect as an answer. */
  readonly secret: Uint8Array;
  readonly onRoundTrip: (seconds: Seconds) => void;
  readonly onMeasured: (takeover: Takeover, gap: ServiceGap, now: Micros) => void;
  /** Told of this node's interfaces and of those that are captured, whether or not they are others than before. */
  readonly onInterfaces: (all: readonly InterfaceInfo[], captured: readonly CapturedInterface[]) => void;
}

/** What is sent through, and what there is to send from. */
export type ProbeCapture = Pick<LiveCapture, 'send' | 'captured' | 'interfaces'>;

/** Addresses come and go without the link noticing. */
const LOOK_AT_ADDRESSES_EVERY = 5 * SECOND;
/** Whom to ask is worked out no more often, whatever strangers do. */
const TARGETS_EVERY = SECOND;

export class Probing {
  readonly prober: Prober;
  readonly serviceProber: ServiceProber;
  readonly #options: ProbingOptions;
  readonly #targets: ProbeTargets;
  readonly #serviceGaps: ServiceGaps;
  #capture: ProbeCapture | undefined;
  #interval: Micros;
  #intent: Intent | null = null;
  #own: { readonly ownAddresses: readonly IpAddress[]; readonly sources: readonly ProbeSource[] } = {
    ownAddresses: [],
    sources: [],
  };
  #mine: ReadonlySet<IpAddress> = new Set();
  #questionPause: Micros = 0;
  #nodesWait = false;
  #linkOfDevice = new Map<string, Link>();
  /** By the name of the segment that it reaches. */
  #deviceOf = new Map<string, string>();
  #addressesAt: Micros = 0;
  /** When whom to ask is to be worked out anew; Infinity: not before the addresses are looked at. */
  #targetsAt: Micros = Number.POSITIVE_INFINITY;
  #targetsSetAt: Micros = 0;

  constructor(options: ProbingOptions) {
    this.#options = options;
    const { probe, watcher } = options;
    this.#interval = probe.interval;
    this.prober = new Prober({
      answers: watcher.answers,
      conflictPause: (address, now) => watcher.conflictPause(address, now),
      mayBeTaken: (address, now) => watcher.mayBeTaken(address, now),
      announcedWith: (vip) => watcher.announcedWith(vip),
      interval: probe.interval,
      sweep: probe.sweep,
      broadcastsPerSecond: probe.broadcastsPerSecond,
      maxPerSecond: MAX_PROBES_PER_SECOND,
      steadyPerSecond: STEADY_PROBES_PER_SECOND,
      onRoundTrip: options.onRoundTrip,
      onSpared: ({ target, device, polled }) => {
        const link = this.#linkOfDevice.get(device);
        if (link) watcher.asked(target, link, options.clock.now(), polled);
      },
      onProbeFast: (vip, until) => this.serviceProber.probeFast(vip, until),
    });
    this.serviceProber = new ServiceProber({
      probing: probe.services,
      interval: probe.interval,
      secret: options.secret,
      vip: (address) => watcher.vip(address),
      ownerOn: (device, address) => {
        const link = this.#linkOfDevice.get(device);
        return link && watcher.answers.ownerOn(address, segmentName(link));
      },
    });
    this.#serviceGaps = new ServiceGaps({
      prober: this.serviceProber,
      deviceOf: (segment) => this.#deviceOf.get(segment.name),
      onMeasured: options.onMeasured,
    });
    this.#targets = new ProbeTargets(watcher);
  }

  /** Nothing is sent before. */
  through(capture: ProbeCapture): void {
    this.#capture = capture;
  }

  setIntent(intent: Intent, now: Micros): void {
    this.#intent = intent;
    this.#setTargets(now);
  }

  /** How often is asked, and whether services are, from now on. */
  setProbe({ services, ...paces }: ProbeSettings, now: Micros): void {
    const { interval } = paces;
    this.#interval = interval;
    this.prober.setPaces(paces, now);
    this.serviceProber.setProbing({ probing: services, interval });
    this.#adaptPatience();
  }

  /** Interfaces came, went or changed: at the next `tick` they are looked at. */
  interfacesChanged(): void {
    this.#addressesAt = 0;
  }

  /** Somebody else asked everybody for a VIP, a node or a free address of a pool. */
  heard(address: IpAddress, by: QuestionBy, at: Micros): void {
    this.prober.heard(address, by, at);
  }

  /** The watcher has nodes to ask at once. */
  askNodes(): void {
    this.#targetsAt = this.#targetsSetAt + TARGETS_EVERY;
  }

  serviceAnswered(answer: TcpAnswer): void {
    this.#send(this.serviceProber.answered(answer, answer.at));
  }

  observe(event: WatchEvent, now: Micros): void {
    if (event.type === 'takeover') this.#serviceGaps.takeover(event.takeover, now);
  }

  /** Whether this agent asks for a VIP, as it last looked: also for one that it announced itself, until it hears of its successor. */
  asks(vip: IpAddress): boolean {
    return this.#mine.has(vip);
  }

  /** Whether this agent is among the few that ask for an address, or nobody is. */
  asksFor(address: IpAddress): boolean {
    return this.#targets.asksFor(address);
  }

  /** Whether this agent is the one that does what one agent is to do on the network of an address. */
  isFirstFor(address: IpAddress): boolean {
    return this.#options.hasPeers ? this.#targets.isFirstFor(address) : true;
  }

  askersOf(address: IpAddress): string[] {
    return this.#targets.askersOf(address);
  }

  nextAt(): Micros {
    return Math.min(
      this.#addressesAt,
      this.#targetsAt,
      this.prober.nextAt(),
      this.serviceProber.nextAt(),
      this.#serviceGaps.nextAt(),
    );
  }

  tick(now: Micros): void {
    if (now >= this.#addressesAt) this.#lookAtAddresses(now);
    else if (now >= this.#targetsAt) this.#setTargets(now);
    this.#serviceGaps.tick(now);
    this.#ask(now);
    const unsent = this.#send(this.serviceProber.due(now));
    for (const { target } of unsent) this.serviceProber.notSent(target);
  }

  #ask(now: Micros): void {
    const { clock, watcher } = this.#options;
    for (const question of this.prober.due(now)) {
      const { target, device, frame, polled } = question;
      const link = this.#linkOfDevice.get(device);
      // Before it is sent: the answer may be there before the call returns.
      const askedAt = clock.now();
      if (link === undefined || this.#capture?.send(link, frame) !== 'sent') this.prober.notSent(question);
      else {
        watcher.asked(target, link, askedAt, polled);
        this.prober.sent(question);
      }
    }
    const { questionPause, nodesWait } = this.prober;
    if (questionPause === this.#questionPause && nodesWait === this.#nodesWait) return;
    this.#questionPause = questionPause;
    this.#nodesWait = nodesWait;
    watcher.setSettings({ questionPause, nodesAskedWithin: nodesAskedWithin(nodesWait) });
  }

  /** Returns what could not be sent. */
  #send(probes: readonly Probe[]): Probe[] {
    return probes.filter(({ device, frame }) => {
      const link = this.#linkOfDevice.get(device);
      return link === undefined || this.#capture?.send(link, frame) !== 'sent';
    });
  }

  #lookAtAddresses(now: Micros): void {
    const { watcher, onInterfaces } = this.#options;
    this.#addressesAt = now + LOOK_AT_ADDRESSES_EVERY;
    const captured = this.#capture?.captured() ?? [];
    this.#linkOfDevice = new Map(captured.map(({ info, link }) => [info.name, link]));
    this.#deviceOf = new Map(captured.map(({ info, link }) => [segmentName(link), info.name]));
    const sources = captured.flatMap((one) => sourceOf(one));
    this.prober.setSources(sources);
    this.serviceProber.setSources(sources);
    const all = this.#capture?.interfaces() ?? [];
    const ownAddresses = all.flatMap(({ addresses }) => addresses.map(({ ip }) => ip));
    this.#own = { ownAddresses, sources };
    watcher.setOwnInterfaces({
      addresses: ownAddresses,
      macs: all.flatMap(({ mac }) => mac ?? []),
      networks: sources.flatMap(({ device, addresses }) => {
        const link = this.#linkOfDevice.get(device);
        return link ? addresses.map(({ network }) => ({ ...network, segment: segmentName(link), link })) : [];
      }),
    });
    this.#setTargets(now);
    onInterfaces(all, captured);
  }

  #setTargets(now: Micros): void {
    this.#targetsAt = Number.POSITIVE_INFINITY;
    this.#targetsSetAt = now;
    if (this.#intent === null) return;
    const { hasPeers } = this.#options;
    const targets = this.#targets.of({ intent: this.#intent, hasPeers, ...this.#own }, now);
    this.prober.setTargets(targets, now);
    const before = this.#mine.size;
    this.#mine = new Set(targets.vips);
    this.serviceProber.setShare(this.#mine);
    if (this.#mine.size !== before) this.#adaptPatience();
  }

  #adaptPatience(): void {
    this.#options.watcher.setSettings(settingsFor(this.#interval, this.#mine.size));
  }
}

function sourceOf({ info: { name, mac, running, addresses }, link }: CapturedInterface): ProbeSource[] {
  if (mac === null || !running) return [];
  const networks = addresses.map(({ ip, prefixLength }) => ({
    ip,
    network: networkOf(ip, prefixLength),
  }));
  return [{ device: name, segment: segmentName(link), mac, addresses: networks }];
}
