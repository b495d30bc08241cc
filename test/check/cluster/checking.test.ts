// The checks of agents: whose turn it is, when, and what is kept of what they say.
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, type Micros, SECOND } from '../../../src/base/time.ts';
import { Checking, type CheckingOptions } from '../../../src/check/cluster/checking.ts';
import type { Inventory } from '../../../src/check/model/inventory.ts';
import { measuredDeaths } from '../../../src/check/takeover-time.ts';
import { chosenFor } from '../../../src/failover/rendezvous.ts';
import { sampleTakeover } from '../../serve/sample.ts';
import { FACTS, ip, type Raw, range, TIDY } from '../home.ts';

const DOOMED = { ...FACTS.dhcp, ranges: [{ range: range('192.168.1.2-192.168.1.253'), by: 'dhcp.ranges' }] };

/** An agent on w1, in a time of its own. */
class Agent {
  now: Micros = 0;
  ready: readonly string[] | undefined = ['w1'];
  /** What the API gives, or why it does not answer. */
  api: readonly Raw[] | string = TIDY;
  reads = 0;
  readonly signals: AbortSignal[] = [];
  readonly told: string[] = [];
  /** Holds a read up. */
  gate: Promise<void> = Promise.resolve();
  readonly checking: Checking;
  #ended = Promise.withResolvers<void>();

  constructor(over: Partial<CheckingOptions> = {}) {
    this.checking = new Checking({
      every: HOUR,
      now: () => this.now,
      chosen: () => chosenFor('check', this.ready),
      ownNode: () => 'w1',
      read: (inventory, signal) => this.#read(inventory, signal),
      facts: () => ({ ...FACTS, dhcp: DOOMED }),
      measured: () => [],
      ignored: () => [],
      pause: () => Promise.resolve(),
      onDone: ({ counts }) => this.told.push(`${counts['pool-in-dhcp-range'].critical} critical`),
      onTrouble: (reason) => this.told.push(reason),
      onSooner: () => this.#ended.resolve(),
      ...over,
    });
  }

  async #read(inventory: Inventory, signal: AbortSignal): Promise<string | null> {
    this.reads += 1;
    this.signals.push(signal);
    await this.gate;
    if (typeof this.api === 'string') return this.api;
    for (const raw of this.api) inventory.add(raw, null);
    return null;
  }

  /** Each turn that it wants until then. */
  until(end: Micros): void {
    for (; this.checking.nextAt() <= end; this.checking.tick(this.now)) this.now = this.checking.nextAt();
    this.now = end;
  }

  /** Until it has looked, whatever came of it. */
  async looks(): Promise<void> {
    this.#ended = Promise.withResolvers();
    for (const before = this.reads; this.reads === before; ) this.until(this.now + SECOND);
    await this.#ended.promise;
  }
}

describe('the agent whose turn it is', () => {
  it('looks half a minute later, and again each hour', async () => {
    const agent = new Agent();
    agent.until(29 * SECOND);
    expect([agent.reads, agent.checking.checks()]).toMatchObject([
      0,
      { node: 'w1', isOwn: true, done: null },
    ]);
    await agent.looks();
    expect(agent.now).toBeLessThan(MINUTE);
    const first = agent.now;
    expect(agent.told).toEqual(['1 critical']);
    await agent.looks();
    expect(agent.now - first).toBeGreaterThanOrEqual(HOUR);
    expect(agent.now - first).toBeLessThan(HOUR + MINUTE);
  });

  it('keeps what the checks say, and nothing of the objects', async () => {
    const agent = new Agent();
    await agent.looks();
    const { done } = agent.checking.checks();
    const [critical] = done!.results.filter(({ status }) => status === 'critical');
    expect(critical).toMatchObject({ id: 'pool-in-dhcp-range', ip: '192.168.1.240' });
    expect(critical!.subjects).toEqual([
      { kind: 'IPAddressPool', namespace: 'metallb-system', name: 'main-pool', ignore: null, source: null },
      { kind: 'Service', namespace: 'web', name: 'web', ignore: null, source: null },
    ]);
    expect(done).toMatchObject({ leftOut: 0, suppressed: 0, unforetold: null });
    expect(done!.counts['pool-in-dhcp-range']).toEqual({
      ok: 0,
      info: 0,
      warning: 0,
      critical: 1,
      skipped: 0,
    });
    expect(done!.forecasts.map(({ node, ip: of }) => `${node} ${of}`).toSorted()).toEqual([
      'w1 192.168.1.240',
      'w2 192.168.1.240',
    ]);
  });

  it('counts what is suppressed apart', async () => {
    const ignored = [{ id: 'pool-in-dhcp-range' as const, object: null, comment: 'a lab' }];
    const agent = new Agent({ ignored: () => ignored });
    await agent.looks();
    const { done } = agent.checking.checks();
    expect(done).toMatchObject({ suppressed: 1 });
    expect(done!.counts['pool-in-dhcp-range']).toMatchObject({ ok: 1, critical: 0 });
  });

  it('foretells nothing of what it cannot read, and says why', async () => {
    const read = async (inventory: Inventory) => {
      for (const raw of TIDY) inventory.add(raw, null);
      inventory.setUnknown('endpointslices', 'cannot list endpointslices: forbidden');
      return null;
    };
    const agent = new Agent({ read });
    agent.until(31 * SECOND);
    await expect
      .poll(() => agent.checking.checks().done)
      .toMatchObject({
        forecasts: [],
        unforetold: 'cannot list endpointslices: forbidden',
      });
  });

  it('keeps at most 5,000 results, the gravest', async () => {
    const forgotten = (i: number): Raw => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `old-${i}`, namespace: 'web' },
      spec: { type: 'LoadBalancer', selector: { app: `old-${i}` }, loadBalancerIP: '192.168.1.250' },
      status: { loadBalancer: { ingress: [] } },
    });
    const agent = new Agent();
    agent.api = [...TIDY, ...Array.from({ length: 6_000 }, (_, i) => forgotten(i))];
    await agent.looks();
    const { results, leftOut, counts } = agent.checking.checks().done!;
    expect([results.length, leftOut > 1_000, counts['forgotten-ip'].info]).toEqual([5_000, true, 6_000]);
    expect(results.some(({ id, status }) => id === 'pool-in-dhcp-range' && status === 'critical')).toBe(true);
  });
});

