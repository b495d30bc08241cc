import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/base/time.ts';
import type { TestFacts } from '../../src/failover/choice.ts';
import { isFinished, type TestMode } from '../../src/failover/failover-test.ts';
import { isGuarded, type TestObject } from '../../src/failover/object.ts';
import { TESTED_VIP, TestWorld, testObject, VIP } from './test-world.ts';

const inPhase =
  (...phases: readonly TestObject['phase'][]) =>
  ({ phase }: TestObject) =>
    phases.includes(phase);
const ended = (test: TestObject) => isFinished(test) && !isGuarded(test);

function running(mode: TestMode): TestWorld {
  const world = new TestWorld(testObject(mode));
  world.until(inPhase('Running'));
  return world;
}

function failingBack(mode: TestMode): TestWorld {
  const world = running(mode);
  world.measure('failover');
  world.until(({ phase, injected }) => phase === 'FailingBack' && injected === null);
  return world;
}

const resultsOf = ({ test }: TestWorld) =>
  Object.fromEntries([...test.reports].map(([node, { result }]) => [node, result]));

describe('a test', () => {
  it.each(['drain', 'delete-pod', 'freeze'] as const)(
    '%s: injects, undoes, waits for the return, and judges',
    (mode) => {
      const world = running(mode);
      world.settle();
      expect(world.test).toMatchObject({
        injected: { mode, node: 'node-1' },
        from: 'node-1',
        service: 'default/web',
      });
      expect(world.done).toEqual([`inject ${mode} node-1`]);
      const { participants } = world.test;
      world.measure('failover', { gapMs: 400 });
      world.until(({ injected }) => injected === null);
      expect(world.test).toMatchObject({ phase: 'FailingBack', to: 'node-2', gapMs: 400 });
      expect(world.done).toEqual([`inject ${mode} node-1`, `undo ${mode} node-1`]);
      world.measure('failback', { gapMs: 300 });
      world.until(ended);
      expect(world.test).toMatchObject({
        phase: 'Passed',
        message: 'The longest gap was 400 ms, within the 10 s allowed.',
        gapMs: 400,
      });
      expect(resultsOf(world)).toEqual(Object.fromEntries(participants.map((node) => [node, 'passed'])));
      expect(world.done).toHaveLength(2);
    },
  );

  it('observe: touches nothing, and ends with the takeover', () => {
    const world = running('observe');
    expect(world.test.message).toBe('Unplug node-1 now. Waiting for another node to take over.');
    world.pass(30 * SECOND);
    world.measure('failover', { gapMs: 12_000 });
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Failed', to: 'node-2', gapMs: 12_000, injected: null });
    expect(world.done).toEqual([]);
  });

  it('writes down what it is about to inject, and has the finalizer, before it injects', () => {
    const world = new TestWorld(testObject('drain'));
    let before: TestObject | undefined;
    world.outcome = (step) => {
      if (step.do === 'inject') before ??= world.test;
      return 'done';
    };
    world.until(() => world.done.length > 0);
    expect(before).toMatchObject({ phase: 'Running', injected: { mode: 'drain', node: 'node-1' } });
    expect(isGuarded(before!)).toBe(true);
  });

  it('fails where nobody takes over in time, and undoes it', () => {
    const world = running('drain');
    world.until(ended);
    expect(world.test).toMatchObject({
      phase: 'Failed',
      message: 'No node took over from node-1 within 1m.',
      injected: null,
    });
    expect(world.done).toEqual(['inject drain node-1', 'undo drain node-1']);
  });

  it('freeze: waits no longer than the speaker is stopped and a takeover takes to be measured', () => {
    const world = running('freeze');
    expect(world.test.message).toBe(
      'Stopped the speaker on node-1, for 18s at most. Waiting for another node to take over.',
    );
    const since = world.now;
    world.pass(37 * SECOND);
    expect(world.test.phase).toBe('Running');
    world.until(ended);
    expect(world.now - since).toBeLessThan(40 * SECOND);
    expect(world.test).toMatchObject({
      phase: 'Failed',
      message: 'No node took over from node-1 while its speaker was stopped, for 18s.',
      injected: null,
    });
    expect(world.done).toEqual(['inject freeze node-1', 'undo freeze node-1']);
  });

  it('freeze: waits for the return as long as was asked for', () => {
    const world = failingBack('freeze');
    world.pass(79 * SECOND);
    expect(world.test.phase).toBe('FailingBack');
    world.until(ended);
    expect(world.test.message).toBe('node-1 did not take it back within 1m.');
  });

  it('fails where the VIP does not return in time', () => {
    const world = failingBack('drain');
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Failed', message: 'node-1 did not take it back within 1m.' });
  });

  it('does not wait forever for a vantage point whose agent died, and does not judge it', () => {
    const world = running('observe');
    const { participants, coordinator } = world.test;
    const dead = participants.find((node) => node !== coordinator)!;
    world.agents.delete(dead);
    world.measure('failover', { gapMs: 400 });
    const since = world.now;
    world.until(ended);
    expect(world.test).toMatchObject({
      phase: 'Passed',
      message:
        'The longest gap was 400 ms, within the 10 s allowed. ' +
        `The agents of ${dead} fell silent: what they may have seen is not judged.`,
    });
    expect(world.now - since).toBeLessThan(20 * SECOND);
    expect(resultsOf(world)).toMatchObject({ [coordinator!]: 'passed', [dead]: null });
  });

  it('fails where one vantage point sees nobody take over, and the others do', () => {
    const world = running('observe');
    const [blind, ...others] = world.test.participants;
    world.measure('failover', { gapMs: 6_100 }, others);
    const since = world.now;
    world.until(ended);
    expect(world.test).toMatchObject({
      phase: 'Failed',
      message: `${blind} had seen node-1 answer, and saw nobody take over.`,
      gapMs: 6_100,
    });
    expect(resultsOf(world)).toEqual({
      [blind!]: 'failed',
      ...Object.fromEntries(others.map((node) => [node, 'passed'])),
    });
    expect(world.now - since).toBeLessThan(30 * SECOND);
  });

  it('waits for one that still looks on as long as what it measures may pass', () => {
    const world = running('observe');
    const [late, ...others] = world.test.participants;
    world.measure('failover', { gapMs: 1_000 }, others);
    world.pass(20 * SECOND);
    world.measure('failover', { gapMs: 9_500 }, [late!]);
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Passed', gapMs: 9_500 });
  });

  it('does not wait so long that its time limit passes', () => {
    const asked = { vip: VIP, mode: 'observe', maxGap: 60 * MINUTE, timeLimit: 10 * SECOND } as const;
    const world = new TestWorld(testObject('observe', { asked: { ok: true, spec: asked } }));
    world.until(inPhase('Running'));
    const since = world.now;
    world.measure('failover', {}, world.test.participants.slice(1));
    world.until(ended);
    expect(world.test.phase).toBe('Failed');
    expect(world.now - since).toBeLessThan(31 * SECOND);
  });

  it('tells the worst gap of both legs, and who saw it', () => {
    const world = failingBack('drain');
    expect(world.test.gapMs).toBe(1_400);
    const [late, ...others] = world.test.participants;
    world.measure('failback', { gapMs: 11_000 }, [late!]);
    world.measure('failback', { gapMs: 50 }, others);
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Failed', gapMs: 11_000 });
    expect(resultsOf(world)).toEqual({
      [late!]: 'failed',
      ...Object.fromEntries(others.map((node) => [node, 'passed'])),
    });
  });

  it('fails where one vantage point does not see the VIP return', () => {
    const world = failingBack('drain');
    const [blind, ...others] = world.test.participants;
    world.measure('failback', {}, others);
    world.until(ended);
    expect(world.test).toMatchObject({
      phase: 'Failed',
      message: `${blind} had seen node-2 take over, and did not see node-1 take it back.`,
    });
  });

  it('blames one that saw nobody take over once, and not for the return as well', () => {
    const world = running('drain');
    const [blind, ...others] = world.test.participants;
    world.measure('failover', {}, others);
    world.until(({ phase, injected }) => phase === 'FailingBack' && injected === null);
    world.measure('failback', {}, others);
    const since = world.now;
    world.until(ended);
    expect(world.now - since).toBeLessThan(SECOND);
    expect(world.test).toMatchObject({
      phase: 'Failed',
      message: `${blind} had seen node-1 answer, and saw nobody take over.`,
    });
  });

  it('fails where nothing can be injected, and undoes what may have been', () => {
    const world = new TestWorld(testObject('drain'));
    world.outcome = ({ do: what }) => (what === 'inject' ? 'refused' : 'done');
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Failed', message: 'Could not begin: it is forbidden' });
    expect(world.done).toEqual(['undo drain node-1']);
  });

  it('fails where nothing can be injected in time, and undoes what may have been', () => {
    const world = new TestWorld(testObject('freeze'));
    world.outcome = ({ do: what }) => (what === 'inject' ? 'again' : 'done');
    world.until(ended);
    expect(world.test).toMatchObject({
      phase: 'Failed',
      message: 'Could not begin: freeze was not injected in time.',
    });
    expect(world.done).toEqual(['undo freeze node-1']);
  });

  it('is injected before anybody can have succeeded, counted from when the last sign of life was sent', () => {
    const world = new TestWorld(testObject('drain'));
    world.outcome = ({ do: what }) => (what === 'inject' ? 'again' : 'done');
    world.until(inPhase('Running'));
    const { test, now } = world;
    const { coordinator } = test;
    const { driver } = world.agents.get(coordinator!)!;
    const facts = { ...world.facts, ownNode: coordinator!, agents: [...world.agents.keys()] };
    const renewal = driver.next(test, facts, now + 4 * SECOND);
    expect(renewal).toEqual({ do: 'write', change: {} });
    // The answer takes its time.
    driver.done(renewal, now + 7 * SECOND);
    expect(driver.next(test, facts, now + 7 * SECOND)).toMatchObject({ do: 'write' });
    driver.done(renewal, now + 7.5 * SECOND);
    expect(driver.next(test, facts, now + 7.5 * SECOND)).toMatchObject({
      do: 'inject',
      until: now + (7 + 8) * SECOND,
    });
  });

  it('asks whether it still leads as soon as it has injected', () => {
    const world = new TestWorld(testObject('drain'));
    const steps: string[] = [];
    world.outcome = (step) => {
      steps.push(step.do);
      return 'done';
    };
    world.until(() => world.done.length > 0);
    world.settle();
    expect(steps.slice(steps.indexOf('inject'))).toEqual(['inject', 'write']);
  });

  it('is not finished before it is undone, however long that takes', () => {
    const world = running('drain');
    world.measure('failover');
    world.outcome = ({ do: what }) => (what === 'undo' ? 'again' : 'done');
    world.pass(5 * MINUTE);
    expect(world.test).toMatchObject({ phase: 'FailingBack', injected: { mode: 'drain' } });
    world.outcome = () => 'done';
    world.until(({ injected }) => injected === null);
  });
});

