// Who may import whom, and what is pure: the walls of the house (scripts/structure/rooms.ts), which no path is outside of.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { breachesOf } from '../scripts/structure/breaches.ts';
import { circleIn } from '../scripts/structure/circles.ts';
import { ROOMS, roomOf } from '../scripts/structure/rooms.ts';
import { importsOf, readSource } from '../scripts/structure/source.ts';

const SOURCE = readSource(join(import.meta.dirname, '../src'));
const IMPORTS = [...SOURCE].flatMap(([file, text]) => importsOf(file, text));

describe('the walls', () => {
  it('stand', () => {
    expect(SOURCE.size).toBeGreaterThan(150);
    expect(IMPORTS.length).toBeGreaterThan(700);
    expect(breachesOf(SOURCE)).toEqual([]);
  });

  it('enclose no empty room, and each has a use for all that it may import', () => {
    const entered = new Set(
      IMPORTS.flatMap(({ from, to }) => (to === null ? [] : [`${roomOf(from)} -> ${roomOf(to) ?? to}`])),
    );
    for (const [room, { imports }] of Object.entries(ROOMS)) {
      expect(
        [...SOURCE.keys()].some((file) => roomOf(file) === room),
        `${room} is empty`,
      ).toBe(true);
      for (const there of imports) expect(entered).toContain(`${room} -> ${there}`);
    }
  });

  it('leave no circle, neither among rooms nor among files', () => {
    const files = IMPORTS.flatMap(({ from, to }) =>
      to !== null && SOURCE.has(to) ? [[from, to] as const] : [],
    );
    expect(circleIn(files)).toBeUndefined();
    const rooms = Object.entries(ROOMS).flatMap(([from, { imports }]) =>
      imports.map((to) => [from, to] as const),
    );
    expect(circleIn(rooms)).toBeUndefined();
  });
});

/** Planted at the end of a file: that it is a breach, and nothing else is. */
const PLANTED: readonly [file: string, line: string, what: RegExp][] = [
  ['main.ts', "import { pageOf } from './serve/render/schemas.ts';", /may not import serve/],
  ['failover/local-tests.ts', "import { Daemon } from '../daemon/daemon.ts';", /may not import daemon/],
  ['watch/watcher.ts', "const answer = await fetch('http://10.0.0.1/');", /the network/],
  ['watch/watcher.ts', 'const ask = fetch;', /the network/],
  [
    'failover/cluster/injections.ts',
    "import type { ApiObjects } from '../../host/kubernetes/objects.ts';",
    /may not import host/,
  ],
  ['probe/share.ts', "import { randomBytes } from 'node:crypto';", /node:crypto \{ randomBytes \}/],
  ['watch/watcher.ts', "import '../daemon/daemon.ts';", /for its effect/],
  ['watch/watcher.ts', "import * as daemon from './lan/lease.ts';", /as a whole/],
  ['watch/watcher.ts', "const { Daemon } = await import('../daemon/daemon.ts');", /daemon/],
  ['watch/watcher.ts', 'const { Daemon } = await import(path);', /computes/],
  ['watch/watcher.ts', "export { Daemon } from '../daemon/daemon.ts';", /may not import daemon/],
  ['watch/watcher.ts', "import type { Journal } from '../host/journal.ts';", /may not import host/],
  [
    'watch/watcher.ts',
    "import {\n  Journal,\n  type JournalRow,\n} from '../host/journal.ts';",
    /may not import host/,
  ],
  ['watch/watcher.ts', "import { readFileSync } from 'node:fs';", /node:fs/],
  ['watch/watcher.ts', "import fastify from 'fastify';", /fastify/],
  ['watch/watcher.ts', "const fs = require('node:fs');", /node:fs/],
  ['watch/watcher.ts', 'const now = Date.now();', /a clock/],
  ['watch/watcher.ts', 'const now = new Date();', /a clock/],
  ['watch/watcher.ts', 'const now = new Date;', /a clock/],
  ['watch/watcher.ts', 'const { now } = Date;', /a clock/],
  ['watch/watcher.ts', 'const now = performance.now();', /a clock/],
  ['watch/watcher.ts', 'setTimeout(() => {}, 1);', /a timer/],
  ['watch/watcher.ts', 'const late = AbortSignal.timeout(1);', /a timer/],
  ['watch/watcher.ts', 'const chance = Math.random();', /randomness/],
  ['watch/watcher.ts', 'const { random } = Math;', /randomness/],
  ['watch/watcher.ts', 'const id = crypto.randomUUID();', /randomness/],
  ['watch/watcher.ts', "const home = process.env['HOME'];", /the process/],
  ['host/clock.ts', "import { Watcher } from '../watch/watcher.ts';", /host may not import watch/],
  ['net/address.ts', "import { claimOfArp } from '../arp/claim.ts';", /net may not import arp/],
];

describe('a breach', () => {
  it.each(PLANTED)('of %s is seen: %s', (file, line, what) => {
    const text = SOURCE.get(file);
    expect(text).toBeDefined();
    const breaches = breachesOf(new Map([...SOURCE, [file, `${text}\n${line}\n`]]));
    expect(breaches).toMatchObject([{ file, what: expect.stringMatching(what) }]);
  });

  it('is a file in no room, and whoever imports it', () => {
    const stray = new Map([
      ...SOURCE,
      ['stray.ts', ''],
      ['host/clock.ts', "import { a } from '../stray.ts';"],
    ]);
    expect(breachesOf(stray)).toEqual([
      { file: 'host/clock.ts', what: 'imports stray.ts, which is in no room' },
      { file: 'stray.ts', what: 'is in no room' },
    ]);
  });

  it('is not seen where there is none: in comments, in strings, in what looks like one', () => {
    const harmless = [
      "// import { readFileSync } from 'node:fs'; setTimeout",
      '/* Date.now() and process.env */',
      "const words = 'fetch(this) at https://example.org/ by process.env';",
      'const at = new Date(millis).toISOString() + Date.parse(text);',
      'const offset = candidate.fetch(1);',
    ];
    const file = 'watch/watcher.ts';
    const text = `${SOURCE.get(file)}\n${harmless.join('\n')}\n`;
    expect(breachesOf(new Map([...SOURCE, [file, text]]))).toEqual([]);
  });

  it('is a circle', () => {
    expect(
      circleIn([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
        ['c', 'd'],
      ]),
    ).toEqual(['a', 'b', 'c', 'a']);
    expect(
      circleIn([
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'd'],
        ['c', 'd'],
      ]),
    ).toBeUndefined();
  });
});