describe('an API server that is away', () => {
  it('leaves what was said before as it was, with its age, and is asked again after five minutes', async () => {
    const agent = new Agent();
    await agent.looks();
    const { done } = agent.checking.checks();
    agent.api = 'no program listens there';
    await agent.looks();
    const failedAt = agent.now;
    const reason = 'cannot ask the API server: no program listens there';
    expect(agent.checking.checks()).toMatchObject({ done, trouble: { reason } });
    expect(agent.told).toEqual(['1 critical', reason]);
    agent.api = TIDY;
    await agent.looks();
    expect(agent.now - failedAt).toBeLessThan(6 * MINUTE);
    expect(agent.checking.checks()).toMatchObject({ trouble: null });
    expect(agent.checking.checks().done!.at).toBeGreaterThan(failedAt);
  });

  it('is not asked more often than is configured', async () => {
    const agent = new Agent({ every: MINUTE });
    agent.api = 'no program listens there';
    await agent.looks();
    const failedAt = agent.now;
    await agent.looks();
    expect(agent.now - failedAt).toBeLessThan(2 * MINUTE);
  });
});

describe('of several agents', () => {
  const first = chosenFor('check', ['w1', 'w2'])!;
  const other = first === 'w1' ? 'w2' : 'w1';
  const on = (node: string) => {
    const agent = new Agent({ ownNode: () => node });
    agent.ready = ['w1', 'w2'];
    return agent;
  };

  it('one looks, and the others say which', async () => {
    const [own, else_] = [on(first), on(other)];
    await own.looks();
    else_.until(10 * MINUTE);
    expect(else_.reads).toBe(0);
    expect(else_.checking.checks()).toMatchObject({ node: first, isOwn: false, done: null });
  });

  it('another one looks where that one goes', async () => {
    const agent = on(other);
    agent.until(10 * MINUTE);
    agent.ready = [other];
    await agent.looks();
    expect(agent.now).toBeLessThan(11 * MINUTE);
    expect(agent.checking.checks()).toMatchObject({ node: other, isOwn: true });
  });

  it('one whose turn is over forgets what it said, and gives up what it looks at', async () => {
    const agent = on(first);
    await agent.looks();
    const gate = Promise.withResolvers<void>();
    agent.gate = gate.promise;
    agent.until(agent.now + HOUR + MINUTE);
    expect([agent.reads, agent.signals.at(-1)!.aborted]).toEqual([2, false]);
    agent.ready = [other];
    agent.until(agent.now + 11 * SECOND);
    expect(agent.signals.at(-1)!.aborted).toBe(true);
    gate.resolve();
    await gate.promise;
    await new Promise(setImmediate);
    expect(agent.checking.checks()).toMatchObject({ node: other, isOwn: false, done: null, trouble: null });
    expect(agent.told).toEqual(['1 critical']);
  });

  it('none looks while agents are not known', () => {
    const agent = new Agent();
    agent.ready = undefined;
    agent.until(HOUR);
    expect([agent.reads, agent.checking.checks().node]).toEqual([0, null]);
  });
});

describe('a takeover', () => {
  const iso = () => '2026-11-03T10:00:00.000Z';
  const of = (...over: Parameters<typeof sampleTakeover>) => measuredDeaths([sampleTakeover(...over)], iso);

  it('says how long a VIP is away when a node dies', () => {
    expect(of({ gapMs: 5_800, uncertaintyMs: 1_050 })).toEqual([
      { ip: ip('192.168.1.50'), seconds: 5.8, on: '2026-11-03' },
    ]);
  });

  it.each([
    ['that was planned', { gapMs: 3_999, uncertaintyMs: 50 }],
    ['back to an earlier node', { class: 'failback' as const, gapMs: 5_800 }],
    ['in which both answered', { class: 'handover' as const, gapMs: 5_800 }],
    ['that nobody asked about', { gapMs: 5_800, uncertaintyMs: 5_800 }],
  ])('%s does not', (_, over) => {
    expect(of(over)).toEqual([]);
  });
});
