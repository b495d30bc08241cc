// Times and lengths of time as numbers that say their unit, and ISO 8601.
declare const unit: unique symbol;
/** A number that says what it counts: one of another unit does not compile in its place. What is computed says nothing. */
type Counted<Unit extends string> = number & { readonly [unit]?: Unit };

/**
 * Microseconds since the Unix epoch, as frames carry them (a kernel or capture timestamp), or a length of time. A safe
 * integer until the year 2255. The core compares and subtracts these; only the edges read a clock.
 */
export type Micros = Counted<'microseconds'>;
/** As JSON, the API's objects and timers give lengths and points of time. */
export type Millis = Counted<'milliseconds'>;
/** As DHCP and Prometheus give lengths of time. */
export type Seconds = Counted<'seconds'>;

export const MILLISECOND: Micros = 1_000;
export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;

/** ISO 8601 in UTC with six fractional digits, e.g. `2026-03-01T16:42:58.846845Z`. */
export function toIso(at: Micros): string {
  const whole = Math.floor(at);
  const millis = Math.floor(whole / 1000);
  const micros = whole - millis * 1000;
  return `${new Date(millis).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

/** Turns a time of the core into ISO 8601 text; a live clock that was set meanwhile corrects it here. */
export type IsoTime = (at: Micros) => string;

/** Undefined for anything but ISO 8601 with date, time and zone: a time without its zone means something else elsewhere. */
export function parseIso(text: string): Micros | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const millis = Date.parse(text);
  return Number.isNaN(millis) ? undefined : millis * MILLISECOND;
}
