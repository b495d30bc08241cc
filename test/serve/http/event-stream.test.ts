import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EventStream } from '../../../src/serve/http/event-stream.ts';
import { sampleTest } from '../../failover/measured.ts';
import { findingEvent, NOON } from '../sample.ts';
import { type SampleServer, sampleServer } from '../server.ts';

/** A client that takes nothing from the network once it is told to stop. */
class Sink {
  text = '';
  writableLength = 0;
  destroyed = false;
  stuck = false;
  write(chunk: string): boolean {
    if (this.stuck) this.writableLength += chunk.length;
    else this.text += chunk;
    return !this.stuck;
  }
  end(): void {
    this.destroyed = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
  ids(): string[] {
    return [...this.text.matchAll(/^id: (.*)\nevent: /gm)].map((match) => match[1]!);
  }
}

const SOURCES = { iso: (at: number) => new Date(at / 1000).toISOString(), now: () => NOON };

describe('EventStream', () => {
  it('sends each event with its id, its type and the contract’s JSON', () => {
    const stream = new EventStream('7', SOURCES);
    const sink = new Sink();
    stream.attach(sink);
    stream.publish([findingEvent()]);
    const [, message] = sink.text.split('\n\n');
    expect(message!.split('\n').slice(0, 2)).toEqual(['id: 7-1', 'event: finding']);
    const data = JSON.parse(message!.split('data: ')[1]!);
    expect(Object.keys(data).join(' ')).toBe(
      'type action at id kind severity confirmed ip macs interface vlan vip message remedy evidence',
    );
  });

  it('tells what becomes of a failover test, and not who asked for it', () => {
    const stream = new EventStream('7', SOURCES);
    const sink = new Sink();
    stream.attach(sink);
    stream.publishTest(sampleTest({ phase: 'Passed', requestedBy: 'carol' }), NOON);
    const [, message] = sink.text.split('\n\n');
    expect(message!.split('\n').slice(0, 2)).toEqual(['id: 7-1', 'event: failover-test']);
    expect(JSON.parse(message!.split('data: ')[1]!)).toMatchObject({
      type: 'failover-test',
      at: '2026-03-01T12:00:00.000Z',
      id: 'first',
      vip: '192.168.1.240',
      phase: 'Passed',
    });
    expect(message).not.toContain('carol');
  });

  it('tells a client that comes back what it missed', () => {
    const stream = new EventStream('7', SOURCES);
    stream.publish([findingEvent(), findingEvent(), findingEvent()]);
    const back = new Sink();
    stream.attach(back, { lastEventId: '7-1' });
    expect(back.ids()).toEqual(['7-2', '7-3']);
  });

  it.each([['6-1'], ['nonsense'], [''], ['7-x'], ['7--1']])(
    'tells all it remembers to one that last saw %j',
    (id) => {
      const stream = new EventStream('7', SOURCES, { remembered: 2 });
      stream.publish([findingEvent(), findingEvent(), findingEvent()]);
      const back = new Sink();
      stream.attach(back, { lastEventId: id });
      expect(back.ids()).toEqual(['7-2', '7-3']);
    },
  );

  const resetsOf = ({ text }: Sink) =>
    [...text.matchAll(/^event: reset\ndata: (.*)$/gm)].map((match) => JSON.parse(match[1]!));

  it.each([
    ['6-1', 'restarted'],
    ['6-99', 'restarted'],
    ['nonsense', 'unknown-id'],
    ['', 'unknown-id'],
    ['7-x', 'unknown-id'],
    ['7--1', 'unknown-id'],
    ['7-4', 'unknown-id'],
    ['7-0', 'forgotten'],
  ])('says before all else to one that last saw %j that it may have missed something: %s', (id, reason) => {
    const stream = new EventStream('7', SOURCES, { remembered: 2 });
    stream.publish([findingEvent(), findingEvent(), findingEvent()]);
    const back = new Sink();
    stream.attach(back, { lastEventId: id });
    expect(resetsOf(back)).toEqual([{ type: 'reset', at: '2026-03-01T12:00:00.000Z', reason }]);
    expect(back.text.indexOf('event: reset')).toBeLessThan(back.text.indexOf('event: finding'));
    expect(back.ids()).toEqual(['7-2', '7-3']);
  });

  it.each([['7-1'], ['7-2'], ['7-3']])('says nothing of the kind to one that last saw %s', (id) => {
    const stream = new EventStream('7', SOURCES, { remembered: 2 });
    stream.publish([findingEvent(), findingEvent(), findingEvent()]);
    const back = new Sink();
    stream.attach(back, { lastEventId: id });
    expect(resetsOf(back)).toEqual([]);
  });

  it('gives a client an id to come back with before anything happens', () => {
    const stream = new EventStream('7', SOURCES);
    stream.publish([findingEvent()]);
    const [first, back] = [new Sink(), new Sink()];
    stream.attach(first);
    const [, id] = /^id: (.*)$/m.exec(first.text)!;
    stream.publish([findingEvent()]);
    stream.attach(back, { lastEventId: id });
    expect(back.ids()).toEqual(['7-2']);
    expect(resetsOf(back)).toEqual([]);
  });

  it('tells of some types alone to whoever wants no others, also of what was missed', () => {
    const stream = new EventStream('7', SOURCES);
    const [live, back] = [new Sink(), new Sink()];
    stream.attach(live, { types: ['failover-test', 'takeover'] });
    stream.publish([findingEvent()]);
    stream.publishTest(sampleTest(), NOON);
    stream.publish([findingEvent()]);
    expect(live.ids()).toEqual(['7-2']);
    stream.attach(back, { lastEventId: '7-0', types: ['finding'] });
    expect(back.ids()).toEqual(['7-1', '7-3']);
  });

  it('keeps the id of a client fresh that wants to hear of few events', () => {
    const stream = new EventStream('7', SOURCES, { remembered: 2 });
    const [sink, back] = [new Sink(), new Sink()];
    stream.attach(sink, { types: ['takeover'] });
    stream.publish([findingEvent(), findingEvent(), findingEvent()]);
    stream.heartbeat();
    const id = [...sink.text.matchAll(/^id: (.*)$/gm)].at(-1)![1]!;
    stream.attach(back, { lastEventId: id, types: ['takeover'] });
    expect(resetsOf(back)).toEqual([]);
  });

  it('tells a new client only what is new', () => {
    const stream = new EventStream('7', SOURCES);
    stream.publish([findingEvent()]);
    const sink = new Sink();
    stream.attach(sink);
    stream.publish([findingEvent()]);
    expect(sink.ids()).toEqual(['7-2']);
  });

  it('drops a client that reads too slowly, and only that one', () => {
    const stream = new EventStream('7', SOURCES, { maxBufferedBytes: 2_000 });
    const [slow, quick] = [new Sink(), new Sink()];
    stream.attach(slow);
    stream.attach(quick);
    slow.stuck = true;
    for (let i = 0; i < 50; i += 1) stream.publish([findingEvent()]);
    expect(slow.destroyed).toBe(true);
    expect(slow.writableLength).toBeLessThan(4_000);
    expect(quick.ids()).toHaveLength(50);
    expect({ clients: stream.clients, dropped: stream.dropped }).toEqual({ clients: 1, dropped: 1 });
  });

  it('keeps connections alive with comments', () => {
    const stream = new EventStream('7', SOURCES);
    const sink = new Sink();
    stream.attach(sink);
    stream.heartbeat();
    expect(sink.text).toMatch(/\n\n: .*\n\n$/);
  });
});

describe('GET /api/v1/events', () => {
  let running: SampleServer | undefined;
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await running?.server.close();
    running = undefined;
  });

