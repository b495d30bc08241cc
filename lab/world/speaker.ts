// MetalLB's speaker on one node: elects by hash among those it takes for alive, announces in bursts, answers. What it puts on the
// wire is that of the lab's announcer; test/cluster/metallb/metallb.test.ts holds that against the real one.
import { ARP_REQUEST } from '../../src/arp/packet.ts';
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import { elect } from '../../src/cluster/metallb/election.ts';
import type { IpAddress, Ipv4 } from '../../src/net/address.ts';
import { Bursts } from '../gratuitous-bursts.ts';
import { answerTo, gratuitousRound, type SpeakerInterface } from '../metallb-speaker.ts';
import type { Frame } from './frame.ts';
import type { Card, Host, Listener } from './host.ts';
import type { Member, Memberlist } from './memberlist.ts';
import type { SpeakerConfig } from './services.ts';
import type { Surroundings } from './surroundings.ts';

interface SpeakerOptions {
  readonly world: Surroundings;
  readonly host: Host;
  readonly memberlist: Memberlist;
  /** What the API holds at that moment. */
  readonly config: () => SpeakerConfig;
  /** It announces others than before, or none. */
  readonly onChange: (vip: Ipv4, announces: boolean) => void;
  /** Its process came or went. */
  readonly onState: (running: boolean) => void;
}

const ANSWER_DELAY = [150, 400] as const;
const SYNC_TAKES = [2 * MILLISECOND, 20 * MILLISECOND] as const;
const API_TAKES = [5 * MILLISECOND, 80 * MILLISECOND] as const;
/** Frames that its socket keeps while it is stopped. */
const BACKLOG = 270;
/** Between SIGTERM and the end of its process: it leaves its peers first, and answers until then. */
const SAYS_GOOD_BYE_AFTER = [400 * MILLISECOND, 600 * MILLISECOND] as const;
const ENDS_AFTER = [140 * MILLISECOND, 220 * MILLISECOND] as const;

export class Speaker implements Member, Listener {
  readonly name: string;
  readonly #options: SpeakerOptions;
  readonly #announced = new Set<Ipv4>();
  readonly #bursts: Bursts;
  readonly #backlog: { readonly frame: Frame; readonly card: Card }[] = [];
  #state: 'down' | 'running' | 'leaving' | 'stopped' = 'down';
  #config: SpeakerConfig = { services: [], excluded: new Set() };
  #life = 0;
  /** Cannot talk to the others, as behind a firewall that closes its port. */
  silenced = false;
  /** False: what the API holds reaches it no more. */
  heedsApi = true;
  /** It hears no ARP, while its host does: MetalLB announces on all the same. */
  mute = false;

