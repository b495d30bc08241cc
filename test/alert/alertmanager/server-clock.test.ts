// By whose clock times are told. No clock: this process's timeline and the answers are given.
import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../../src/alert/alertmanager/server-clock.ts';
import { MILLISECOND, SECOND } from '../../../src/base/time.ts';
import { NOON } from '../../serve/sample.ts';

const NOW = 1_000 * SECOND;
/** This node's clock shows noon at `NOW`. */
const OWN = NOON - NOW;

/** What a server whose clock is `ahead` of the timeline answers halfway between, in whole seconds as HTTP has it. */
function answer(ahead: number, askedAt = NOW, took = 2 * MILLISECOND) {
  const date = Math.floor((askedAt + took / 2 + ahead) / SECOND) * SECOND;
  return { date, askedAt, cameAt: askedAt + took };
}

describe('the time of whoever is told', () => {
  it("is this node's, to the microsecond, where the answer may have been made by the same clock", () => {
    for (let at = NOW; at < NOW + 2 * SECOND; at += 100 * MILLISECOND)
      expect(new ServerClock().learn('a', answer(OWN, at), OWN)).toBe(OWN);
  });

  it.each([-0.9, -0.1, 0.1, 0.9])("is this node's where the clocks are %d s apart", (seconds) => {
    for (let at = NOW; at < NOW + 2 * SECOND; at += 100 * MILLISECOND)
      expect(new ServerClock().learn('a', answer(OWN + seconds * SECOND, at), OWN)).toBe(OWN);
  });

  it.each([-200_000_000, -180, -2.1, 2.1, 180])('is its own where the clocks are %d s apart', (seconds) => {
    for (let at = NOW; at < NOW + 2 * SECOND; at += 100 * MILLISECOND) {
      const ahead = new ServerClock().learn('a', answer(OWN + seconds * SECOND, at), OWN);
      expect(Math.abs(ahead - OWN - seconds * SECOND)).toBeLessThanOrEqual(SECOND);
    }
  });

  it('says no more than an answer that took long can', () => {
    const late = answer(OWN, NOW, 8 * SECOND);
    expect(new ServerClock().learn('a', late, OWN - 4 * SECOND)).toBe(OWN - 4 * SECOND);
    const corrected = new ServerClock().learn('a', late, OWN - 180 * SECOND);
    expect(Math.abs(corrected - OWN)).toBeLessThanOrEqual(4.5 * SECOND);
  });

  it('is the very same for all whose clocks agree, whoever answers first and however long it takes', () => {
    const time = new ServerClock();
    const slow = OWN - 180 * SECOND;
    const first = time.learn('a', answer(OWN), slow);
    for (const [who, took] of [
      ['b', 900 * MILLISECOND],
      ['a', 20 * MILLISECOND],
      ['c', 5 * SECOND],
      ['b', MILLISECOND],
    ] as const)
      for (let at = NOW + SECOND; at < NOW + 3 * SECOND; at += 130 * MILLISECOND)
        expect(time.learn(who, answer(OWN, at, took), slow)).toBe(first);
  });

  it('is soon the same for all where only some answers show that this node is wrong', () => {
    const time = new ServerClock();
    const off = OWN - 1.5 * SECOND;
    const [early, late] = [NOW + 0.1 * SECOND, NOW + 0.9 * SECOND];
    expect(time.learn('a', answer(OWN, late), off)).toBe(off);
    const corrected = time.learn('b', answer(OWN, early), off);
    expect(Math.abs(corrected - OWN)).toBeLessThan(SECOND);
    for (let beat = 30 * SECOND; beat < 120 * SECOND; beat += 30 * SECOND)
      for (const [who, at] of [
        ['a', late],
        ['b', early],
      ] as const)
        expect(time.learn(who, answer(OWN, at + beat), off)).toBe(corrected);
  });

  it('stays what it was where this node learns the right time', () => {
    const time = new ServerClock();
    const before = time.learn('a', answer(OWN), OWN - 180 * SECOND);
    expect(time.learn('a', answer(OWN, NOW + 30 * SECOND), OWN)).toBe(before);
  });

  it('is another one where theirs is set, and again the same for all', () => {
    const time = new ServerClock();
    for (const who of ['a', 'b']) time.learn(who, answer(OWN), OWN);
    const set = OWN + 3_600 * SECOND;
    const later = time.learn('b', answer(set, NOW + 30 * SECOND), OWN);
    expect(Math.abs(later - set)).toBeLessThan(SECOND);
    expect(time.learn('a', answer(set, NOW + 31 * SECOND), OWN)).toBe(later);
    // And back: this node's clock fits as before.
    for (const who of ['a', 'b']) expect(time.learn(who, answer(OWN, NOW + 60 * SECOND), OWN)).toBe(OWN);
  });

  it("is each one's own where they do not agree", () => {
    const time = new ServerClock();
    for (let at = NOW; at < NOW + 90 * SECOND; at += 30 * SECOND) {
      expect(time.learn('right', answer(OWN, at), OWN)).toBe(OWN);
      const fast = time.learn('fast', answer(OWN + 180 * SECOND, at), OWN);
      expect(Math.abs(fast - OWN - 180 * SECOND)).toBeLessThan(SECOND);
    }
  });
});
