import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '../../../src/base/time.ts';
import { type Mac, parseMac } from '../../../src/net/address.ts';
import { AddressLog } from '../../../src/watch/ledger/address-log.ts';
import { DEFAULT_SETTINGS } from '../../../src/watch/settings.ts';
import { type AnnouncerNews, AnnouncerTrack } from '../../../src/watch/takeover/announcer-track.ts';

const SEGMENT = { interface: 'eth0', vlan: null, name: 'eth0' };
const START = 1_000 * SECOND;
const MACS = {
  a: parseMac('02:00:00:00:00:0a')!,
  b: parseMac('02:00:00:00:00:0b')!,
  c: parseMac('02:00:00:00:00:0c')!,
};
const ASKER = parseMac('02:00:00:00:00:99')!;
type Node = keyof typeof MACS;

/** Plays claims `[node, milliseconds]`, lets time pass up to `until`, and returns what it made of them. */
function play(
  claims: readonly (readonly [Node, number])[],
  until: number | 'end of capture' = 60_000,
): AnnouncerNews[] {
  const log = new AddressLog();
  const nodeOf = (mac: Mac) => Object.entries(MACS).find(([, own]) => own === mac)?.[0];
  const track = new AnnouncerTrack({ segment: SEGMENT, settings: DEFAULT_SETTINGS, log, nodeOf });
  const news: AnnouncerNews[] = [];
  const settleUpTo = (at: number) => {
    for (let i = 0; i < 1000 && track.settlesAt <= at; i += 1) news.push(...track.settle(track.settlesAt));
  };
  for (const [node, ms] of claims) {
    const at = START + ms * MILLISECOND;
    settleUpTo(at);
    log.claimed({ kind: 'answered', who: MACS[node], to: ASKER, isOwn: false, isNode: true }, ASKER, at);
    news.push(...track.claim(node, at));
  }
  if (until === 'end of capture') news.push(...track.finish(START + claims.at(-1)![1] * MILLISECOND));
  else settleUpTo(START + until * MILLISECOND);
  return news;
}

function takeovers(news: readonly AnnouncerNews[]) {
  return news.flatMap((item) => (item.kind === 'takeover' ? [item.takeover] : []));
}

function summary(news: readonly AnnouncerNews[]) {
  return takeovers(news).map(
    ({ class: kind, from, to, gapMs, overlapMs }) =>
      `${kind} ${from.node}>${to.node} gap ${gapMs} overlap ${overlapMs}`,
  );
}

const every = (node: Node, from: number, to: number, step: number): [Node, number][] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => [node, from + i * step]);
const inOrder = (...runs: [Node, number][][]) => runs.flat().toSorted((x, y) => x[1] - y[1]);

