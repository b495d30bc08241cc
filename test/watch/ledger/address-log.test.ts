// The log against a plain list of all that happened: whatever is read from its runs must be what the list says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '../../../src/base/time.ts';
import { type Mac, parseMac } from '../../../src/net/address.ts';
import { AddressLog } from '../../../src/watch/ledger/address-log.ts';
import { isAnnouncedHere } from '../../../src/watch/ledger/held-here.ts';
import { outagesSince } from '../../../src/watch/ledger/outages.ts';
import { ownerForClients } from '../../../src/watch/ledger/owner.ts';
import {
  aloneAt,
  firstMissedBy,
  lastAnswer,
  lastClaim,
  missedBetween,
  rivalry,
  unansweredSince,
} from '../../../src/watch/ledger/reading.ts';

const mac = (last: number): Mac => parseMac(`02:00:00:00:00:${last.toString(16).padStart(2, '0')}`)!;
const ASKER = mac(0x99);
const OTHER_ASKER = mac(0x98);
const A = mac(0x0a);
const B = mac(0x0b);
const START = 1_000 * SECOND;

class Log {
  readonly log = new AddressLog();
  at(ms: number) {
    return START + ms * MILLISECOND;
  }
  ask(ms: number, who = ASKER): this {
    this.log.asked(who, true, this.at(ms));
    return this;
  }
  /** Asks one machine alone. */
  poll(ms: number, polled: Mac, who = ASKER): this {
    this.log.asked(who, true, this.at(ms), polled);
    return this;
  }
  answer(ms: number, who: Mac, to = ASKER, isNode = true): this {
    this.log.claimed({ kind: 'answered', who, to, isOwn: false, isNode }, to, this.at(ms));
    return this;
  }
  announce(ms: number, who: Mac, { isOwn = false, isNode = true } = {}): this {
    this.log.claimed({ kind: 'announced', who, to: null, isOwn, isNode }, null, this.at(ms));
    return this;
  }
}

const is = (one: Mac) => (other: Mac) => one === other;

