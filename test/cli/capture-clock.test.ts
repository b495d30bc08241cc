// The time of captures whose clock was set back, or that were joined.
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import { CaptureClock } from '../../src/cli/capture-clock.ts';

const START = 1_767_225_600 * SECOND;

/** Where each frame is on the watcher's clock, in seconds since the first. */
function followed(clock: CaptureClock, seconds: readonly number[]): number[] {
  const times = seconds.map((at) => clock.follow(START + at * SECOND));
  return times.map((time) => Math.round(((time - START) / SECOND) * 1000) / 1000);
}

describe('CaptureClock', () => {
  it('is that of the file while that runs forward, or a second back at most', () => {
    const clock = new CaptureClock();
    expect(followed(clock, [0, 1, 5000, 4999, 5001])).toEqual([0, 1, 5000, 4999, 5001]);
    expect(clock.stepsBack).toBeNull();
  });

  it('goes on from where it was when the file steps back by more than a second', () => {
    const clock = new CaptureClock();
    expect(followed(clock, [0, 10, 8.999, 9.499, 12.999])).toEqual([0, 10, 10, 10.5, 14]);
    expect(clock.stepsBack).toMatchObject({ count: 1, first: { frame: 3 } });
    expect(clock.stepsBack!.first.by / SECOND).toBeCloseTo(1.001);
    expect(clock.ahead / SECOND).toBeCloseTo(1.001);
  });

  it('never runs backwards where a capture was joined of several, the latest first', () => {
    const clock = new CaptureClock();
    expect(followed(clock, [7200, 7210, 3600, 3610, 0, 5])).toEqual([7200, 7210, 7210, 7220, 7220, 7225]);
    expect(clock.stepsBack).toMatchObject({ count: 2, first: { frame: 3, by: 3610 * SECOND } });
  });

  it('tells the times of the file, also of what came before a step', () => {
    const clock = new CaptureClock();
    const inFile = [0, 10, -86_400, -86_390, 500];
    const times = inFile.map((at) => clock.follow(START + at * SECOND));
    expect(times.map((time) => clock.inFile(time))).toEqual(inFile.map((at) => START + at * SECOND));
  });

  it('takes back a step that was of frames that came late', () => {
    const clock = new CaptureClock();
    expect(followed(clock, [0, 10, 5, 10.1, 11])).toEqual([0, 10, 10, 10.1, 11]);
    expect(clock.stepsBack).toBeNull();
    expect(clock.inFile(START + 11 * SECOND)).toBe(START + 11 * SECOND);
    // A tenth more or less than it stepped back, which was by 5 s.
    const after = (at: number) => followed(new CaptureClock(), [0, 10, 5, at])[3];
    expect([after(9.4), after(9.5), after(10.5), after(10.6)]).toEqual([14.4, 9.5, 10.5, 15.6]);
  });

  it('does not grow with a file that steps back with every frame', () => {
    const clock = new CaptureClock();
    for (let i = 10_000; i > 0; i -= 1) clock.follow(START + 2 * i * SECOND);
    expect(clock.stepsBack?.count).toBe(9999);
    const last = clock.follow(START + 2.5 * SECOND);
    expect(clock.inFile(last)).toBe(START + 2.5 * SECOND);
  });
});
