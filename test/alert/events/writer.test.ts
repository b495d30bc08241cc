// Several agents tell of findings by one Event, against an API server whose Events are the test's: what crosses the wire.
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SEEN_BY } from '../../../src/alert/events/notice-event.ts';
import type { Liveness } from '../../../src/alert/events/notice-step.ts';
import { KubernetesEvents } from '../../../src/alert/events/writer.ts';
import { ApiConnection } from '../../../src/host/kubernetes/connection.ts';
import type { Log } from '../../../src/host/log.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import { ApiServer, type Asked, answer } from '../../host/kubernetes/api-server.ts';
import { sampleFinding } from '../../serve/sample.ts';
import { claim, INTENT, METALLB, UID } from './sample-notices.ts';

interface EventObject {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string | null>>;
  };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

const EVENTS = '/api/v1/namespaces/traefik/events';

/** The part of an API server that Events need: names that are taken once, and versions. */
class EventStore {
  readonly events = new Map<string, EventObject>();
  readonly asked: string[] = [];
  /** Answers instead of the store, where it gives a status. */
  refuses: (method: string, path: string) => number | undefined = () => undefined;
  #version = 0;

  async serve(server: ApiServer, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#answer(await server.next());
  }

  lines(): string[] {
    return [...this.events.values()].map(({ type, reason, count }) => `${type} ${reason} x${count}`);
  }

  seenBy(): string | null | undefined {
    return this.events.values().next().value?.metadata.annotations?.[SEEN_BY];
  }

