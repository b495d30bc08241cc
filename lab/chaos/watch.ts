// Looks at an agent all the while: memory, lost frames, how fast it answers, and findings that nothing accounts for.
import { setTimeout as pause } from 'node:timers/promises';
import { KINDS } from '../../src/watch/finding/kinds.ts';
import type { FindingJson } from '../api.ts';
import type { ChaosAgent } from './agent.ts';
import { isMadeUp } from './home.ts';

const LOOK_EVERY_MS = 1000;
const PAGE = 1000;
/** A flood, or a conflict that is played, accounts for them where a machine of its own is among the culprits. */
const BY_MACHINE = ['foreign-claim', 'lease-on-vip', 'node-address-conflict'];
/** What else floods of any kind may bring about. */
const BY_FLOOD = [
  ...['lease-in-pool', 'dhcp-range-overlaps-pool', 'dhcp-decline', 'rogue-dhcp-server', 'pool-address-taken'],
  ...['lease-conflict', 'proxy-arp', 'findings-refused'],
];

export class Watch {
  readonly agent: ChaosAgent;
  /** Deliberate: what is lost then is no fault of the agent's. */
  readonly #excused: () => boolean;
  /** Whether everybody was meant to be silent. */
  readonly #isSilence: (at: number) => boolean;
  readonly #seen = new Set<string>();
  readonly #falseOnes: string[] = [];
  readonly #answeredMs: number[] = [];
  readonly #counts = new Map<string, number>();
  #counting: number | undefined;
  #peak = { all: 0, anonymous: 0, at: 0 };
  #dropped = 0;
  #frames = 0;
  #unanswered = 0;
  #ended = false;

  constructor(agent: ChaosAgent, excused: () => boolean, isSilence: (at: number) => boolean) {
    this.agent = agent;
    this.#excused = excused;
    this.#isSilence = isSilence;
  }

  /** Bytes, and when. */
  get peak(): { readonly all: number; readonly anonymous: number; readonly at: number } {
    return this.#peak;
  }

  /** Outside of what is deliberate. */
  get dropped(): number {
    return this.#dropped;
  }

  get frames(): number {
    return this.#frames;
  }

  get falseOnes(): readonly string[] {
    return this.#falseOnes;
  }

  /** Of `/healthz`, outside of what is deliberate. Milliseconds. */
  get slowest(): { readonly p99: number; readonly unanswered: number } {
    const sorted = this.#answeredMs.toSorted((a, b) => a - b);
    return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN, unanswered: this.#unanswered };
  }

  /** Until {@link end}. */
  async run(): Promise<void> {
    for (let turn = 0; !this.#ended; turn += 1) {
      const resident = await this.agent.resident();
      if (resident && resident.all > this.#peak.all) this.#peak = { ...resident, at: Date.now() };
      await this.#health();
      await this.#frameCounts();
      if (turn % 3 === 0) await this.#unaccounted().catch(() => {});
      await pause(LOOK_EVERY_MS);
    }
  }

  end(): void {
    this.#ended = true;
  }

  /** Those whose culprits are all strangers to us. */
  async judgeMachines(): Promise<void> {
    for (const kind of BY_MACHINE)
      for (let next: string | null = ''; next !== null; ) {
        const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`;
        const page: { items: FindingJson[]; next: string | null } = await this.agent.api.json(
          `/api/v1/findings?state=all&kind=${kind}&limit=${PAGE}${cursor}`,
        );
        for (const finding of page.items) if (!finding.macs.some(isMadeUp)) this.#isFalse(finding);
        ({ next } = page);
      }
  }

  async #health(): Promise<void> {
    const isExcused = this.#excused();
    const begun = performance.now();
    const isAnswered = await this.agent.api.get('/healthz').then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isExcused || this.#excused()) return;
    if (isAnswered) this.#answeredMs.push(performance.now() - begun);
    else this.#unanswered += 1;
  }

  async #frameCounts(): Promise<void> {
    const isExcused = this.#excused();
    const pid = await this.agent.pid();
    const lines = await this.agent.api.metrics('vipwatch_frames_').catch(() => undefined);
    if (lines === undefined) return;
    if (pid !== this.#counting) this.#counts.clear();
    this.#counting = pid;
    const dropped = this.#growth('vipwatch_frames_dropped_total{', lines);
    this.#frames += this.#growth('vipwatch_frames_total{', lines);
    if (!isExcused && !this.#excused()) this.#dropped += dropped;
  }

  #growth(prefix: string, lines: readonly string[]): number {
    const now = lines
      .filter((line) => line.startsWith(prefix))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    const before = this.#counts.get(prefix) ?? 0;
    this.#counts.set(prefix, now);
    return Math.max(0, now - before);
  }

  /** Of kinds that no flood brings about. */
  async #unaccounted(): Promise<void> {
    const kinds = Object.keys(KINDS).filter((kind) => ![...BY_MACHINE, ...BY_FLOOD].includes(kind));
    const { items } = await this.agent.api.json<{ items: FindingJson[] }>(
      `/api/v1/findings?state=all&kind=${kinds.join(',')}&limit=${PAGE}`,
    );
    for (const finding of items) {
      if (this.#seen.has(finding.id)) continue;
      this.#seen.add(finding.id);
      if (finding.kind !== 'silent-vip' || !this.#isSilence(Date.now())) this.#isFalse(finding);
    }
  }

  #isFalse({ kind, ip, id, raisedAt, message }: FindingJson): void {
    this.#falseOnes.push(`${this.agent.name}: ${kind} ${ip} at ${raisedAt}: ${message} (${id})`);
  }
}
