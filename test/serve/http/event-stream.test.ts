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
    return [...this.text.matchAll(/^id: (.*)$/gm)].map((match) => match[1]!);
  }
}

const iso = (at: number) => new Date(at / 1000).toISOString();

describe('EventStream', () => {
  it('sends each event with its id, its type and the contract’s JSON', () => {
    const stream = new EventStream('7', iso);
    const sink = new Sink();
    stream.attach(sink, undefined);
    stream.publish([findingEvent()]);
    const [, message] = sink.text.split('\n\n');
    expect(message!.split('\n').slice(0, 2)).toEqual(['id: 7-1', 'event: finding']);
    const data = JSON.parse(message!.split('data: ')[1]!);
    expect(Object.keys(data).join(' ')).toBe(
      'type action at id kind severity confirmed ip macs interface vlan vip message remedy evidence',
    );
  });

  it('tells what becomes of a failover test, and not who asked for it', () => {
    const stream = new EventStream('7', iso);
    const sink = new Sink();
    stream.attach(sink, undefined);
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
    const stream = new EventStream('7', iso);
    stream.publish([findingEvent(), findingEvent(), findingEvent()]);
    const back = new Sink();
    stream.attach(back, '7-1');
    expect(back.ids()).toEqual(['7-2', '7-3']);
  });

  it.each([['6-1'], ['nonsense'], [''], ['7-x'], ['7--1']])(
    'tells all it remembers to one that last saw %j',
    (id) => {
      const stream = new EventStream('7', iso, { remembered: 2 });
      stream.publish([findingEvent(), findingEvent(), findingEvent()]);
      const back = new Sink();
      stream.attach(back, id);
      expect(back.ids()).toEqual(['7-2', '7-3']);
    },
  );

  it('tells a new client only what is new', () => {
    const stream = new EventStream('7', iso);
    stream.publish([findingEvent()]);
    const sink = new Sink();
    stream.attach(sink, undefined);
    stream.publish([findingEvent()]);
    expect(sink.ids()).toEqual(['7-2']);
  });

  it('drops a client that reads too slowly, and only that one', () => {
    const stream = new EventStream('7', iso, { maxBufferedBytes: 2_000 });
    const [slow, quick] = [new Sink(), new Sink()];
    stream.attach(slow, undefined);
    stream.attach(quick, undefined);
    slow.stuck = true;
    for (let i = 0; i < 50; i += 1) stream.publish([findingEvent()]);
    expect(slow.destroyed).toBe(true);
    expect(slow.writableLength).toBeLessThan(4_000);
    expect(quick.ids()).toHaveLength(50);
    expect({ clients: stream.clients, dropped: stream.dropped }).toEqual({ clients: 1, dropped: 1 });
  });

  it('keeps connections alive with comments', () => {
    const stream = new EventStream('7', iso);
    const sink = new Sink();
    stream.attach(sink, undefined);
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
  ): Promise<{ socket: Socket; until: (text: string) => Promise<string> }> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      received += chunk;
    });
    socket.write(
      `GET /api/v1/events HTTP/1.1\r\nHost: x\r\n${lastEventId ? `Last-Event-ID: ${lastEventId}\r\n` : ''}\r\n`,
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

  it('has room for so many clients; the next is told to come back, and a place that is left is free', async () => {
    running = await sampleServer({}, { maxClients: 2 });
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
