// Every link of a document to another one leads to a file that is there, and to a heading of it.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGES = globSync(
  ['*.md', 'docs/**/*.md', 'deploy/**/*.md', 'lab/**/*.md', 'scripts/**/*.md', 'test/cluster/*.md'],
  {
    cwd: ROOT,
  },
);

/** As GitHub makes them: a heading that stands twice has a number the second time. */
function anchorsOf(text: string): Set<string> {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const seen = new Map<string, number>();
  const anchors = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const anchor = heading!
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  return new Set(anchors);
}

/** Relative ones, outside of examples. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`]*`/g, '`');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to!).filter((to) => !/^[a-z]+:/.test(to));
}

function brokenLinksOf(page: string): string[] {
  return linksOf(readFileSync(join(ROOT, page), 'utf8')).filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
    if (relative(ROOT, target).startsWith('..') || !existsSync(target)) return true;
    if (anchor === undefined) return false;
    return statSync(target).isDirectory() || !anchorsOf(readFileSync(target, 'utf8')).has(anchor);
  });
}

describe('links', () => {
  it('are found, and their anchors', () => {
    expect(PAGES.length).toBeGreaterThan(20);
    expect(linksOf('[a](b.md#c) `[no](x.md)` [web](https://x.example)')).toEqual(['b.md#c']);
    expect([...anchorsOf('# What it may do, and why\n## Same\n## Same\n```\n# no\n```\n')]).toEqual([
      'what-it-may-do-and-why',
      'same',
      'same-1',
    ]);
  });

  it.each(PAGES)('of %s lead somewhere', (page) => {
    expect(brokenLinksOf(page)).toEqual([]);
  });
});
