// A cluster of agents that drive failover tests, in which time passes by hand: the API server's part is played by one object
// that every agent sees, and the nodes' by a list of what was done to them.

import { MINUTE, type Micros, SECOND } from '../../src/base/time.ts';
import type { TestedVip, TestFacts } from '../../src/failover/choice.ts';
import { TestDriver } from '../../src/failover/driver.ts';
import type { DriverStep, StatusChange } from '../../src/failover/driver-step.ts';
import { isFinished, type LegMeasurement, type TestMode } from '../../src/failover/failover-test.ts';
import { type JudgedReport, type TestObject, UNDO_FINALIZER } from '../../src/failover/object.ts';
import { TestWitness } from '../../src/failover/witness.ts';
import type { IpAddress } from '../../src/net/address.ts';
import { leg } from './measured.ts';

export const VIP = '192.168.1.240' as IpAddress;
export const START: Micros = 1_000 * MINUTE;

export function testObject(mode: TestMode, over: Partial<TestObject> = {}): TestObject {
  return {
    name: `${mode}-1`,
    uid: 'u1',
    resourceVersion: '1',
    createdAt: '2026-03-01T16:42:58Z',
    deleting: false,
    finalizers: [],
    asked: { ok: true, spec: { vip: VIP, mode, maxGap: 10 * SECOND, timeLimit: MINUTE } },
    requestedBy: null,
    cancelled: false,
    phase: 'Pending',
    message: '',
    coordinator: null,
    renewals: 0,
    startedAt: null,
    finishedAt: null,
    service: null,
    from: null,
    to: null,
    injected: null,
    participants: [],
    reports: new Map(),
    gapMs: null,
    serviceGapMs: null,
    ...over,
  };
}

export const TESTED_VIP: TestedVip = {
  service: 'default/web',
  announcer: 'node-1',
  successor: 'node-2',
  critical: [],
  futile: () => null,
  stranded: () => [],
};

interface Agent {
  readonly driver: TestDriver;
  readonly witness: TestWitness;
}

export class TestWorld {
  now = START;
  test: TestObject;
  /** The nodes whose agents live. */
  readonly agents: Map<string, Agent>;
  facts: Omit<TestFacts, 'ownNode' | 'agents'> = {
    vip: TESTED_VIP,
    modes: ['observe', 'drain', 'delete-pod', 'freeze'],
    running: null,
    cooldown: MINUTE,
    askers: [],
    endedAt: () => null,
  };
  /** What was done to nodes, in order. */
  readonly done: string[] = [];
  /** Of a step: what comes of it instead of success. */
  outcome: (step: DriverStep, node: string) => 'done' | 'again' | 'refused' = () => 'done';
  /** Of what was undone. */
  note = '';
  /** A witness answers as soon as it is asked to; null: never. */
  sees: (node: string) => string | null = () => 'node-1';
  /** What it finds critical. */
  critical: (node: string) => readonly string[] = () => [];

  constructor(test: TestObject, nodes: readonly string[] = ['node-1', 'node-2', 'node-3', 'node-4']) {
    this.test = test;
    this.agents = new Map(
      nodes.map((node) => [node, { driver: new TestDriver(), witness: new TestWitness() }]),
    );
  }

  /** Whatever can be done now is done, by every agent. */
  settle(): void {
    for (let busy = true; busy; )
      busy = [...this.agents.keys()].map((node) => this.#turn(node)).includes(true);
  }

  /** Lets time pass in tenths of a second until it is so. @throws {Error} where it is not within ten minutes. */
  until(accept: (test: TestObject) => boolean): TestObject {
    for (const limit = this.now + 10 * MINUTE; this.now < limit; this.now += SECOND / 10) {
      this.settle();
      if (accept(this.test)) return this.test;
    }
    throw new Error(
      `Not so within ten minutes: ${this.test.phase}: ${this.test.message}; ${this.done.join(', ')}`,
    );
  }

  pass(time: Micros): void {
    for (const end = this.now + time; this.now < end; this.now += SECOND / 10) this.settle();
  }

  /** The vantage points measure a leg. */
  measure(
    which: LegMeasurement['leg'],
    over: Partial<LegMeasurement> = {},
    nodes = this.test.participants,
  ): void {
    const [from, to] = which === 'failover' ? ['node-1', 'node-2'] : ['node-2', 'node-1'];
    const { leg: _, ...measured } = leg({ from, to, ...over });
    for (const node of nodes) this.agents.get(node)?.witness.observe(this.test, measured);
  }

  /** Somebody else changes the object. */
  change(over: Partial<TestObject>): void {
    this.test = { ...this.test, ...over, resourceVersion: String(Number(this.test.resourceVersion) + 1) };
  }

  #testify(node: string, witness: TestWitness): void {
    if (isFinished(this.test) || !this.test.participants.includes(node)) return;
    const announcer = this.sees(node);
    const answering = announcer === null ? null : { interface: 'eth0', node: announcer };
    const report = witness.toWrite(this.test, answering, this.critical(node));
    if (report === undefined) return;
    this.change({ reports: new Map([...this.test.reports, [node, { ...report, result: null }]]) });
    witness.written(report);
  }

  #judge(node: string, result: JudgedReport['result']): void {
    const report = this.test.reports.get(node)!;
    this.change({ reports: new Map([...this.test.reports, [node, { ...report, result }]]) });
  }

  #turn(node: string): boolean {
    const { driver, witness } = this.agents.get(node)!;
    this.#testify(node, witness);
    const step = driver.next(
      this.test,
      { ...this.facts, ownNode: node, agents: [...this.agents.keys()] },
      this.now,
    );
    if (step.do === 'wait') return false;
    const outcome = this.outcome(step, node);
    if (outcome === 'again') return false;
    if (outcome === 'refused') {
      driver.failed(step, 'it is forbidden', this.now);
      return true;
    }
    driver.done(step, this.now, step.do === 'undo' ? this.note : '');
    this.#carryOut(step);
    return true;
  }

  #carryOut(step: Exclude<DriverStep, { do: 'wait' }>): void {
    switch (step.do) {
      case 'write':
        this.change({ ...written(step.change), renewals: this.test.renewals + 1 });
        for (const [node, { result }] of Object.entries(step.change.vantagePoints ?? {}))
          this.#judge(node, result);
        return;
      case 'guard':
        this.change({ finalizers: [...this.test.finalizers, UNDO_FINALIZER] });
        return;
      case 'release':
        this.change({ finalizers: this.test.finalizers.filter((name) => name !== UNDO_FINALIZER) });
        return;
      case 'inject':
      case 'undo':
        this.done.push(`${step.do} ${step.injection.mode} ${step.injection.node}`);
        return;
      default:
        step satisfies never;
    }
  }
}

function written({ startedAt, finishedAt, vantagePoints: _, ...change }: StatusChange): Partial<TestObject> {
  return {
    ...change,
    ...(startedAt !== undefined && { startedAt: String(startedAt) }),
    ...(finishedAt !== undefined && { finishedAt: String(finishedAt) }),
  };
}
