// What a replay says of a capture as a whole.
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/base/time.ts';
import { Heard, spanText } from '../../src/cli/replay-summary.ts';
import type { CapturedFrame } from '../../src/net/frame.ts';

function frame(machine: number, at: number, length = 60): CapturedFrame {
  const bytes = new Uint8Array(length);
  if (length >= 12) new DataView(bytes.buffer).setUint32(8, machine);
  const link = { interface: 'lan', vlan: null };
  return { bytes, start: 0, end: length, wireLength: length, at, link, strippedVlan: null, outgoing: false };
}

describe('Heard', () => {
  it('counts machines by the source of their frames, and knows the earliest and the latest', () => {
    const heard = new Heard();
    for (const [machine, at] of [
      [1, 5],
      [2, 3],
      [1, 9],
      [0xffffffff, 7],
    ] as const)
      heard.frame(frame(machine, at * SECOND));
    heard.frame(frame(0, 8 * SECOND, 11));
    expect([heard.frames, heard.machines]).toEqual([5, 3]);
    expect(heard.span).toEqual({ from: '1970-01-01T00:00:03.000000Z', to: '1970-01-01T00:00:09.000000Z' });
  });

  it('counts no more than a hundred thousand', () => {
    const heard = new Heard();
    for (let i = 0; i < 100_001; i += 1) heard.frame(frame(i, 0));
    expect(heard.machines).toBe(100_000);
  });
});

it.each([
  [0.5 * SECOND, '0.5 s'],
  [59.9 * SECOND, '59.9 s'],
  [60 * SECOND, '1 min 0 s'],
  [3599 * SECOND, '59 min 59 s'],
  [60 * MINUTE, '1 h 0 min'],
  [24 * 60 * MINUTE - SECOND, '23 h 59 min'],
  [49 * 60 * MINUTE, '2 d 1 h'],
])('spanText(%i) is %s', (length, text) => {
  expect(spanText(length)).toBe(text);
});
