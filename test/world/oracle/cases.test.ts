// Worlds that were kept: each was red once, and is green, or red by a class that is known to be wrong.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KNOWN_RED } from '../../../lab/world/known-red.ts';
import { judged } from '../../../lab/world/oracle/seed.ts';
import { EXPECTATIONS } from '../../field/expectations.ts';

const FOLDER = join(import.meta.dirname, '../../data/world');
const NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));

function classOf(name: string): string | undefined {
  return Object.keys(KNOWN_RED).find((one) => KNOWN_RED[one]!.cases.includes(`world/${name}`));
}

describe('worlds that were kept', () => {
  it.each(NAMES)('%s', (name) => {
    const { complaints, knownRed } = judged(JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')));
    expect(complaints).toEqual([]);
    // One that turned right leaves the list.
    const red = classOf(name);
    if (red === undefined) expect(knownRed).toEqual([]);
    else expect(knownRed).toContain(red);
  });
});

const README = readFileSync(join(import.meta.dirname, '../../../lab/world/README.md'), 'utf8');

describe('what is known to be judged wrongly in worlds', () => {
  it('is listed in the README, and nothing else is', () => {
    const rows = [...README.matchAll(/^\| ([^|]+) \| [a-z\d ]+ \| [^|]+ \|$/gm)].map(([, name]) => name!);
    expect(rows.filter((name) => name !== 'class').toSorted()).toEqual(Object.keys(KNOWN_RED).toSorted());
  });

  it.each(Object.entries(KNOWN_RED))('%s: is shown by cases that there are', (_, { cases, kinds }) => {
    expect(kinds).not.toEqual([]);
    expect(cases).not.toEqual([]);
    for (const name of cases)
      expect(name in EXPECTATIONS || NAMES.some((kept) => name === `world/${kept}`), name).toBe(true);
  });
});