  constructor(options: SpeakerOptions) {
    this.#options = options;
    this.name = options.host.name;
    const { queue } = options.world;
    this.#bursts = new Bursts({
      now: () => queue.now,
      wait: (callBack, time) => {
        const timer = queue.after(time, callBack);
        return () => timer.cancel();
      },
      round: (vip) => this.#round(vip),
    });
    options.host.listeners.add(this);
    options.memberlist.add(this);
  }

  get alive(): boolean {
    return this.#options.host.powered && (this.#state === 'running' || this.#state === 'leaving');
  }

  get announced(): ReadonlySet<Ipv4> {
    return this.#announced;
  }

  /** Whether a question that reaches the host is answered. */
  get answers(): boolean {
    return this.alive && !this.mute && this.#options.host.cards.some(({ running }) => running);
  }

  reaches(other: Member): boolean {
    if (!(other instanceof Speaker) || this.silenced || other.silenced) return false;
    const here = this.#options.host.card;
    const there = other.#options.host.card;
    return here.running && there.running && here.wiring.ports[0]!.side === there.wiring.ports[0]!.side;
  }

  /** @param settled it has run for long, and knows all. */
  start(settled = false): void {
    const { config, memberlist, onState, world, host } = this.#options;
    if (this.#state !== 'down' || !host.powered) return;
    this.#life += 1;
    this.#state = 'running';
    this.#config = config();
    onState(true);
    if (settled) return this.#syncSoon();
    memberlist.started(this.name);
    // Alone, it has nobody to wait for.
    const life = this.#life;
    world.queue.after(SECOND, () => {
      if (life === this.#life && memberlist.viewOf(this.name).size === 1) this.#sync();
    });
  }

  /** SIGKILL, or the machine is gone. */
  kill(): void {
    if (this.#state === 'down') return;
    this.#end();
    this.#options.memberlist.changed();
  }

  /** SIGTERM: it manages nothing from now on, leaves, and answers until its process ends. */
  terminate(): void {
    if (this.#state !== 'running') return;
    const { world, host, memberlist } = this.#options;
    const life = this.#life;
    this.#state = 'leaving';
    world.queue.after(host.random.between(...SAYS_GOOD_BYE_AFTER), () => {
      if (life !== this.#life) return;
      memberlist.left(this.name);
      world.queue.after(host.random.between(...ENDS_AFTER), () => {
        if (life === this.#life) this.#end();
      });
    });
  }

  /** SIGSTOP. */
  stop(): void {
    if (this.#state !== 'running') return;
    this.#state = 'stopped';
    this.#tell();
    this.#options.memberlist.changed();
  }

  /** SIGCONT: it never knew. What was asked meanwhile is answered. */
  resume(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    this.#tell();
    for (const { frame, card } of this.#backlog.splice(0)) this.#answer(frame, card);
    this.#options.memberlist.resumed(this.name);
  }

  viewChanged(): void {
    if (this.#state === 'running') this.#syncSoon();
  }

  /** The API holds something else; a speaker hears of it a little later. */
  configChanged(): void {
    if (!this.heedsApi) return;
    const { world, host, config } = this.#options;
    const life = this.#life;
    world.queue.after(host.random.between(...API_TAKES), () => {
      if (life !== this.#life || this.#state !== 'running') return;
      this.#config = config();
      this.#sync();
    });
  }

  frame(frame: Frame, card: Card): void {
    if (frame.arp?.operation !== ARP_REQUEST || this.mute) return;
    if (this.#state === 'stopped') {
      if (this.#backlog.length < BACKLOG) this.#backlog.push({ frame, card });
    } else if (this.#state !== 'down') this.#answer(frame, card);
  }

  #answer(frame: Frame, card: Card): void {
    if (!frame.arp || !this.#announced.has(frame.arp.targetIp)) return;
    const { world, host } = this.#options;
    const own = interfaceOf(card);
    const announces = (ip: string) => this.#announced.has(ip as Ipv4);
    const reply = answerTo(frame.bytes, 0, frame.bytes.length, own, announces);
    if (!reply) return;
    const life = this.#life;
    world.queue.after(host.random.between(...ANSWER_DELAY), () => {
      if (life === this.#life) host.send(card, reply.frame, this);
    });
  }

  #syncSoon(): void {
    const { world, host } = this.#options;
    const life = this.#life;
    world.queue.after(host.random.between(...SYNC_TAKES), () => {
      if (life === this.#life && this.#state === 'running') this.#sync();
    });
  }

  /** Announces anew whatever it owns, as MetalLB does at every change. */
  #sync(): void {
    const { memberlist } = this.#options;
    const { services, excluded } = this.#config;
    const members = [...memberlist.viewOf(this.name)].filter((name) => !excluded.has(name));
    const owned = new Set<Ipv4>();
    for (const { ip, policy, endpoints } of services) {
      const candidates = policy === 'Local' ? members.filter((name) => endpoints.includes(name)) : members;
      const ranked = endpoints.length === 0 ? [] : candidates.map((name) => [name, 0] as const);
      if (elect(ranked, ip) === this.name) owned.add(ip);
    }
    for (const vip of [...this.#announced]) {
      if (owned.has(vip)) continue;
      this.#announced.delete(vip);
      this.#options.onChange(vip, false);
    }
    for (const vip of owned) this.#announce(vip);
  }

  #announce(vip: Ipv4): void {
    const isNew = !this.#announced.has(vip);
    this.#announced.add(vip);
    if (isNew) this.#options.onChange(vip, true);
    this.#bursts.begin(vip);
  }

  #round(vip: IpAddress): void {
    const { host } = this.#options;
    if (this.#state === 'stopped' || !this.#announced.has(vip as Ipv4)) return;
    for (const card of host.cards) {
      for (const bytes of gratuitousRound(vip, interfaceOf(card))) host.send(card, bytes, this);
    }
  }

  #tell(): void {
    for (const vip of this.#announced) this.#options.onChange(vip, true);
  }

  #end(): void {
    this.#life += 1;
    this.#state = 'down';
    this.#bursts.stop();
    this.#backlog.length = 0;
    for (const vip of [...this.#announced]) {
      this.#announced.delete(vip);
      this.#options.onChange(vip, false);
    }
    this.#options.onState(false);
  }
}

/** IPv4 alone: nobody here speaks NDP. */
function interfaceOf({ mac }: Card): SpeakerInterface {
  return { mac, linkLocal: null };
}
