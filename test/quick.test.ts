// Every test is quick, or left out for a reason: which programs it starts decides, read off what it imports.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, readSource, type Source } from '../scripts/structure/source.ts';
import { LEFT_OUT, needOf, STARTS } from './left-out.ts';

const ROOT = join(import.meta.dirname, '..');
const FILES: Source = new Map(
  ['test', 'lab', 'scripts'].flatMap((folder) =>
    [...readSource(join(ROOT, folder))].map(([file, text]) => [`${folder}/${file}`, text] as const),
  ),
);
const TESTS = [...FILES.keys()].filter((file) => file.startsWith('test/') && file.endsWith('.test.ts'));

/** The file itself, and all of test/, lab/ and scripts/ that it imports. */
function reachedFrom(file: string): string[] {
  const reached = new Set([file]);
  for (const one of reached)
    for (const { to } of importsOf(one, FILES.get(one)!)) if (to !== null && FILES.has(to)) reached.add(to);
  return [...reached];
}

function startsPrograms(test: string): boolean {
  // Playwright starts a browser.
  const starters = ['node:child_process', 'playwright-core'];
  return reachedFrom(test).some((file) =>
    importsOf(file, FILES.get(file)!).some(({ to, isType }) => starters.includes(String(to)) && !isType),
  );
}

describe('make quick', () => {
  it('runs no test that starts a program, but for those that say which', () => {
    expect(TESTS.length).toBeGreaterThan(100);
    const quick = TESTS.filter((test) => needOf(test) === undefined);
    expect(quick.filter(startsPrograms)).toEqual(Object.keys(STARTS));
  });

  it('leaves out only what starts programs', () => {
    const leftOut = TESTS.filter((test) => needOf(test) !== undefined);
    expect(leftOut.filter((test) => !startsPrograms(test))).toEqual([]);
    for (const path of Object.keys(LEFT_OUT)) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});
