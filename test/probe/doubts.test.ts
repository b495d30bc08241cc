import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import { Doubts } from '../../src/probe/doubts.ts';
import { address, OTHER, THIRD } from './asking-lan.ts';

const [A, B, C, D] = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map(address);
const AT = 100 * SECOND;

/** Everybody is asked for each, so many milliseconds after the start. */
function noted(asked: readonly (readonly [typeof A, number])[], isAlarm = false) {
  const doubts = new Doubts();
  const news = asked.map(([one, ms]) => doubts.note(OTHER, one!, isAlarm, AT + ms * MILLISECOND));
  const is = (what: 'isDoubted' | 'isGone', ms: number) => doubts[what](OTHER, AT + ms * MILLISECOND);
  return { doubts, news, is };
}

describe('a machine is doubted', () => {
  it.each([
    ['two of its addresses within 100 ms', [A, 0], [B, 99], true],
    ['two that are further apart, as sweeps are', [A, 0], [B, 100], false],
    ['one of them again', [A, 0], [A, 50], false],
  ] as const)('where everybody is asked for %s', (_, one, other, isDoubted) => {
    expect(noted([one, other]).is('isDoubted', 100)).toBe(isDoubted);
  });

  it('and no other one', () => {
    const { doubts } = noted([[A, 0]]);
    doubts.note(THIRD, B!, false, AT + MILLISECOND);
    expect([OTHER, THIRD].map((mac) => doubts.isDoubted(mac, AT + MILLISECOND))).toEqual([false, false]);
  });

  it('for 250 ms, and by two alone not again before it answers', () => {
    const { doubts, is } = noted([
      [A, 0],
      [B, 10],
      [C, 240],
      [A, 300],
    ]);
    expect([is('isDoubted', 259), is('isDoubted', 260), is('isDoubted', 301)]).toEqual([true, false, false]);
    doubts.answered(OTHER, AT + SECOND);
    for (const one of [A, B]) doubts.note(OTHER, one!, false, AT + 2 * SECOND);
    expect(is('isDoubted', 2_001)).toBe(true);
  });

  it.each([
    [59, false],
    [60, true],
  ])('unless it has just answered this agent: %i ms before', (ms, isDoubted) => {
    const doubts = new Doubts();
    doubts.answered(OTHER, AT - ms * MILLISECOND);
    for (const one of [A, B]) doubts.note(OTHER, one!, false, AT);
    expect(doubts.isDoubted(OTHER, AT)).toBe(isDoubted);
  });
});

describe('a machine is gone, while something goes on', () => {
  it.each([
    [
      'four within 100 ms',
      [
        [A, 0],
        [B, 20],
        [C, 60],
        [D, 99],
      ],
      true,
    ],
    [
      'four in more',
      [
        [A, 0],
        [B, 20],
        [C, 60],
        [D, 100],
      ],
      false,
    ],
    [
      'three',
      [
        [A, 0],
        [B, 20],
        [C, 60],
      ],
      false,
    ],
    [
      'two that are both asked for again within 500 ms',
      [
        [A, 0],
        [B, 150],
        [A, 350],
        [B, 649],
      ],
      true,
    ],
    [
      'two, one of them later',
      [
        [A, 0],
        [B, 150],
        [A, 350],
        [B, 650],
      ],
      false,
    ],
    [
      'one that is pursued, and others once',
      [
        [A, 0],
        [A, 50],
        [B, 100],
        [A, 150],
        [C, 250],
      ],
      false,
    ],
  ] as const)('where everybody is asked for %s', (_, asked, isGone) => {
    const { news, is } = noted(asked, true);
    expect(is('isGone', asked.at(-1)![1])).toBe(isGone);
    expect(news.at(-1)).toBe(isGone);
    expect(noted(asked, false).is('isGone', asked.at(-1)![1])).toBe(false);
  });

  const MANY = [A, B, C, D].map((one) => [one, 0] as const);

  it.each([
    [999, true],
    [1000, false],
  ])('also where that began after %i ms', (ms, isGone) => {
    const { doubts } = noted(MANY);
    expect(doubts.note(OTHER, A!, true, AT + ms * MILLISECOND)).toBe(isGone);
  });

  it('for 2 s after each further question, told once, until it answers', () => {
    const { doubts, is } = noted(MANY, true);
    expect(doubts.note(OTHER, A!, true, AT + 1_999 * MILLISECOND)).toBe(false);
    expect([is('isGone', 3_998), is('isGone', 3_999)]).toEqual([true, false]);
    doubts.answered(OTHER, AT + 2_500 * MILLISECOND);
    expect([is('isGone', 2_501), is('isDoubted', 2_501)]).toEqual([false, false]);
  });
});
