// What a node's death would do, for people and for programs.
import type { Forecast, ForecastPart, ServiceForecast, VipForecast } from '../forecast.ts';
import type { TakeoverTime } from '../takeover-time.ts';

const MINUTE = 60;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `if w1 dies: 192.168.1.240 (traefik/traefik) moves to w2 in about 6 s; the service is back after about 12 min: …`. */
export function forecastText({ node, besides, ip, service, vip, behind }: Forecast): string {
  const who = node ?? (besides.length === 0 ? 'any node' : 'any other node');
  return `if ${who} dies: ${ip} (${service}) ${vipText(vip)}; ${serviceText(behind)}`;
}

function vipText(vip: VipForecast): string {
  switch (vip.kind) {
    case 'stays':
      return `stays with ${vip.announcer}`;
    case 'moves':
      return `moves to ${vip.to} in ${takeoverText(vip)}`;
    case 'never':
      return `moves nowhere: ${vip.why}`;
    case 'unknown':
      return `moves to an unknown node: ${vip.why}`;
    default:
      return vip satisfies never;
  }
}

/** `about 6 s (measured here: 5.8 s on Nov 3)`. */
export function takeoverText(time: TakeoverTime): string {
  return `about ${Math.round(time.seconds)} s (${measuredText(time)})`;
}

function measuredText({ seconds, measured, lastOn }: TakeoverTime): string {
  const length = `${Math.round(seconds * 10) / 10} s`;
  if (lastOn === null) return `usually ${length}; no agent has measured one here`;
  return `measured here: ${length}${measured === 1 ? '' : `, the median of ${measured}, the last`} on ${dayText(lastOn)}`;
}

/** @param day as `2026-11-03`. */
function dayText(day: string): string {
  const [, month, date] = day.split('-').map(Number);
  return `${MONTHS[month! - 1]} ${date}`;
}

function serviceText(behind: ServiceForecast): string {
  switch (behind.kind) {
    case 'stays':
      return 'the service behind it continues';
    case 'in-part':
      return `the service continues, except for ${shareText(behind.lost)} of new connections: ${partsText(behind.parts)}`;
    case 'away':
      return `the service is back after about ${lengthText(totalSeconds(behind.parts))}: ${partsText(behind.parts)}, then the start of its Pod`;
    case 'never':
      return `the service never comes back by itself: ${behind.why}`;
    case 'unknown':
      return `it is not known when the service is back: ${behind.why}`;
    default:
      return behind satisfies never;
  }
}

function totalSeconds(parts: readonly ForecastPart[]): number {
  return parts.reduce((sum, { seconds }) => sum + seconds, 0);
}

function partsText(parts: readonly ForecastPart[]): string {
  return parts.map(({ what, seconds }) => `${seconds} s ${what}`).join(', ');
}

function shareText(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function lengthText(seconds: number): string {
  return seconds < 2 * MINUTE ? `${seconds} s` : `${Math.round(seconds / MINUTE)} min`;
}

export function forecastJson(forecast: Forecast) {
  const { node, ip, service, vip, behind } = forecast;
  return {
    type: 'forecast',
    node,
    ip,
    service,
    vip: vip.kind,
    movesTo: vip.kind === 'moves' ? vip.to : null,
    movesAfterSeconds: vip.kind === 'moves' ? vip.seconds : null,
    measured: vip.kind === 'moves' ? vip.measured : 0,
    lastMeasuredOn: vip.kind === 'moves' ? vip.lastOn : null,
    behind: behind.kind,
    backAfterSeconds: behind.kind === 'away' ? totalSeconds(behind.parts) : null,
    parts: behind.kind === 'away' || behind.kind === 'in-part' ? behind.parts : [],
    message: forecastText(forecast),
  };
}