describe('the log of an address', () => {
  it('makes few runs of a steady announcer that two ask', () => {
    const log = new Log();
    for (let s = 0; s < 1000; s += 1)
      log
        .ask(s * 1000)
        .answer(s * 1000 + 1, A)
        .ask(s * 1000 + 500, OTHER_ASKER)
        .answer(s * 1000 + 501, A, OTHER_ASKER);
    expect(log.log.runs.length).toBeLessThanOrEqual(4);
  });

  it('keeps the questions that were missed apart from those that were answered, to the microsecond', () => {
    const log = new Log();
    for (let s = 0; s < 5; s += 1) log.ask(s * 1000).answer(s * 1000 + 1, A);
    for (let ms = 5000; ms < 11_000; ms += 50) log.ask(ms);
    log.announce(11_020, B).ask(11_050).answer(11_051, B).ask(11_100).answer(11_101, B);
    expect(missedBetween(log.log, log.at(4001), log.at(11_020), is(B))).toEqual({
      first: log.at(5000),
      last: log.at(10_950),
      count: 120,
    });
    expect(unansweredSince(log.log, lastAnswer(log.log))).toBeNull();
  });

  it('keeps them apart where a stranger answers all the while', () => {
    const log = new Log();
    for (let s = 0; s < 5; s += 1)
      log
        .ask(s * 1000)
        .answer(s * 1000 + 1, A)
        .answer(s * 1000 + 2, OTHER_ASKER, ASKER, false);
    for (let s = 5; s < 11; s += 1) log.ask(s * 1000).answer(s * 1000 + 2, OTHER_ASKER, ASKER, false);
    log.announce(10_500, B);
    for (let s = 11; s < 15; s += 1)
      log
        .ask(s * 1000)
        .answer(s * 1000 + 1, B)
        .answer(s * 1000 + 2, OTHER_ASKER, ASKER, false);
    expect(missedBetween(log.log, log.at(4001), log.at(10_500), is(B))).toMatchObject({
      first: log.at(5000),
      last: log.at(10_000),
    });
  });

  it('takes an answer that is read late for one to the question before it', () => {
    const log = new Log().ask(0).ask(1000).ask(2000).answer(1500, A);
    expect(unansweredSince(log.log, lastAnswer(log.log))).toMatchObject({ first: log.at(2000), count: 1 });
  });

  it('tells two that answer each question from two that answer in turn', () => {
    const nodeOf = (one: Mac) => (one === A ? 'a' : one === B ? 'b' : undefined);
    const each = new Log();
    const inTurn = new Log();
    for (let s = 0; s < 600; s += 30) {
      each
        .ask(s * 1000)
        .answer(s * 1000 + 1, s % 60 ? A : B)
        .answer(s * 1000 + 2, s % 60 ? B : A);
      inTurn.ask(s * 1000).answer(s * 1000 + 1, s % 60 ? A : B);
    }
    expect(rivalry(each.log, nodeOf, each.at(600_000))).toMatchObject({
      first: each.at(0),
      last: each.at(570_000),
    });
    expect(rivalry(inTurn.log, nodeOf, inTurn.at(600_000))).toBeNull();
    each.ask(600_000).answer(600_001, A).ask(630_000);
    expect(rivalry(each.log, nodeOf, each.at(600_000))).toBeNull();
  });

  it('holds that this node announces until a question to it stays open, or a node claims the address', () => {
    const own = () => new Log().announce(0, A, { isOwn: true });
    expect(isAnnouncedHere(own().log)).toBe(true);
    expect(isAnnouncedHere(own().ask(1000).ask(4000).log)).toBe(true);
    expect(isAnnouncedHere(own().ask(1000).ask(4001).log)).toBe(false);
    expect(isAnnouncedHere(own().answer(400, B).log)).toBe(true);
    expect(isAnnouncedHere(own().answer(600, B).log)).toBe(false);
    expect(isAnnouncedHere(own().announce(1, B).log)).toBe(false);
    expect(isAnnouncedHere(own().announce(1, B, { isNode: false }).log)).toBe(true);
  });

  it('is bounded, and never forgets a node for strangers or askers', () => {
    const log = new Log().ask(0).answer(1, A).announce(2, A);
    for (let i = 0; i < 200; i += 1) {
      const stranger = parseMac(`02:00:00:00:01:${i.toString(16).padStart(2, '0')}`)!;
      log
        .announce(10 + i, stranger, { isNode: false })
        .ask(10 + i, stranger)
        .answer(10 + i, stranger, ASKER, false);
    }
    expect(log.log.runs.length).toBeLessThanOrEqual(64);
    expect(lastClaim(log.log, is(A))?.last).toBe(log.at(2));
  });

  it('knows when the latest question was answered first', () => {
    const log = new Log().ask(0).answer(2, A).answer(3, B).ask(1000);
    expect(log.log.runs.findLast((run) => run.kind === 'asked')).toMatchObject({ answeredAt: null });
    log.answer(1004, B);
    expect(log.log.runs.findLast((run) => run.kind === 'asked')).toMatchObject({ answeredAt: log.at(1004) });
  });

  it('reads what a plain list of the same says', () => {
    const step = fc.record({
      wait: fc.integer({ min: 1, max: 2000 }),
      what: fc.constantFrom('ask', 'answer', 'announce'),
      who: fc.constantFrom(A, B),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const log = new Log();
        const list: { at: number; what: string; who: Mac }[] = [];
        let ms = 0;
        for (const { wait, what, who } of steps) {
          ms += wait;
          list.push({ at: log.at(ms), what, who });
          if (what === 'ask') log.ask(ms);
          else if (what === 'answer') log.answer(ms, who);
          else log.announce(ms, who);
        }
        const answers = list.filter(({ what }) => what === 'answer').map(({ at }) => at);
        const answered = answers.at(-1) ?? Number.NEGATIVE_INFINITY;
        expect(lastAnswer(log.log)).toBe(answered);
        const open = list.filter(({ what, at }) => what === 'ask' && at > answered).map(({ at }) => at);
        expect(unansweredSince(log.log, answered)).toEqual(
          open.length === 0 ? null : { first: open[0], last: open.at(-1), count: open.length },
        );
        for (const who of [A, B]) {
          const claims = list.filter((one) => one.what !== 'ask' && one.who === who).map(({ at }) => at);
          expect(lastClaim(log.log, is(who))?.last).toBe(claims.at(-1));
          expect(aloneAt(log.log, is(who), () => false) === undefined).toBe(claims.length === 0);
        }
      }),
    );
  });
});

