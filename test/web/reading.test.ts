// How the page keeps what it knows: lists fail singly, and none is asked for more often than it must be.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Reading } from '../../web/reading.ts';

const PROBLEM = { 'content-type': 'application/problem+json' };
const list = () => Response.json({ items: [], next: null });
const busy = () => Response.json({ detail: 'ask again in a moment' }, { status: 503, headers: PROBLEM });

describe('what the page reads', () => {
  let answers: Record<string, () => Response | Promise<Response>>;
  let asked: string[];
  let reading: Reading;
  beforeEach(() => {
    vi.useFakeTimers();
    answers = {};
    asked = [];
    reading = new Reading(() => undefined);
    vi.stubGlobal('fetch', async (path: string) => {
      const name = path.replace(/^api\/v1\/|\?.*$/g, '');
      asked.push(name);
      return await (answers[name] ?? list)();
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('takes what is answered where one list is refused, and is not cut off', async () => {
    answers.leases = busy;
    await reading.read(['leases', 'pools']);
    expect(reading.state).toMatchObject({
      lostSince: null,
      pools: [],
      refused: { leases: 'ask again in a moment' },
    });
    expect(reading.state.leases).toBeUndefined();
    delete answers.leases;
    await Promise.all([reading.read(['leases']), vi.advanceTimersByTimeAsync(1_000)]);
    expect(reading.state).toMatchObject({ leases: [], refused: {} });
  });

  it('takes what is answered where one list never is', async () => {
    const tooLong = new DOMException('it took too long', 'TimeoutError');
    answers.leases = () => new Promise((_, reject) => setTimeout(reject, 8_000, tooLong));
    await Promise.all([reading.read(['leases', 'nodes']), vi.advanceTimersByTimeAsync(8_000)]);
    expect(reading.state).toMatchObject({ lostSince: null, nodes: [] });
    expect(reading.state.refused).toHaveProperty('leases');
  });

  it('is cut off where nothing is answered, or by something before the agent', async () => {
    answers.pools = () => Promise.reject(new TypeError('refused'));
    await reading.read(['pools']);
    expect(reading.state.lostSince).not.toBeNull();
    const other = new Reading(() => undefined);
    answers.pools = () => new Response('<h1>Bad gateway</h1>', { status: 502 });
    await other.read(['pools']);
    expect(other.state.lostSince).not.toBeNull();
  });

  it('keeps what it knew where an answer ends too soon, and is cut off', async () => {
    answers.summary = () => Response.json({ ready: true });
    await reading.read(['summary']);
    answers.summary = () => new Response('{"ready": tr', { headers: { 'content-type': 'application/json' } });
    await Promise.all([reading.read(['summary']), vi.advanceTimersByTimeAsync(1_000)]);
    expect(reading.state).toMatchObject({ summary: { ready: true }, lostSince: expect.any(Number) });
  });

  it('asks for nothing that it is being told already, and then once more', async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    answers.leases = () => promise;
    const reads = [reading.read(['leases'])];
    for (let at = 0; at < 20; at += 1) {
      reads.push(reading.read(['leases']));
      await vi.advanceTimersByTimeAsync(250);
    }
    expect(asked).toEqual(['leases']);
    resolve(list());
    answers.leases = list;
    await Promise.all([...reads, vi.advanceTimersByTimeAsync(1_000)]);
    expect(asked).toEqual(['leases', 'leases']);
  });

  it('asks for the list of a large cluster at most once in four seconds, and at once where it was quiet', async () => {
    const times: number[] = [];
    answers.leases = () => {
      times.push(Date.now());
      return Response.json({ items: Array.from({ length: 201 }), next: null });
    };
    const begun = Date.now();
    for (let at = 0; at < 20; at += 1) {
      void reading.read(['leases']);
      await vi.advanceTimersByTimeAsync(250);
    }
    await vi.advanceTimersByTimeAsync(20_000);
    void reading.read(['leases']);
    await vi.advanceTimersByTimeAsync(0);
    expect(times.map((time) => time - begun)).toEqual([0, 4_000, 8_000, 25_000]);
  });

  it('asks for a list at most once a second, and for the last time after the last event', async () => {
    const times: number[] = [];
    answers.leases = () => {
      times.push(Date.now());
      return list();
    };
    const begun = Date.now();
    for (let at = 0; at < 20; at += 1) {
      void reading.read(['leases']);
      await vi.advanceTimersByTimeAsync(250);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(times.map((time) => time - begun)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  });
});
