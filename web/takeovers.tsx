// Failovers as bars on a logarithmic scale: how long nobody answered, how sure that is, and the service behind.
import { lengthText } from '../src/base/length-text.ts';
import type { Takeover } from './api.ts';
import { AddressLink, Section, Time } from './parts.tsx';
import { gap } from './words.ts';

const SHOWN = 20;
/** In milliseconds. */
const LEAST = 50;
const MOST = 300_000;
const WIDTH = 1_000;
const TICKS = [100, 1_000, 10_000, 60_000] as const;
const TICK_WORDS = ['0.1 s', '1 s', '10 s', '1 min'] as const;
/** By shape, not by colour alone. */
const SHAPES = { failover: '◆ failover', handover: '◇ handover', failback: '↩ failback' } as const;

export function Takeovers({
  takeovers,
  chosen,
}: {
  readonly takeovers: readonly Takeover[];
  readonly chosen: string | null;
}) {
  const listed = takeovers.slice(0, SHOWN);
  return (
    <Section id="takeovers" title="Failovers">
      {listed.length === 0 && (
        <p class="empty">
          No failover seen yet. <a href="#failover-test">Test one.</a>
        </p>
      )}
      {listed.length > 0 && <Scale />}
      {listed.map((takeover) => (
        <article
          key={`${takeover.at} ${takeover.ip} ${takeover.interface} ${takeover.vlan}`}
          class="takeover"
          id={`takeover-${takeover.at}`}
          aria-current={takeover.at === chosen || undefined}
        >
          <p class="row">
            <span class="badge">{SHAPES[takeover.class]}</span>
            <Time iso={takeover.at} />
            <AddressLink ip={takeover.ip} />
            <span>
              {takeover.from.node} to {takeover.to.node}
            </span>
            <b>
              {takeover.overlapMs > 0
                ? `both answered for ${lengthText(takeover.overlapMs)}`
                : gap(takeover.gapMs, takeover.uncertaintyMs)}
            </b>
            <span class="muted">{serviceWords(takeover)}</span>
            <a href={`#/takeovers/${encodeURIComponent(takeover.at)}`}>Permanent link</a>
          </p>
          <Bar takeover={takeover} />
        </article>
      ))}
    </Section>
  );
}

function x(milliseconds: number): number {
  const share = Math.log(Math.max(LEAST, Math.min(MOST, milliseconds)) / LEAST) / Math.log(MOST / LEAST);
  return Math.round(share * WIDTH);
}

function Scale() {
  return (
    <div class="scale" aria-hidden="true">
      {TICKS.map((tick, at) => (
        <span key={tick} style={{ left: `${(x(tick) / WIDTH) * 100}%` }}>
          {TICK_WORDS[at]}
        </span>
      ))}
    </div>
  );
}

function Bar({ takeover: { gapMs, uncertaintyMs, serviceGapMs, phases } }: { readonly takeover: Takeover }) {
  const spoken =
    `Without an answer ${gap(gapMs, uncertaintyMs)}` +
    (serviceGapMs === null ? '' : `; the service was away ${gap(serviceGapMs, 0)}`) +
    (phases.announcedMs === null ? '' : `; announced after ${gap(phases.announcedMs, 0)}`) +
    (phases.answeredMs === null ? '' : `; answered after ${gap(phases.answeredMs, 0)}`);
  const certain = x(gapMs - uncertaintyMs);
  return (
    <svg class="bar" viewBox={`0 0 ${WIDTH} 22`} preserveAspectRatio="none" role="img" aria-label={spoken}>
      <title>{spoken}</title>
      {TICKS.map((tick) => (
        <line key={tick} x1={x(tick)} x2={x(tick)} y1={0} y2={22} class="tick" />
      ))}
      <rect class="gap" x={0} y={2} width={Math.max(4, certain)} height={10} />
      <rect class="uncertain" x={certain} y={2} width={Math.max(0, x(gapMs) - certain)} height={10} />
      {serviceGapMs !== null && (
        <rect class="service" x={0} y={15} width={Math.max(4, x(serviceGapMs))} height={5} />
      )}
    </svg>
  );
}

function serviceWords({ serviceGapMs, serviceUncertaintyMs, serviceOpen, serviceNote }: Takeover): string {
  if (serviceGapMs === null) return serviceNote === null ? '' : `service: ${serviceNote}`;
  const length = gap(serviceGapMs, serviceUncertaintyMs ?? 0);
  return serviceOpen ? `service away for ${length}, and not back by then` : `service away ${length}`;
}
