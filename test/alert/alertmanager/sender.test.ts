// What crosses the wire to Alertmanager, by whose clock. The server is the test's, on loopback.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Alerting, type AlertingOptions } from '../../../src/alert/alertmanager/sender.ts';
import { HOUR, MILLISECOND, MINUTE, SECOND } from '../../../src/base/time.ts';
import type { Log } from '../../../src/host/log.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import { NOON, sampleFinding } from '../../serve/sample.ts';

interface Told {
  readonly startsAt: string;
  readonly endsAt: string;
}

const NOON_DATE = 'Sun, 01 Mar 2026 12:00:00 GMT';

let server: Server;
let alerting: Alerting;
let bodies: Told[][];
let answer: RequestListener;

beforeEach(async () => {
  bodies = [];
  answer = (_, response) => response.end();
  server = createServer(async (request, response) => {
    bodies.push(JSON.parse(await text(request)));
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterEach(() => {
  alerting.stop();
  server.close().closeAllConnections();
});

/** Of an agent for which it is a quarter past eleven. */
function tell(finding: Finding, options: Partial<AlertingOptions> = {}): void {
  const { port } = server.address() as AddressInfo;
  const from = performance.now();
  const now = () => NOON - 45 * MINUTE + (performance.now() - from) * MILLISECOND;
  alerting = new Alerting({
    config: {
      urls: [`http://127.0.0.1:${port}/`],
      labels: {},
      resend: 30 * SECOND,
      tls: { caFile: null, client: null },
      credentials: null,
    },
    log: { info: () => {}, warn: () => {} } as unknown as Log['logger'],
    now,
    toWall: (at) => at,
    iso: (at) => new Date(at / 1_000).toISOString(),
    ownUrl: () => null,
    ...options,
  });
  alerting.tell([{ type: 'finding', action: 'raised', at: now(), finding }]);
}

async function firstTold(): Promise<Told> {
  await vi.waitUntil(() => bodies.length >= 2, { timeout: 60_000, interval: 5 });
  return bodies[1]![0]!;
}

const secondsAfterNoon = (iso: string) => Date.parse(iso) / 1_000 - NOON / SECOND;
const aged = (age: number) => sampleFinding({ raisedAt: NOON - 45 * MINUTE - age });

describe('an alert', () => {
  it('is told only once the time is known, and by that', async () => {
    answer = (_, response) => response.writeHead(200, { date: NOON_DATE }).end();
    tell(aged(10 * SECOND));
    const { startsAt, endsAt } = await firstTold();
    expect(bodies[0]).toEqual([]);
    expect(Math.abs(secondsAfterNoon(startsAt) + 10)).toBeLessThanOrEqual(1);
    expect(secondsAfterNoon(endsAt)).toBeGreaterThan(90 - 1);
    expect(secondsAfterNoon(endsAt)).toBeLessThan(120 + 1);
  });

  it("is told by this node's clock where the answers have no date", async () => {
    answer = (_, response) => {
      response.sendDate = false;
      response.end();
    };
    tell(aged(10 * SECOND));
    expect((await firstTold()).startsAt).toBe('2026-03-01T11:14:50.000000Z');
  });

  it('is not told while the time is not answered', async () => {
    answer = (_, response) => response.writeHead(503, { date: NOON_DATE }).end();
    tell(aged(0));
    await vi.waitUntil(() => bodies.length >= 2, { timeout: 60_000, interval: 5 });
    expect(bodies.slice(0, 2)).toEqual([[], []]);
    expect(alerting.states()).toMatchObject([
      { waiting: 1, sent: 0, failures: { 'server-error': expect.any(Number) } },
    ]);
  });

  it('does not begin in the future, though the journal says so: Alertmanager would refuse it', async () => {
    answer = (_, response) => response.writeHead(200, { date: NOON_DATE }).end();
    tell(aged(-HOUR));
    const { startsAt } = await firstTold();
    expect(Math.abs(secondsAfterNoon(startsAt))).toBeLessThanOrEqual(1);
  });
});

describe('an Alertmanager that takes nothing', () => {
  const failures = () => alerting.states()[0]!.failures;

  it('because it does not answer in time: that is told, and counted as timed-out', async () => {
    answer = () => {};
    const warned: object[] = [];
    const log = { info: () => {}, warn: (fields: object) => warned.push(fields) } as unknown as Log['logger'];
    tell(aged(0), { answerWithin: 50, log });
    await vi.waitUntil(() => warned.length > 0, { timeout: 60_000, interval: 5 });
    expect(warned).toMatchObject([{ problem: 'timed-out', detail: 'no answer within 0.05 s' }]);
    expect(failures()).toMatchObject({ 'timed-out': 1, unreachable: 0 });
  });

  it('because its answer never ends: the same', async () => {
    answer = (_, response) => void response.writeHead(200).write('{');
    tell(aged(0), { answerWithin: 50 });
    await vi.waitUntil(() => failures()['timed-out'] === 1, { timeout: 60_000, interval: 5 });
    expect(failures()).toMatchObject({ unreachable: 0 });
  });

  it('because it closes the connection: it is unreachable', async () => {
    answer = (request) => void request.socket.destroy();
    tell(aged(0));
    await vi.waitUntil(() => failures().unreachable === 1, { timeout: 60_000, interval: 5 });
    expect(failures()).toMatchObject({ 'timed-out': 0 });
  });
});