describe('AnnouncerTrack', () => {
  const cases: { name: string; claims: [Node, number][]; expected: string[]; split: boolean }[] = [
    { name: 'one announcer all along', claims: every('a', 0, 20_000, 1000), expected: [], split: false },
    {
      name: 'a burst of announcements by the same node',
      claims: [...every('a', 0, 4400, 1100), ...every('a', 9000, 13_400, 1100)],
      expected: [],
      split: false,
    },
    {
      name: 'the old one falls silent, another begins',
      claims: inOrder(every('a', 0, 3000, 1000), every('b', 9250, 20_000, 1000)),
      expected: ['failover a>b gap 6250 overlap 0'],
      split: false,
    },
    {
      name: 'a graceful handover shows both for a moment',
      claims: inOrder(every('a', 0, 4500, 500), every('b', 4000, 20_000, 500)),
      expected: ['handover a>b gap 0 overlap 500'],
      split: false,
    },
    {
      name: 'the old one comes back within the window',
      claims: inOrder(
        every('a', 0, 2000, 1000),
        every('b', 8000, 20_000, 1000),
        every('a', 20_400, 40_000, 1000),
      ),
      expected: ['failover a>b gap 6000 overlap 0', 'failback b>a gap 400 overlap 0'],
      split: false,
    },
    {
      name: 'another node says it once and no more',
      claims: inOrder(every('a', 0, 30_000, 1000), [['b', 5500]]),
      expected: [],
      split: false,
    },
    {
      name: 'two nodes keep answering',
      claims: inOrder(every('a', 0, 30_000, 1000), every('b', 5500, 30_000, 1000)),
      expected: ['handover a>b gap 0 overlap 24500'],
      split: true,
    },
    {
      name: 'two failovers in a row before the first is settled',
      claims: inOrder(every('a', 0, 2000, 1000), [['b', 3000]], every('c', 5000, 20_000, 1000)),
      expected: ['failover a>b gap 1000 overlap 0', 'failover b>c gap 2000 overlap 0'],
      split: false,
    },
    {
      name: 'every node answers each question (IPVS without strictARP)',
      claims: inOrder(every('a', 0, 20_000, 1000), every('b', 1, 20_000, 1000), every('c', 2, 20_000, 1000)),
      expected: [],
      split: true,
    },
  ];
  for (const { name, claims, expected, split } of cases) {
    it(name, () => {
      const until = split ? 'end of capture' : 60_000;
      const news = play(claims, until);
      expect(summary(news)).toEqual(split ? [] : expected);
      expect(news.some((item) => item.kind === 'split-brain')).toBe(split);
    });
  }

  const rarely = (
    order: (question: number) => [Node, Node],
    times: number,
    pause: number,
  ): [Node, number][] =>
    Array.from({ length: times }, (_, i) =>
      order(i).map((node, j): [Node, number] => [node, i * pause + j]),
    ).flat();

  describe('where questions are rare', () => {
    it('tells two nodes that answer each of them, in any order, from a takeover', () => {
      for (const order of [
        (): [Node, Node] => ['a', 'b'],
        (i: number): [Node, Node] => (i % 2 ? ['a', 'b'] : ['b', 'a']),
      ]) {
        for (const pause of [10_000, 30_000]) {
          const news = play(rarely(order, 10, pause), 400_000);
          expect(summary(news)).toEqual([]);
          expect(news.some((item) => item.kind === 'split-brain')).toBe(true);
        }
      }
    });

    it('waits for the next question to see who of two kept the VIP', () => {
      expect(
        summary(
          play(
            [
              ['a', 0],
              ['a', 30_000],
              ['b', 30_002],
              ['b', 60_000],
              ['b', 90_000],
            ],
            120_000,
          ),
        ),
      ).toEqual(['failover a>b gap 2 overlap 0']);
      expect(
        summary(
          play(
            [
              ['a', 0],
              ['a', 30_000],
              ['b', 30_002],
              ['a', 60_000],
              ['a', 90_000],
            ],
            120_000,
          ),
        ),
      ).toEqual([]);
    });

    it('takes a handover, and a failback later, for no split brain', () => {
      const there: [Node, number][] = [
        ['a', 0],
        ['a', 30_000],
        ['b', 30_100],
        ['b', 31_200],
        ['b', 60_000],
      ];
      const back: [Node, number][] = [
        ['b', 90_000],
        ['a', 90_100],
        ['a', 91_200],
        ['a', 120_000],
      ];
      const news = play([...there, ...back], 200_000);
      expect(summary(news)).toEqual(['failover a>b gap 100 overlap 0', 'failback b>a gap 100 overlap 0']);
      expect(news.some((item) => item.kind === 'split-brain')).toBe(false);
    });
  });

  it('makes no takeover of a single stray answer at the end of a capture', () => {
    expect(summary(play(inOrder(every('a', 0, 5000, 1000), [['b', 6000]]), 'end of capture'))).toEqual([]);
  });

  it('names every node that answers in a split brain', () => {
    const claims = inOrder(every('a', 0, 9000, 1000), every('b', 1, 9000, 1000), every('c', 2, 9000, 1000));
    const split = play(claims).findLast((item) => item.kind === 'split-brain');
    expect(split).toMatchObject({ nodes: ['a', 'b', 'c'], macs: [MACS.a, MACS.b, MACS.c] });
  });

  it('reports the whole overlap once a split brain has healed', () => {
    const claims = inOrder(every('a', 0, 30_000, 1000), every('b', 5500, 60_000, 1000));
    expect(summary(play(claims, 70_000))).toEqual(['handover a>b gap 0 overlap 24500']);
  });

  it('says why it saw no takeover', () => {
    const reasons = play(inOrder(every('a', 0, 30_000, 1000), [['b', 5500]])).flatMap((item) =>
      item.kind === 'dismissed' ? [item.reason] : [],
    );
    expect(reasons).toEqual(['within-grace', 'did-not-hold']);
  });

  it('settles by the last answer where the capture ends in the middle', () => {
    expect(
      summary(play(inOrder(every('a', 0, 2000, 200), every('b', 5000, 6000, 200)), 'end of capture')),
    ).toEqual(['failover a>b gap 3000 overlap 0']);
    expect(summary(play(inOrder(every('a', 0, 7000, 200), [['b', 5100]]), 'end of capture'))).toEqual([]);
  });
});
