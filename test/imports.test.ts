// Who may import whom: the core is pure, siblings don't know each other, and only main knows all parts.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../src');

/** What each part may import from src besides itself. */
const ALLOWED: Record<string, readonly string[]> = {
  net: [],
  arp: ['net'],
  ndp: ['net'],
  dhcp: ['net'],
  cluster: ['net'],
  watch: ['net', 'arp', 'ndp', 'dhcp', 'cluster'],
  probe: ['net', 'arp', 'ndp', 'dhcp', 'cluster'],
  alert: ['net', 'cluster', 'watch'],
  serve: ['net', 'arp', 'ndp', 'dhcp', 'cluster', 'watch', 'probe'],
  host: ['net'],
  'config.ts': ['net', 'cluster', 'watch', 'config'],
  config: ['net', 'watch', 'alert'],
};
const PURE = new Set(['net', 'arp', 'ndp', 'dhcp', 'cluster', 'watch', 'probe', 'alert']);
/** Computes on text and bytes, reads nothing of the machine. */
const PURE_BUILTINS = new Set(['node:net', 'node:crypto']);

interface Import {
  readonly from: string;
  readonly to: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const from = relative(root, file);
  return [
    ...text.matchAll(/^\s*(?:import|export)\b[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/gm),
  ].map((match) => {
    const to = match[1] ?? match[2] ?? '';
    return { from, to: to.startsWith('.') ? posix.join(posix.dirname(from), to) : to };
  });
}

const partOf = (path: string) => path.split('/')[0] ?? path;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const imports = files.flatMap((name) => importsOf(join(root, name)));

describe('imports', () => {
  it('finds the imports of the source', () => {
    expect(imports).toContainEqual({ from: 'arp/claim.ts', to: 'net/address.ts' });
    expect(imports.length).toBeGreaterThan(100);
  });

  it('of each part reach only the parts below it', () => {
    const wrong = imports.filter(({ from, to }) => {
      const allowed = ALLOWED[partOf(from)];
      const inside = files.includes(to);
      return allowed !== undefined && inside && partOf(to) !== partOf(from) && !allowed.includes(partOf(to));
    });
    expect(wrong).toEqual([]);
  });

  it('of the core touch neither packages nor the machine', () => {
    const wrong = imports.filter(
      ({ from, to }) => PURE.has(partOf(from)) && !files.includes(to) && !PURE_BUILTINS.has(to),
    );
    expect(wrong).toEqual([]);
  });

  it('never reach for a clock or the environment in the core', () => {
    const wrong = files.filter(
      (name) =>
        PURE.has(partOf(name)) &&
        /\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bprocess\.|\bset(Timeout|Interval)\b|\bMath\.random\b/.test(
          readFileSync(join(root, name), 'utf8'),
        ),
    );
    expect(wrong).toEqual([]);
  });
});
