// Imports from files and by HTTP, with what goes wrong: each told in one line, and what was read last kept.
import { appendFileSync, rmSync, truncateSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import type { Imported } from '../../src/lease-import/imported.ts';
import { Importing, type ImportPeers } from '../../src/lease-import/importing.ts';
import type { ImportSettings } from '../../src/lease-import/settings.ts';
import { readShared, type SharedImport, writeShared } from '../../src/lease-import/shared.ts';
import { rangeText } from '../../src/net/range.ts';
import { openssl } from './certificate.ts';
import { leasesOf, NOW } from './reading.ts';
import { OPNSENSE, PIHOLE } from './recorded.ts';
import { answering, json, opnsenseApi, PiholeApi } from './recorded-apis.ts';
import { TestServers } from './server.ts';

const PHONE = '192.168.1.50 02:00:00:00:00:aa luca-phone 60';
const END = NOW + 60;

let servers: TestServers;
const running: Importing[] = [];
beforeAll(() => {
  servers = new TestServers();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  servers.close();
});
afterAll(() => servers.remove());

const NOTHING: Omit<ImportSettings, 'name' | 'type'> = {
  file: null,
  configFile: null,
  url: null,
  user: null,
  passwordFile: null,
  keyFile: null,
  caFile: null,
  every: 10 * SECOND,
};

/** Reads again whenever it is told to. */
class Run {
  readonly tables: Imported[] = [];
  readonly logged: string[] = [];
  readonly importing: Importing;
  #now = 0;

  constructor(settings: Partial<ImportSettings>, peers: ImportPeers | null = null, isShared = false) {
    const log = (fields: object, message: string) =>
      void this.logged.push(`${message} ${JSON.stringify(fields)}`);
    this.importing = new Importing({
      imports: [{ ...NOTHING, name: 'router', type: 'dnsmasq', ...settings }],
      log: { info: log, warn: log } as never,
      now: () => this.#now,
      unixTime: () => NOW + this.#now / SECOND,
      isShared,
      peers,
      onTable: (_, imported) => void this.tables.push(imported),
    });
    running.push(this.importing);
  }

  /** Until it is known how the reading went. */
  async read(): Promise<this> {
    this.importing.tick(this.#now);
    await this.importing.settled();
    this.#now += 12 * SECOND;
    return this;
  }

  get health() {
    return this.importing.health()[0];
  }

  get last(): Imported | undefined {
    return this.tables.at(-1);
  }
}

describe('an import from a file', () => {
  const LINE = `${END} 02:00:00:00:00:aa 192.168.1.50 luca-phone 01:02:00:00:00:00:aa\n`;

  it('gives the leases, and with the configuration the ranges', async () => {
    const file = servers.file('dnsmasq.leases', LINE);
    const configFile = servers.file('dnsmasq.conf', 'dhcp-range=192.168.1.2,192.168.1.253,12h\n');
    const run = await new Run({ file, configFile }).read();
    expect(leasesOf(run.last!)).toEqual([PHONE]);
    expect(run.last?.ranges.map(rangeText)).toEqual(['192.168.1.2-192.168.1.253']);
    expect(run.health).toEqual({ name: 'router', succeededAt: NOW, problem: null, doubts: [], leases: 1 });
    expect(run.logged).toEqual([]);
  });

  it('that fails keeps the last good one, and says so once', async () => {
    const file = servers.file('dnsmasq.leases', LINE);
    const run = await new Run({ file }).read();
    rmSync(file);
    await run.read();
    await run.read();
    expect(run.tables).toHaveLength(1);
    expect(run.health).toMatchObject({ succeededAt: NOW, problem: 'no such file', leases: 1 });
    servers.file('dnsmasq.leases', LINE);
    await run.read();
    expect(run.health).toMatchObject({ problem: null });
    expect(run.logged.map((line) => line.split('{')[0])).toEqual([
      'A table of DHCP leases cannot be read; vipwatch uses what it read last ',
      'A table of DHCP leases is read again ',
    ]);
  });

  it('a file that is on another machine is no problem of this one, until it was here', async () => {
    const file = join(servers.folder, 'elsewhere.leases');
    const run = await new Run({ file }, null, true).read();
    expect(run.importing.health()).toEqual([]);
    servers.file('elsewhere.leases', LINE);
    await run.read();
    rmSync(file);
    await run.read();
    expect(run.health).toMatchObject({ problem: 'its file is gone', leases: 1 });
  });

  it('a directory is refused in one line', async () => {
    const run = await new Run({ file: servers.folder }).read();
    expect([run.tables, run.health?.problem]).toEqual([[], 'it is not a file']);
  });

  it.each([
    ['of 100 MB', '', 100_000_000, 'it has 100000000 bytes, more than the 33554432 that are read'],
    ['binary', 'PK\u0003\u0004\ufffd\u0000\n\u0000', 10_000, 'holds no line of a lease file of dnsmasq'],
  ])('%s it is refused in one line', async (_, content, length, problem) => {
    const file = servers.file('bad.leases', content);
    truncateSync(file, length);
    const run = await new Run({ file }).read();
    expect([run.tables, run.health?.problem]).toEqual([[], problem]);
  });

  it('reads what Kea left beside its file: the finished one, else the two before it', async () => {
    const head =
      'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n';
    const lease = (last: number) => `192.168.1.${last},02:00:00:00:00:${last},,3600,${END},1,0,0,,0,\n`;
    const file = servers.file('kea.csv', head + lease(53));
    servers.file('kea.csv.1', head + lease(52));
    servers.file('kea.csv.2', head + lease(51));
    const run = await new Run({ type: 'kea', file }).read();
    expect(run.last?.leases.map(({ ip }) => ip)).toEqual(['192.168.1.51', '192.168.1.52', '192.168.1.53']);
    servers.file('kea.csv.completed', head + lease(54));
    await run.read();
    expect(run.last?.leases.map(({ ip }) => ip)).toEqual(['192.168.1.54', '192.168.1.53']);
  });

  it('reads a large journal in pieces', async () => {
    const file = servers.file('dhcpd.leases', '');
    const block = `lease 192.168.1.50 { ends never; binding state active; hardware ethernet 02:00:00:00:00:aa; ${'#'.repeat(400)}\n}\n`;
    for (let i = 0; i < 20; i += 1) appendFileSync(file, block.repeat(1000));
    const run = await new Run({ type: 'isc', file }).read();
    expect(leasesOf(run.last!)).toEqual(['192.168.1.50 02:00:00:00:00:aa - Infinity']);
  });
});

describe.skipIf(!openssl)('an import by HTTPS', () => {
  async function pihole() {
    const server = new PiholeApi('hunter2', PIHOLE.leases(END));
    const url = await servers.https(server.listener);
    const passwordFile = servers.file('password', 'hunter2\n');
    return { server, settings: { type: 'pihole', url, passwordFile, caFile: servers.caFile } as const };
  }

  it('from Pi-hole has one session for all readings, and ends it', async () => {
    const { server, settings } = await pihole();
    const run = await new Run(settings).read();
    await run.read();
    expect(leasesOf(run.tables[0]!)).toEqual([PHONE, '192.168.1.20 02:00:00:00:00:20 - Infinity']);
    expect(run.last?.ranges.map(rangeText)).toEqual(['192.168.1.2-192.168.1.253']);
    expect([server.logins, server.sessions.size]).toEqual([1, 1]);
    // It began anew, and knows nobody.
    server.sessions.clear();
    await run.read();
    expect([run.tables.length, server.logins]).toEqual([3, 2]);
    await run.importing.stop();
    expect(server.sessions.size).toBe(0);
  });

  it('with a wrong password says so', async () => {
    const { settings } = await pihole();
    const passwordFile = servers.file('wrong', 'guess');
    const run = await new Run({ ...settings, passwordFile }).read();
    expect(run.health?.problem).toBe('the password was not accepted');
    const gone = await new Run({ ...settings, passwordFile: '/nowhere/password' }).read();
    expect(gone.health?.problem).toBe('/nowhere/password: ENOENT');
  });

  it('from a server of another CA is refused, and nothing is sent to it', async () => {
    const { server, settings } = await pihole();
    const run = await new Run({ ...settings, caFile: null }).read();
    expect(run.health?.problem).toBe(
      'its certificate is not trusted: set caFile to the certificates to trust',
    );
    expect(server.logins).toBe(0);
  });

  it('from OPNsense asks all three, with key and secret', async () => {
    const url = await servers.https(opnsenseApi('w4ZX/k+y:5eCr3t=', OPNSENSE(END)));
    const keyFile = servers.file('apikey.txt', 'key=w4ZX/k+y\r\nsecret=5eCr3t=\r\n');
    const run = await new Run({ type: 'opnsense', url, keyFile, caFile: servers.caFile }).read();
    expect(leasesOf(run.last!)).toEqual([PHONE, '192.168.1.20 02:00:00:00:00:20 nas Infinity']);
    expect(run.last?.ranges.map(rangeText)).toEqual(['192.168.1.100-192.168.1.249']);
    const half = servers.file('half.txt', 'key=abc\n');
    const refused = await new Run({ type: 'opnsense', url, keyFile: half, caFile: servers.caFile }).read();
    expect(refused.health?.problem).toContain('half.txt: holds no lines key=... and secret=...');
  });

  it.each([
    ['pihole', PIHOLE.leases(END), 'its answer is not JSON'],
    [
      'opnsense',
      OPNSENSE(END)['/api/dnsmasq/leases/search'],
      '/api/dnsmasq/leases/search: its answer is not JSON',
    ],
  ] as const)('from %s that answers half of its table keeps the whole one', async (type, table, problem) => {
    const whole = JSON.stringify(table);
    let answer = whole;
    const url = await servers.https((request, response) => {
      const isTable = /dhcp.leases|dnsmasq.leases/.test(request.url ?? '');
      response.end(isTable ? answer : '{"rows":[],"config":{"dhcp":{"active":false}}}');
    });
    const run = await new Run({ type, url, caFile: servers.caFile }).read();
    expect([run.tables.length, run.health?.problem]).toEqual([1, null]);
    answer = whole.slice(0, whole.lastIndexOf('}]'));
    await run.read();
    expect([run.tables.length, run.health?.problem, run.health?.leases]).toEqual([1, problem, 2]);
  });

  it.each<[string, RequestListener, string]>([
    ['is in trouble', (_, response) => response.writeHead(500).end(), 'HTTP 500'],
    ['hangs up', (request) => request.socket.destroy(), 'the connection was cut'],
  ])('from OPNsense whose server in use %s keeps its table', async (_, trouble, problem) => {
    const key = 'w4ZX/k+y:5eCr3t=';
    const keyFile = servers.file('apikey.txt', 'key=w4ZX/k+y\nsecret=5eCr3t=\n');
    const good = opnsenseApi(key, OPNSENSE(END));
    let isGood = true;
    const url = await servers.https((request, response) =>
      !isGood && request.url?.startsWith('/api/dnsmasq')
        ? trouble(request, response)
        : good(request, response),
    );
    const run = await new Run({ type: 'opnsense', url, keyFile, caFile: servers.caFile }).read();
    isGood = false;
    await run.read();
    expect(run.tables).toHaveLength(1);
    expect(run.health).toMatchObject({ problem: `/api/dnsmasq/leases/search: ${problem}`, leases: 2 });
    isGood = true;
    await run.read();
    expect([run.tables.length, run.health?.problem]).toEqual([2, null]);
  });

  it('from Kea takes one page after the other, and the range', async () => {
    const bodies: string[] = [];
    const url = await servers.https(
      answering((request, response, body) => {
        if (request.headers.authorization !== `Basic ${btoa('vip:hunter2')}`)
          return json(response, 401, { result: 401 });
        bodies.push(body);
        const { command, arguments: args } = JSON.parse(body);
        if (command === 'config-get')
          return json(response, 200, [
            { result: 0, arguments: { Dhcp4: { subnet4: [{ pools: [{ pool: '10.0.0.1-10.0.9.9' }] }] } } },
          ]);
        const lease = (n: number) => ({
          'ip-address': `10.0.${n >> 8}.${n & 255}`,
          'hw-address': '02:00:00:00:00:aa',
          cltt: NOW,
          'valid-lft': 60,
        });
        const first = args.from === 'start';
        const leases = Array.from({ length: first ? 1000 : 2 }, (_, n) => lease(n + (first ? 1 : 1001)));
        return json(response, 200, [{ result: 0, arguments: { count: leases.length, leases } }]);
      }),
    );
    const passwordFile = servers.file('password', 'hunter2');
    const run = await new Run({ type: 'kea', url, user: 'vip', passwordFile, caFile: servers.caFile }).read();
    expect(run.last?.leases).toHaveLength(1002);
    expect(run.last?.ranges.map(rangeText)).toEqual(['10.0.0.1-10.0.9.9']);
    expect(bodies).toHaveLength(3);
    expect(bodies[1]).toContain('"from":"10.0.3.232"');
    const unknown = await new Run({ type: 'kea', url, caFile: servers.caFile }).read();
    expect(unknown.health?.problem).toBe('HTTP 401: it does not accept the credentials');
  });
});

describe('an import by HTTP', () => {
  const kea = async (answer: RequestListener) =>
    await new Run({ type: 'kea', url: await servers.http(answer) }).read();

  it.each<[string, RequestListener, string]>([
    ['answers HTML', (_, response) => response.end('<!doctype html><p>Login'), 'it answers HTML, not JSON'],
    ['answers half', (_, response) => response.end('[{"result":0,'), 'its answer is not JSON'],
    ['answers something else', (_, response) => response.end('[7]'), "the answer is not Kea's"],
    ['is in trouble', (_, response) => response.writeHead(500).end(), 'HTTP 500'],
    [
      'redirects',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'HTTP 302: it redirects; vipwatch does not follow redirects',
    ],
    ['hangs up', (request) => request.socket.destroy(), 'the connection was cut'],
    ['speaks no HTTP', (request) => request.socket.end('220 smtp ready\r\n'), 'it does not speak HTTP'],
    [
      'answers without end',
      (_, response) => {
        const more = () => {
          while (response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
      'its answer is longer than 4194304 bytes',
    ],
    [
      'has no hook',
      answering((_, response) =>
        json(response, 200, [{ result: 2, text: "'lease4-get-page' command not supported." }]),
      ),
      'its server has not loaded libdhcp_lease_cmds.so, which lists leases',
    ],
    [
      'fails',
      answering((_, response) => json(response, 200, [{ result: 1, text: 'a\nb' }])),
      'result 1: a\ufffdb',
    ],
  ])('from a server that %s fails in one line', async (_, answer, problem) => {
    const run = await kea(answer);
    expect([run.tables, run.health?.problem]).toEqual([[], problem]);
    expect(run.logged).toHaveLength(1);
  });

  it.each<[string, RequestListener]>([
    ['hangs', () => {}],
    [
      'drips',
      (_, response) => {
        const drip = setInterval(() => response.write(' '), 100);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('from a server that %s is given up after 5 s', { timeout: 20_000 }, async (_, answer) => {
    const run = await kea(answer);
    expect(run.health?.problem).toBe('no whole answer within 5 s');
  });

  it('from nobody fails in one line', async () => {
    const url = await servers.http(() => {});
    servers.close();
    expect((await new Run({ type: 'kea', url }).read()).health?.problem).toBe('no program listens there');
    const wrong = await servers.http(() => {});
    const run = await new Run({ type: 'kea', url: wrong.replace('http:', 'https:') }).read();
    expect(run.health?.problem).toBe('it does not speak TLS');
  });

  it('from a Kea that listens itself leaves out whom to ask', async () => {
    const run = await kea(
      answering((_, response, body) => {
        const { command, service } = JSON.parse(body);
        if (service) return json(response, 200, { result: 1, text: "unsupported parameter 'service'" });
        return json(
          response,
          200,
          command === 'config-get'
            ? { result: 0, arguments: { Dhcp4: {} } }
            : { result: 3, text: '0 IPv4 lease(s) found.' },
        );
      }),
    );
    expect(run.last).toMatchObject({ leases: [], doubts: [] });
  });

  it('without its range is doubted', async () => {
    const run = await kea(
      answering((_, response, body) =>
        json(response, 200, [
          JSON.parse(body).command === 'config-get' ? { result: 2, text: 'unknown' } : { result: 3 },
        ]),
      ),
    );
    expect(run.last?.doubts).toEqual(['its range is not known: result 2, without Dhcp4']);
  });
});

describe('agents of one cluster', () => {
  const table: Imported = {
    ranges: [],
    reservations: [],
    declined: [],
    leases: [
      {
        ip: '192.168.1.50',
        mac: '02:00:00:00:00:aa',
        clientId: null,
        hostname: 'luca-phone',
        expiresAt: END,
      },
    ] as never,
    readAt: NOW - 5,
    doubts: [],
  };

  it('ask by one of them, and the others take what it published', async () => {
    let asked = 0;
    const url = await servers.http(
      answering((_, response) => {
        asked += 1;
        json(response, 200, [{ result: 3 }]);
      }),
    );
    const published: SharedImport[] = [];
    const mine = {
      isMine: () => true,
      publish: (_: string, one: SharedImport) => void published.push(one),
      shared: () => undefined,
    };
    await new Run({ type: 'kea', url }, mine).read();
    expect([asked, published.length]).toEqual([2, 1]);

    let shared: string | undefined;
    const run = new Run(
      { type: 'kea', url },
      { isMine: () => false, publish: () => expect.fail(), shared: () => shared },
    );
    await run.read();
    expect([asked, run.tables]).toEqual([2, []]);
    shared = writeShared({ imported: table, problem: null });
    run.importing.sharedChanged();
    run.importing.sharedChanged();
    expect(run.tables.map(leasesOf)).toEqual([[PHONE]]);
    expect(run.health).toMatchObject({ succeededAt: NOW - 5, problem: null });
    shared = writeShared({ imported: table, problem: 'HTTP 500' });
    run.importing.sharedChanged();
    expect(run.tables).toHaveLength(1);
    expect(run.health).toMatchObject({ succeededAt: NOW - 5, problem: 'HTTP 500' });
    expect(asked).toBe(2);
  });

  it('read what another one published like a file', () => {
    expect(readShared(writeShared({ imported: table, problem: null }), NOW)).toEqual({
      imported: table,
      problem: null,
    });
    expect(readShared(writeShared({ imported: null, problem: 'HTTP 500' }), NOW)).toEqual({
      imported: null,
      problem: 'HTTP 500',
    });
    for (const text of ['', '{', '[]', '{"version":2}', 'x'.repeat(300_000)])
      expect(readShared(text, NOW)).toBeUndefined();
    const odd = { version: 1, readAt: NOW, leases: [7, { ip: 'x' }], ranges: ['y', 8], doubts: ['a\u001b'] };
    expect(readShared(JSON.stringify(odd), NOW)?.imported).toMatchObject({
      leases: [],
      doubts: ['a\ufffd', '3 entries were not understood and left out'],
    });
  });
});

it('two servers that disagree are told in one line', async () => {
  const line = (mac: string, last: number) => `${END} 02:00:00:00:00:${mac} 192.168.1.${last} * *\n`;
  const one = servers.file('one', line('aa', 50) + line('ab', 51) + line('ac', 52));
  const other = servers.file('other', line('aa', 50) + line('bb', 51) + line('bc', 52));
  const importing = new Importing({
    imports: ['one', 'other'].map((name) => ({
      ...NOTHING,
      name,
      type: 'dnsmasq',
      file: name === 'one' ? one : other,
    })),
    log: { info: () => {}, warn: () => {} } as never,
    now: () => 0,
    unixTime: () => NOW,
    isShared: false,
    peers: null,
    onTable: () => {},
  });
  running.push(importing);
  importing.tick(0);
  await importing.settled();
  expect(importing.doubts()).toEqual(['one and other give 192.168.1.51 and 1 more to different machines']);
});