describe('what cannot be undone', () => {
  it('is said in the message, tried again ever more rarely, and goes on once it can be', () => {
    const world = running('drain');
    world.measure('failover');
    const attempts: number[] = [];
    world.outcome = ({ do: what }) => {
      if (what !== 'undo') return 'done';
      attempts.push(world.now);
      return 'refused';
    };
    world.until(({ message }) => message === 'Cannot undo drain on node-1; retrying: it is forbidden');
    expect(world.test).toMatchObject({ phase: 'FailingBack', injected: { mode: 'drain' } });
    world.pass(5 * MINUTE);
    const waits = attempts.slice(1).map((at, i) => Math.round((at - attempts[i]!) / SECOND));
    expect(waits.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    world.outcome = () => 'done';
    world.until(({ injected }) => injected === null);
    expect(world.test.message).toBe('node-2 took over. Waiting for node-1 to take it back.');
    world.measure('failback');
    expect(world.until(ended).phase).toBe('Passed');
  });

  it('keeps a test that is cancelled from ending, and says why', () => {
    const world = running('drain');
    world.settle();
    world.outcome = ({ do: what }) => (what === 'undo' ? 'refused' : 'done');
    world.change({ cancelled: true });
    world.until(({ message }) => message.startsWith('Cannot undo'));
    world.outcome = () => 'done';
    world.until(ended);
    expect(world.test).toMatchObject({
      phase: 'Cancelled',
      message: 'Cancelled on request; what was injected has been undone.',
    });
  });

  it('but in part is told with the verdict', () => {
    const world = running('freeze');
    world.measure('failover');
    world.note = 'The freezer was killed.';
    world.until(({ injected }) => injected === null);
    expect(world.test.message).toMatch(/ to take it back\. The freezer was killed\.$/);
    world.measure('failback');
    world.until(ended);
    expect(world.test.message).toMatch(/^The longest gap .* allowed\. The freezer was killed\.$/);
  });
});

describe('calling it off', () => {
  it.each<[string, Partial<TestObject>, string]>([
    ['is asked for', { cancelled: true }, 'Cancelled on request'],
    ['is meant by deleting it', { deleting: true }, 'Deleted while it ran'],
  ])('where that %s, undoes what was injected', (_, change, message) => {
    const world = running('drain');
    world.settle();
    world.change(change);
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Cancelled', injected: null });
    expect(world.test.message).toBe(`${message}; what was injected has been undone.`);
    expect(world.done).toEqual(['inject drain node-1', 'undo drain node-1']);
  });

  it('before anyone took it up, ends it', () => {
    const world = new TestWorld(testObject('drain', { cancelled: true }));
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Cancelled', message: 'Cancelled on request.' });
    expect(world.done).toEqual([]);
  });

  it('while it fails back, ends it', () => {
    const world = failingBack('drain');
    world.change({ cancelled: true });
    world.until(ended);
    expect(world.test.phase).toBe('Cancelled');
    expect(world.done).toEqual(['inject drain node-1', 'undo drain node-1']);
  });
});

describe('the coordinator', () => {
  it('is neither the announcing node nor its successor, where others are there', () => {
    for (let i = 0; i < 50; i += 1) {
      const world = new TestWorld(testObject('observe', { uid: `u${i}` }));
      world.until(inPhase('Running'));
      expect(['node-3', 'node-4']).toContain(world.test.coordinator);
    }
  });

  it('is the successor where only two have agents', () => {
    const world = new TestWorld(testObject('drain'), ['node-1', 'node-2']);
    world.until(inPhase('Running'));
    expect(world.test).toMatchObject({ coordinator: 'node-2', participants: ['node-2'] });
  });

  it('gives signs of life, so that nobody else takes over', () => {
    const world = running('observe');
    const { coordinator } = world.test;
    world.pass(50 * SECOND);
    expect(world.test).toMatchObject({ phase: 'Running', coordinator });
    expect(world.test.renewals).toBeGreaterThan(10);
  });

  it.each(['Running', 'FailingBack'] as const)(
    'that is lost in the phase %s is succeeded, and all is undone',
    (phase) => {
      const world = running('drain');
      const lost = world.test.coordinator!;
      world.settle();
      if (phase === 'FailingBack') {
        world.outcome = ({ do: what }) => (what === 'undo' ? 'again' : 'done');
        world.measure('failover');
        world.until(inPhase('FailingBack'));
        world.outcome = () => 'done';
      }
      world.agents.delete(lost);
      const since = world.now;
      world.until(ended);
      expect(world.now - since).toBeLessThan(20 * SECOND);
      expect(world.test).toMatchObject({ phase: 'Failed', injected: null });
      expect(world.test.message).toBe(
        `The agent of ${lost}, which drove the test, fell silent. What was injected has been undone.`,
      );
      expect(world.test.coordinator).not.toBe(lost);
      expect(world.done).toEqual(['inject drain node-1', 'undo drain node-1']);
    },
  );

  it('that is lost together with all others but the announcing node is succeeded by that', () => {
    const world = running('drain');
    world.settle();
    for (const node of ['node-2', 'node-3', 'node-4']) world.agents.delete(node);
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Failed', coordinator: 'node-1', injected: null });
  });

  it('that was lost before it began is succeeded, and the test goes on', () => {
    const world = new TestWorld(testObject('drain'));
    world.sees = () => null;
    world.pass(SECOND);
    world.agents.delete(world.test.coordinator!);
    world.pass(12 * SECOND);
    world.sees = () => 'node-1';
    world.until(inPhase('Running'));
    expect(world.agents.has(world.test.coordinator!)).toBe(true);
  });

  it('that was restarted knows that it was, and undoes at once', () => {
    const world = running('drain');
    world.settle();
    const node = world.test.coordinator!;
    const fresh = new TestWorld(world.test, [node]);
    const since = fresh.now;
    fresh.until(ended);
    expect(fresh.now - since).toBeLessThan(5 * SECOND);
    expect(fresh.test.message).toBe(
      `The agent of ${node}, which drove the test, was restarted. What was injected has been undone.`,
    );
    expect(fresh.done).toEqual(['undo drain node-1']);
  });

  it('that was paused for long injects nothing when it goes on', () => {
    const world = new TestWorld(testObject('drain'));
    world.outcome = ({ do: what }) => (what === 'inject' ? 'again' : 'done');
    world.until(inPhase('Running'));
    const paused = world.test.coordinator!;
    const driver = world.agents.get(paused)!;
    world.agents.delete(paused);
    world.until(ended);
    world.outcome = () => 'done';
    world.agents.set(paused, driver);
    world.pass(MINUTE);
    // Its successor has undone it, and so does it itself: what it had asked for may have come through afterwards.
    expect(world.done).toEqual(['undo drain node-1', 'undo drain node-1']);
    expect(world.test.coordinator).not.toBe(paused);
  });

  it('asks those first that ask for the VIP anyway', () => {
    const nodes = Array.from({ length: 200 }, (_, i) => `node-${i + 1}`);
    const world = new TestWorld(testObject('observe'), nodes);
    world.facts = { ...world.facts, askers: ['node-2', 'node-77'] };
    world.until(inPhase('Running'));
    expect(world.test.participants).toHaveLength(8);
    expect(world.test.participants).toEqual(expect.arrayContaining(['node-2', 'node-77']));
  });

  it('asks for no more than eight vantage points, and for itself', () => {
    const nodes = Array.from({ length: 200 }, (_, i) => `node-${i + 1}`);
    const world = new TestWorld(testObject('observe'), nodes);
    world.until(inPhase('Running'));
    expect(world.test.participants).toHaveLength(8);
    expect(world.test.participants).toContain(world.test.coordinator);
    expect(world.test.participants).not.toContain('node-1');
    expect(world.test.participants).not.toContain('node-2');
  });
});

describe('a test is refused', () => {
  const facts = (over: Partial<TestFacts>): Partial<TestFacts> => over;
  const vip = (over: Partial<typeof TESTED_VIP>) => facts({ vip: { ...TESTED_VIP, ...over } });
  const spec = { vip: VIP, mode: 'observe', maxGap: SECOND, timeLimit: MINUTE } as const;

  it.each<[string, Partial<TestFacts>, string]>([
    ['of what is no VIP', { vip: null }, '192.168.1.240 is not a watched VIP.'],
    [
      'in a mode that is not enabled',
      { modes: ['observe'] },
      'The mode drain is not enabled: failoverTest.modes lists observe.',
    ],
    [
      'while another one runs',
      { running: { id: 'first', spec } },
      'Another test is running: first, of 192.168.1.240.',
    ],
    [
      'during the cooldown',
      { endedAt: () => 1_000 * MINUTE - 30 * SECOND },
      'The last test of 192.168.1.240 has just ended: the next may begin in 30 s.',
    ],
    [
      'of a VIP in trouble',
      vip({ critical: ['foreign-claim'] }),
      '192.168.1.240 already has a problem: foreign-claim is active on it.',
    ],
    [
      'of a VIP that nobody shall announce',
      vip({ announcer: null, successor: null }),
      "By MetalLB's election no node announces 192.168.1.240, or it is not known which one.",
    ],
    [
      'where only one node is eligible',
      vip({ successor: null }),
      'Fewer than two nodes are eligible for 192.168.1.240: no node could take over from node-1.',
    ],
    [
      'where it would move nothing',
      vip({ futile: (mode, node) => `${mode} moves nothing from ${node}.` }),
      'drain moves nothing from node-1.',
    ],
    [
      'where other VIPs would go dark',
      vip({ stranded: (node) => [`192.168.1.241 of ${node}`, 'others'] }),
      'Other VIPs would lose their announcer: only node-1 can announce 192.168.1.241 of node-1, others.',
    ],
  ])('%s', (_, over, message) => {
    const world = new TestWorld(testObject('drain'));
    world.facts = { ...world.facts, ...over };
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Refused', message, startedAt: null });
    expect(world.test.finishedAt).not.toBeNull();
    expect(world.done).toEqual([]);
  });

  it('but not observe where other VIPs would go dark: it is not the test that pulls the plug', () => {
    const world = new TestWorld(testObject('observe'));
    world.facts = { ...world.facts, vip: { ...TESTED_VIP, stranded: () => ['192.168.1.241'] } };
    world.until(inPhase('Running'));
  });

  it('that asks for what cannot be read', () => {
    const world = new TestWorld(testObject('drain', { asked: { ok: false, mistakes: ['vip: nothing'] } }));
    world.until(ended);
    expect(world.test).toMatchObject({
      phase: 'Refused',
      message: 'The test cannot be read: vip: nothing.',
    });
  });

  it('where no agent but the announcing node’s is there', () => {
    const world = new TestWorld(testObject('drain'), ['node-1']);
    world.until(ended);
    expect(world.test.message).toBe(
      'On the network of 192.168.1.240 only the agent of its announcer node-1 is ready: no agent could measure.',
    );
  });

  it('where nobody sees anyone answer', () => {
    const world = new TestWorld(testObject('drain'));
    world.sees = () => null;
    world.until(ended);
    expect(world.test.phase).toBe('Refused');
    expect(world.test.message).toMatch(
      /^None of node-\d, node-\d, node-2 sees anyone answer for 192\.168\.1\.240\.$/,
    );
  });

  it('where the wire’s announcer is not the elected one', () => {
    const world = new TestWorld(testObject('drain'));
    world.sees = (node) => (node === 'node-4' ? 'node-3' : 'node-1');
    world.until(ended);
    expect(world.test.message).toBe(
      "node-3 answers for 192.168.1.240, as node-4 sees it, and not node-1, which MetalLB's election names.",
    );
  });

  it('where one of those that shall measure has a critical finding', () => {
    const world = new TestWorld(testObject('drain'));
    world.critical = (node) => (node === 'node-2' ? ['split-brain'] : []);
    world.until(ended);
    expect(world.test).toMatchObject({
      phase: 'Refused',
      message: 'node-2 already sees a problem on 192.168.1.240: split-brain is active on it.',
      startedAt: null,
    });
    expect(world.done).toEqual([]);
  });

  it('where trouble comes up before it begins', () => {
    const world = new TestWorld(testObject('drain'));
    world.sees = () => null;
    world.pass(SECOND);
    world.facts = { ...world.facts, vip: { ...TESTED_VIP, critical: ['split-brain'] } };
    world.sees = () => 'node-1';
    world.until(ended);
    expect(world.test).toMatchObject({ phase: 'Refused', startedAt: null });
    expect(world.done).toEqual([]);
  });
});
