// The world has no clock, no chance and no machine but those that it makes itself: else a seed would not say everything.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { breachesOf } from '../../scripts/structure/breaches.ts';
import { importsOf, readSource } from '../../scripts/structure/source.ts';

const FILES = readSource(join(import.meta.dirname, '../../lab/world'));
/** The oracle looks at it from outside. */
const WORLD = new Map(
  [...FILES].flatMap(([file, text]) => (file.startsWith('oracle/') ? [] : [[`world/${file}`, text]])),
);
const ROOM = { world: { imports: [] } };
/** Where a thing comes from that is not of the world itself does not matter here. */
const REACHES = /^reaches for|^imports node:/;

function reached(source: ReadonlyMap<string, string>): string[] {
  return breachesOf(source, ROOM).flatMap(({ file, what }) =>
    REACHES.test(what) ? [`${file} ${what}`] : [],
  );
}

describe('the world', () => {
  it('reaches for nothing outside', () => {
    expect(WORLD.size).toBeGreaterThan(30);
    expect(reached(WORLD)).toEqual([]);
  });

  it('would be seen to', () => {
    const file = 'world/random.ts';
    for (const line of [
      'const now = Date.now();',
      'const chance = Math.random();',
      "import { readFileSync } from 'node:fs';",
    ])
      expect(reached(new Map([...WORLD, [file, `${WORLD.get(file)}\n${line}\n`]]))).toHaveLength(1);
  });

  it('takes of the machine’s code only what is given its clocks', () => {
    const ofMachine = [...WORLD].flatMap(([file, text]) =>
      importsOf(file, text).flatMap(({ to, isType }) =>
        !isType && to?.includes('/src/host/') ? [to.replace(/^.*\/src\//, '')] : [],
      ),
    );
    expect(ofMachine).toEqual(['host/clock.ts']);
  });
});