  async function follow(
    port: number,
    lastEventId?: string,
    query = '',
  ): Promise<{ socket: Socket; until: (text: string) => Promise<string> }> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      received += chunk;
    });
    socket.write(
      `GET /api/v1/events${query} HTTP/1.1\r\nHost: localhost\r\n${lastEventId ? `Last-Event-ID: ${lastEventId}\r\n` : ''}\r\n`,
    );
    const until = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const look = () => received.includes(text) && resolve(received);
        socket.on('data', look).on('close', () => reject(new Error(`closed after: ${received}`)));
        look();
      });
    return { socket, until };
  }

  it('streams what happens, from the last event seen', async () => {
    running = await sampleServer();
    const port = await running.server.listen('127.0.0.1', 0);
    running.events.publish([findingEvent()]);
    const { until } = await follow(port, '7-0');
    expect(await until('id: 7-1')).toContain('content-type: text/event-stream');
    running.events.publish([findingEvent({ kind: 'split-brain' })]);
    expect(await until('id: 7-2')).toContain('split-brain');
  });

  it('streams the types that are asked for, and refuses those that there are none of', async () => {
    running = await sampleServer();
    const port = await running.server.listen('127.0.0.1', 0);
    const { until } = await follow(port, undefined, '?types=takeover,failover-test');
    await until('retry:');
    running.events.publish([findingEvent()]);
    running.events.publishTest(sampleTest(), NOON);
    expect(await until('id: 7-2')).not.toContain('event: finding');
    const refused = await running.server.fastify.inject('/api/v1/events?types=takeover,reset');
    expect(refused.json()).toMatchObject({
      status: 400,
      detail: 'types: expected one of finding, takeover, service-gap, lease, failover-test',
    });
  });

  it('answers HEAD as any other route, and follows nothing for it', async () => {
    running = await sampleServer();
    const port = await running.server.listen('127.0.0.1', 0);
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/events`, { method: 'HEAD' });
    expect({ status: response.status, type: response.headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/event-stream',
    });
    expect(await response.text()).toBe('');
    expect(running.events.clients).toBe(0);
  });

  it('has room for so many clients; the next is told to come back, and a place that is left is free', async () => {
    running = await sampleServer({}, { maxClients: 2, reserved: 0 });
    const port = await running.server.listen('127.0.0.1', 0);
    const first = await follow(port);
    await first.until('retry:');
    await (await follow(port)).until('retry:');
    const refused = await fetch(`http://127.0.0.1:${port}/api/v1/events`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toMatch(/problem\+json/);
    expect(refused.headers.get('retry-after')).toBe('10');
    first.socket.destroy();
    await expect.poll(() => running!.events.clients).toBe(1);
    await (await follow(port)).until('retry:');
  });

  it('has four places for each machine of the LAN, keeps some for the cluster, and tells who has all of its own', async () => {
    const stream = new EventStream('7', SOURCES);
    const stranger = (client: string) => ({ client, origin: 'stranger' }) as const;
    const followAs = (asker: Parameters<EventStream['refusal']>[0]) => {
      const refusal = stream.refusal(asker);
      if (refusal === null) stream.attach(new Sink(), {}, asker);
      return refusal;
    };
    for (let i = 0; i < 4; i += 1) expect(followAs(stranger('a'))).toBeNull();
    expect(followAs(stranger('a'))).toBe('too many of one client');
    for (let i = 0; i < 20; i += 1) expect(followAs(stranger(`b${i}`))).toBeNull();
    expect(followAs(stranger('c'))).toBe('full');
    for (let i = 0; i < 8; i += 1) expect(followAs({ client: 'd', origin: 'cluster' })).toBeNull();
    expect(followAs({ client: 'd', origin: 'cluster' })).toBe('full');
    expect(followAs(undefined)).toBe('full');
  });

  it('tells a machine that follows too often so', async () => {
    running = await sampleServer();
    const port = await running.server.listen('127.0.0.1', 0);
    for (let i = 0; i < 4; i += 1) await (await follow(port)).until('retry:');
    const refused = await fetch(`http://127.0.0.1:${port}/api/v1/events`);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      detail: 'this machine already follows the events too many times',
    });
  });

  it('ends when the server does, at once', async () => {
    running = await sampleServer();
    const port = await running.server.listen('127.0.0.1', 0);
    const { socket, until } = await follow(port);
    await until('retry:');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await running.server.close();
    await closed;
    running = undefined;
  });
});