describe('a question that is put to one machine alone', () => {
  it('proves its silence, and nobody else’s', () => {
    const log = new Log().poll(0, A).answer(1, A);
    for (let ms = 1000; ms < 6000; ms += 1000) log.poll(ms, A);
    const { log: silent } = log;
    expect(unansweredSince(silent, lastAnswer(silent))).toBeNull();
    expect(silent.hasSilence).toBe(false);
    expect(missedBetween(silent, log.at(1), log.at(6000), is(B))).toBeNull();
    expect(firstMissedBy(silent, log.at(1), log.at(6000), is(A))).toBe(log.at(1000));
    expect(firstMissedBy(silent, log.at(1), log.at(6000), is(B))).toBeUndefined();
    log.ask(6000).ask(6050).announce(6070, B).ask(6100).answer(6101, B);
    expect(missedBetween(silent, log.at(1), log.at(6070), is(B))).toEqual({
      first: log.at(6000),
      last: log.at(6050),
      count: 2,
    });
    expect(outagesSince(silent, log.at(0))).toEqual([]);
  });

  it('gave no other machine a chance to answer', () => {
    const log = new Log().ask(0).answer(1, A).answer(2, B);
    for (let s = 1; s < 20; s += 1) log.poll(s * 1000, A).answer(s * 1000 + 1, A);
    expect(aloneAt(log.log, is(A), is(B))).toBeUndefined();
    log.ask(20_000).answer(20_001, A);
    expect(aloneAt(log.log, is(A), is(B))).toBe(log.at(20_001));
  });

  it('ends no rivalry that questions to everybody show', () => {
    const nodeOf = (one: Mac) => (one === A ? 'a' : one === B ? 'b' : undefined);
    const log = new Log();
    for (let s = 0; s < 100; s += 10) {
      log
        .ask(s * 1000)
        .answer(s * 1000 + 1, A)
        .answer(s * 1000 + 2, B);
      for (let t = s + 1; t < s + 10; t += 1) log.poll(t * 1000, A).answer(t * 1000 + 1, A);
    }
    expect(rivalry(log.log, nodeOf, log.at(600_000))).toMatchObject({
      first: log.at(0),
      last: log.at(90_000),
    });
  });

  it('is not answered by another machine', () => {
    const log = new Log().poll(0, A).answer(1, B);
    expect(firstMissedBy(log.log, log.at(-1), log.at(10), is(A))).toBe(log.at(0));
    expect(log.log.runs.find((run) => run.kind === 'asked' && run.polled === A)).toMatchObject({
      answeredAt: null,
      latestAnswerers: [],
    });
  });

  it('stays in few runs, whoever answers', () => {
    const log = new Log();
    for (let s = 0; s < 1000; s += 1)
      if (s % 30 === 0) log.ask(s * 1000).answer(s * 1000 + 1, A);
      else log.poll(s * 1000, A).answer(s * 1000 + 1, A);
    expect(log.log.runs.length).toBeLessThanOrEqual(64);
    expect(lastClaim(log.log, is(A))).toBeDefined();
  });
});

describe('the owner of an address, for clients', () => {
  const owner = (log: Log) => ownerForClients(log.log, () => true);

  it('is whoever announced it, and another once that one was silent for a second', () => {
    const log = new Log().announce(0, A).answer(900, B);
    expect(owner(log)).toBe(A);
    log.answer(1001, B);
    expect(owner(log)).toBe(B);
    log.answer(1900, A);
    expect(owner(log)).toBe(B);
    log.announce(1950, A);
    expect(owner(log)).toBe(A);
  });

  it('is nobody of those who do not count', () => {
    expect(ownerForClients(new Log().announce(0, A).log, is(B))).toBeUndefined();
    expect(ownerForClients(new Log().announce(0, A).answer(10, B).log, is(B))).toBe(B);
  });
});
