// The histograms of takeovers' gaps. Takeovers are rare, and a series that began with the first one would hide it from
// `increase`: of every VIP that is asked for here there is one from 0 on, written only, since of most nothing is ever counted.
import { Counter, Histogram, Registry } from 'prom-client';
import { TAKEOVER_CLASSES, type TakeoverClass } from '../../watch/takeover/takeover.ts';
import type { WatchEvent } from '../../watch/view.ts';
import { histogramAtZero } from './exposition.ts';

export const TAKEOVER_GAP = 'vipwatch_takeover_gap_seconds';
const EDGES = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 5, 6, 8, 10, 15, 20, 30, 60, 300];
const AT_ZERO: readonly (readonly [TakeoverClass, (ip: string) => string])[] = TAKEOVER_CLASSES.map(
  (name) => [name, histogramAtZero(TAKEOVER_GAP, EDGES, 'ip', { class: name })],
);

export class TakeoverMetrics {
  /** The VIPs whose takeovers are counted here. */
  readonly #begun = new Set<string>();
  /** Address and class of those that were. */
  readonly #counted = new Set<string>();
  /** Of its own: its series that stand at 0 are to follow. */
  readonly registry = new Registry();
  readonly #gap: Histogram<'ip' | 'class'>;
  readonly #serviceGap: Histogram<'ip' | 'class'>;
  readonly #away: Counter<'ip' | 'class'>;

  /** @param registry for what is written like any other metric. */
  constructor(registry: Registry) {
    this.#gap = new Histogram({
      name: TAKEOVER_GAP,
      help: 'From the last frame of the old announcer to the first of the new one.',
      labelNames: ['ip', 'class'],
      buckets: EDGES,
      registers: [this.registry],
    });
    this.#serviceGap = new Histogram({
      name: 'vipwatch_service_gap_seconds',
      help: "From the service's last SYN-ACK before a takeover to the first one by the new announcer.",
      labelNames: ['ip', 'class'],
      buckets: EDGES,
      registers: [registry],
    });
    this.#away = new Counter({
      name: 'vipwatch_service_away_total',
      help: 'Takeovers after which the service did not come back while it was asked.',
      labelNames: ['ip', 'class'],
      registers: [registry],
    });
  }

  get begun(): ReadonlySet<string> {
    return this.#begun;
  }

  /** Takeovers of this VIP are counted here from now on. */
  begin(ip: string): void {
    this.#begun.add(ip);
  }

  /** Of a VIP that is withdrawn nothing is left. */
  forget(ip: string): void {
    this.#begun.delete(ip);
    for (const takeoverClass of TAKEOVER_CLASSES) {
      this.#counted.delete(`${ip} ${takeoverClass}`);
      this.#gap.remove({ ip, class: takeoverClass });
      this.#serviceGap.remove({ ip, class: takeoverClass });
      this.#away.remove({ ip, class: takeoverClass });
    }
  }

  observe(event: WatchEvent): void {
    if (event.type !== 'takeover' && event.type !== 'service-gap') return;
    const { ip, class: takeoverClass, gapMs, serviceGap } = event.takeover;
    const labels = { ip, class: takeoverClass };
    this.begin(ip);
    if (event.type === 'takeover') {
      this.#counted.add(`${ip} ${takeoverClass}`);
      this.#gap.observe(labels, gapMs / 1000);
    } else if (serviceGap?.open) {
      this.#away.inc(labels);
    } else if (serviceGap && serviceGap.gapMs !== null) {
      this.#serviceGap.observe(labels, serviceGap.gapMs / 1000);
    }
  }

  /** The gaps of takeovers, those that were counted first. */
  async *render(): AsyncGenerator<string> {
    // Both of the same moment: a takeover meanwhile must not leave out a series, nor write it twice.
    const atZero = [...this.#atZero()];
    const counted = this.registry.metrics();
    yield `${(await counted).trimEnd()}\n`;
    for (const [ip, seriesOf] of atZero) yield seriesOf(ip);
  }

  *#atZero(): Generator<readonly [ip: string, seriesOf: (ip: string) => string]> {
    for (const ip of this.#begun)
      for (const [takeoverClass, seriesOf] of AT_ZERO)
        if (!this.#counted.has(`${ip} ${takeoverClass}`)) yield [ip, seriesOf];
  }
}
