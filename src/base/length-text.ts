// Lengths of time in milliseconds, for people. JSON has them as they were measured.

/** `850 ms`, `1.4 s`. */
export function lengthText(ms: number): string {
  const { number, unit } = partsOf(ms);
  return `${number} ${unit}`;
}

/** How long nobody answered, as far as it is known: `5.46 to 6.45 s`, `350 ms to 1.4 s`, `up to 6 s`, `1.4 s`. */
export function gapText(gapMs: number, uncertaintyMs: number): string {
  const least = partsOf(Math.max(0, gapMs - uncertaintyMs));
  const most = partsOf(gapMs);
  const words = `${most.number} ${most.unit}`;
  if (least.number === most.number && least.unit === most.unit) return words;
  if (least.number === 0) return `up to ${words}`;
  return `${least.number}${least.unit === most.unit ? '' : ` ${least.unit}`} to ${words}`;
}

function partsOf(ms: number): { readonly number: number; readonly unit: string } {
  const rounded = Math.round(ms);
  return rounded < 1000 ? { number: rounded, unit: 'ms' } : { number: Math.round(ms / 10) / 100, unit: 's' };
}
