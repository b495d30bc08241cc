// Times in text for people: on a terminal those of its own clock, with how far that is from UTC; elsewhere UTC.

/** Turns a time of an event (ISO 8601, UTC) into text. */
export type TimeText = (iso: string) => string;

/** `2026-11-22 16:42:59.546784Z`. */
export const utcText: TimeText = (iso) => iso.replace('T', ' ');

/** `2026-11-22 17:42:59.546784+01:00`: with the digits that the event has. */
export const localText: TimeText = (iso) => {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return utcText(iso);
  const east = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + east * 60_000).toISOString();
  const fraction = /\.\d+/.exec(iso)?.[0] ?? '';
  return `${local.slice(0, 19).replace('T', ' ')}${fraction}${offsetText(east)}`;
};

/** @param east minutes. */
function offsetText(east: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const minutes = Math.abs(east);
  return `${east < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** To the second, where more would be in the way. */
export function toSecond(text: string): string {
  return text.replace(/\.\d+/, '');
}