  async #answer(asked: Asked): Promise<void> {
    const { method, path, query } = asked;
    this.asked.push(`${method} ${path}${query.size > 0 ? `?${query}` : ''}`);
    const body = await text(asked.stream);
    const refused = this.refuses(method, path);
    if (refused !== undefined) return answer(asked, refused, { message: 'no' });
    if (!path.includes('/events')) return answer(asked, 200, { items: [{ metadata: { uid: UID } }] });
    const name = path.split('/events/')[1];
    const [status, object] = this.#handle(method, name, body === '' ? undefined : JSON.parse(body));
    answer(asked, status, object);
  }

  #handle(method: string, name: string | undefined, sent: EventObject | undefined): [number, object] {
    const known = this.events.get(name ?? sent!.metadata.name);
    if (method === 'GET') return known ? [200, known] : [404, { message: 'not found' }];
    if (method === 'POST') return known ? [409, { message: 'exists' }] : [201, this.#put(sent!)];
    if (!known) return [404, { message: 'not found' }];
    const version = sent!.metadata?.resourceVersion;
    if (version !== undefined && version !== known.metadata.resourceVersion)
      return [409, { message: 'changed' }];
    const annotations = { ...known.metadata.annotations, ...sent!.metadata?.annotations };
    return [200, this.#put({ ...known, ...sent!, metadata: { ...known.metadata, annotations } })];
  }

  #put(event: EventObject): EventObject {
    this.#version += 1;
    const metadata = { ...event.metadata, resourceVersion: String(this.#version) };
    const put = { ...event, metadata };
    this.events.set(metadata.name, put);
    return put;
  }
}

let server: ApiServer;
let store: EventStore;
let end: AbortController;
let logged: string[];
let states: Record<string, Liveness>;
const agents: KubernetesEvents[] = [];

beforeEach(async () => {
  server = await ApiServer.start();
  store = new EventStore();
  end = new AbortController();
  logged = [];
  states = { a: 'live', b: 'live', c: 'live' };
  void store.serve(server, end.signal);
});

afterEach(async () => {
  end.abort();
  for (const agent of agents.splice(0)) agent.stop();
  await server[Symbol.asyncDispose]();
});

function agent(name: string, isMine = true): KubernetesEvents {
  const connection = new ApiConnection(server.access(), () => {});
  end.signal.addEventListener('abort', () => connection.close());
  const keep = (_: object, message: string) => void logged.push(message);
  const made = new KubernetesEvents({
    kubernetes: { connection, onResult: () => {}, livenessOf: (pod) => states[pod] ?? 'gone' },
    ownPod: { name, namespace: 'vipwatch' },
    metallbNamespace: METALLB,
    intent: () => INTENT,
    isMine: () => isMine,
    now: () => performance.now() * 1000,
    iso: (at) => new Date(performance.timeOrigin + at / 1000).toISOString(),
    log: { info: keep, warn: keep } as unknown as Log['logger'],
  });
  agents.push(made);
  return made;
}

function raised(finding: Finding = claim()) {
  return [{ type: 'finding', action: 'raised', at: 0, finding } as const];
}

function resolved(finding: Finding = claim()) {
  return [{ type: 'finding', action: 'resolved', at: 0, finding } as const];
}

function countOf(of: KubernetesEvents, result: string): number {
  return of.counts().find((one) => one.result === result)!.count;
}

async function untilCounted(of: KubernetesEvents, result: string, count = 1): Promise<void> {
  await vi.waitFor(() => expect(countOf(of, result)).toBe(count), { timeout: 60_000, interval: 5 });
}

describe('an Event', () => {
  it('is written after its object was asked for its uid, by a right that the agents have anyway', async () => {
    const one = agent('a');
    one.tell(raised());
    await untilCounted(one, 'raised');
    expect(store.asked).toEqual([
      'GET /api/v1/namespaces/traefik/services?fieldSelector=metadata.name%3Dtraefik',
      expect.stringMatching(`^GET ${EVENTS}/vipwatch-foreign-claim\\.[0-9a-f]{24}$`),
      `POST ${EVENTS}`,
    ]);
    expect(store.lines()).toEqual(['Warning ForeignClaim x1']);
  });

  it('is one, and its end is one, though three agents see the problem begin and end at the same moment', async () => {
    const all = ['a', 'b', 'c'].map((name) => agent(name));
    for (const one of all) one.tell(raised());
    await vi.waitFor(() => expect(store.seenBy()?.split(',').sort()).toEqual(['a', 'b', 'c']), 60_000);
    expect(store.lines()).toEqual(['Warning ForeignClaim x1']);
    for (const one of all)
      await vi.waitFor(() => expect(countOf(one, 'raised') + countOf(one, 'joined')).toBe(1), 60_000);
    for (const one of all) one.tell(resolved());
    const both = ['Warning ForeignClaim x1', 'Normal ForeignClaimResolved x1'];
    await vi.waitFor(() => expect(store.lines()).toEqual(both), 60_000);
    const sum = (result: string) => all.reduce((total, one) => total + countOf(one, result), 0);
    await vi.waitFor(
      () => expect({ left: sum('left'), over: sum('resolved') }).toEqual({ left: 2, over: 1 }),
      60_000,
    );
    expect({ raised: sum('raised'), joined: sum('joined') }).toEqual({ raised: 1, joined: 2 });

    for (const one of all) one.tell(raised());
    const again = ['Warning ForeignClaim x2', 'Normal ForeignClaimResolved x1'];
    await vi.waitFor(() => expect(store.lines()).toEqual(again), 60_000);
    await vi.waitFor(() => expect(sum('repeated') + sum('joined')).toBe(2 + 3), 60_000);
    for (const one of all) one.tell(resolved());
    const twice = ['Warning ForeignClaim x2', 'Normal ForeignClaimResolved x2'];
    await vi.waitFor(() => expect(store.lines()).toEqual(twice), 60_000);
  });

  it('is not counted on for a finding that the journal brought back, nor is one written for what is suppressed', async () => {
    const before = agent('a');
    before.tell(raised());
    await untilCounted(before, 'raised');
    before.stop();
    const after = agent('a2');
    delete states.a;
    after.resume([claim(), sampleFinding({ state: 'suppressed' }), sampleFinding({ state: 'resolved' })]);
    await untilCounted(after, 'joined');
    expect(store.lines()).toEqual(['Warning ForeignClaim x1']);
    expect(store.seenBy()).toBe('a2');
    after.tell(resolved());
    await untilCounted(after, 'resolved');
    expect(store.lines()).toEqual(['Warning ForeignClaim x1', 'Normal ForeignClaimResolved x1']);
  });

  it('says what changed, once though three agents see it, and counts nothing', async () => {
    const lease = sampleFinding({ message: 'It was leased.', remedy: 'Do it.' });
    const unused = { ...lease, severity: 'warning', message: 'Not in use now.' } as const;
    const all = ['a', 'b', 'c'].map((name) => agent(name));
    for (const one of all) one.tell(raised(lease));
    await vi.waitFor(() => expect(store.seenBy()?.split(',').sort()).toEqual(['a', 'b', 'c']), 60_000);
    const sum = (...results: string[]) =>
      all.reduce((total, one) => total + results.reduce((of, result) => of + countOf(one, result), 0), 0);
    await vi.waitFor(() => expect(sum('raised', 'joined')).toBe(3), 60_000);
    const change = {
      type: 'finding',
      action: 'changed',
      at: 0,
      finding: unused,
      changed: ['severity'],
    } as const;
    for (const one of all) {
      const before = store.asked.length;
      one.tell([change]);
      // The second and the third read that it was said already, and settle that before the next one is told.
      await vi.waitFor(() => expect(store.asked.length).toBeGreaterThan(before), 60_000);
      if (one === all[0]) await untilCounted(one, 'changed');
    }
    const messages = () => [...store.events.values()].map(({ message }) => message);
    await vi.waitFor(() => expect(messages()).toEqual(['Now a warning: Not in use now. Do it.']), 60_000);
    expect(store.lines()).toEqual(['Warning LeaseOnVip x1']);
    for (const one of all) one.tell(resolved(unused));
    await vi.waitFor(() => expect(sum('resolved')).toBe(1), 60_000);
    expect(messages()).toEqual(['Now a warning: Not in use now. Do it.', 'Resolved: Not in use now.']);
    // Whoever came second read that it was said already.
    expect(sum('changed')).toBe(1);
  });

  it('waits for the API server to take it, and is missed in the log once', async () => {
    store.refuses = (method) => (method === 'POST' ? 403 : undefined);
    const one = agent('a');
    one.tell(raised());
    await untilCounted(one, 'forbidden', 2);
    expect(store.lines()).toEqual([]);
    store.refuses = () => undefined;
    await untilCounted(one, 'raised');
    expect(logged).toEqual([
      expect.stringContaining('Cannot write Events for findings: the API server does not allow it.'),
      'Events are written again',
    ]);
  });

  it('is not written for an object that is not there, nor where its kind or namespace is not', async () => {
    const one = agent('a');
    store.refuses = (_, path) => (path.includes('/services') ? 404 : undefined);
    one.tell(raised());
    await untilCounted(one, 'object-gone');
    store.refuses = (method) => (method === 'POST' ? 404 : undefined);
    one.tell(raised(claim({ id: 'another' })));
    await untilCounted(one, 'object-gone', 2);
    expect(store.lines()).toEqual([]);
    expect(logged).toEqual([]);
  });

  it('is taken back once the API server works again', async () => {
    const one = agent('a');
    one.tell(raised());
    await untilCounted(one, 'raised');
    store.refuses = (method) => (method === 'PATCH' ? 503 : undefined);
    one.tell(resolved());
    await untilCounted(one, 'failed', 2);
    store.refuses = () => undefined;
    await untilCounted(one, 'resolved');
    expect(store.lines()).toEqual(['Warning ForeignClaim x1', 'Normal ForeignClaimResolved x1']);
  });

  it('is not written by an agent that does not ask for the address while others may still', async () => {
    const other = agent('b', false);
    other.tell(raised());
    const one = agent('a');
    one.tell(raised());
    await untilCounted(one, 'raised');
    expect(store.seenBy()).toBe('a');
    other.tell(resolved());
    one.tell(resolved());
    await untilCounted(one, 'resolved');
    expect(other.counts().filter(({ count }) => count > 0)).toEqual([]);
  });

  it('is not written after the agent was stopped', async () => {
    const one = agent('a');
    one.tell(raised());
    one.stop();
    const two = agent('b');
    two.tell(raised(claim({ id: 'two' })));
    await untilCounted(two, 'raised');
    expect(store.seenBy()).toBe('b');
  });
});
