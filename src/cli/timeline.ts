// A failover test drawn in text: who answered until when, and when the next one announced, answered and served.
import { parseDuration } from '../base/duration.ts';
import { lengthText } from '../base/length-text.ts';
import { MILLISECOND } from '../base/time.ts';
import type { LegMeasurement } from '../failover/failover-test.ts';
import type { FailoverTestJson } from '../serve/render/render.ts';

interface Row {
  readonly label: string;
  /** From the last answer of the old announcer; null: not seen. */
  readonly ms: number | null;
  /** What stands in place of a length that was not seen. */
  readonly note: string;
}

interface Seen {
  readonly node: string;
  readonly interface: string;
  readonly leg: LegMeasurement;
}

const INDENT = '  ';
/** Of the column with the lengths, and the room around it. */
const LENGTH_WIDTH = 10;
const MIN_BAR = 20;
const MAX_WIDTH = 100;

/**
 * Every leg as each vantage point saw it, the worst first; all on one scale, on which `┊` is the longest gap that passes.
 * Empty where nothing was measured.
 *
 * @param columns of the terminal.
 */
export function drawTimeline(test: FailoverTestJson, columns: number): string {
  const seen = test.vantagePoints.flatMap(({ node, interface: name, legs }) =>
    legs.map((leg): Seen => ({ node, interface: name, leg })),
  );
  if (seen.length === 0) return '';
  const limit = (parseDuration(test.maxGap) ?? 0) / MILLISECOND;
  const rows = seen.flatMap(({ leg }) => rowsOf(leg));
  const longest = Math.max(limit, 1, ...rows.map(({ ms }) => ms ?? 0));
  const labelWidth = Math.max(...rows.map(({ label }) => label.length));
  const room = Math.min(columns, MAX_WIDTH) - INDENT.length - labelWidth - LENGTH_WIDTH - 4;
  const width = Math.max(MIN_BAR, room);
  const column = (ms: number) => Math.round((ms / longest) * (width - 1));
  const legs = (['failover', 'failback'] as const).flatMap((kind) => {
    const ofKind = seen.filter(({ leg }) => leg.leg === kind).toSorted((a, b) => worse(b) - worse(a));
    return ofKind.map((one, i) => {
      const worst = ofKind.length > 1 && i === 0 ? ', the worst of all' : '';
      const { from, to } = one.leg;
      const head = `${kind}: ${from} to ${to}, seen by ${one.node} on ${one.interface}${worst}\n`;
      const lines = rowsOf(one.leg).map(
        ({ label, ms, note }) =>
          `${INDENT}${label.padEnd(labelWidth)} ${bar(ms, column, column(limit), width)} ${ms === null ? note : lengthText(ms)}\n`,
      );
      return `${head}${lines.join('')}${INDENT}${summaryOf(one.leg)}\n`;
    });
  });
  return `${legs.join('\n')}\n${INDENT}┊ ${lengthText(limit)}: the longest gap that passes\n`;
}

function rowsOf({ from, phases, serviceNote }: LegMeasurement): readonly Row[] {
  const { announcedMs, answeredMs, servedMs } = phases;
  return [
    { label: `${from} answered last`, ms: 0, note: '' },
    { label: 'announced', ms: announcedMs, note: 'not seen' },
    { label: 'answered', ms: answeredMs, note: 'not seen' },
    { label: 'served', ms: servedMs, note: serviceNote ?? 'not seen' },
  ];
}

function bar(ms: number | null, column: (ms: number) => number, limit: number, width: number): string {
  const end = ms === null ? -1 : column(ms);
  const cells = Array.from({ length: width }, (_, i) =>
    i === end ? '●' : i < end ? '─' : i === limit ? '┊' : ' ',
  );
  return `│${cells.join('')}│`;
}

function worse({ leg }: Seen): number {
  return Math.max(leg.gapMs, leg.serviceGapMs ?? 0);
}

function summaryOf({ gapMs, uncertaintyMs, overlapMs, serviceGapMs, serviceOpen }: LegMeasurement): string {
  const gap =
    overlapMs > 0
      ? `no gap: both answered for ${lengthText(overlapMs)}`
      : `gap ${lengthText(gapMs)}${uncertaintyMs > 0 ? `, ${lengthText(Math.max(0, gapMs - uncertaintyMs))} at least` : ''}`;
  if (serviceGapMs === null) return gap;
  return `${gap}; service gap ${lengthText(serviceGapMs)}${serviceOpen ? ' and more: not back yet' : ''}`;
}
