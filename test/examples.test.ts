// Every example of a configuration that lists VIPs lists all nodes of its cluster, too: where some are left out, whoever follows
// it is told that the others are strangers.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FIRST_CONFIG } from '../src/cli/first-config.ts';
import { checkConfig } from '../src/config/config.ts';
import { doubtsOf } from '../src/intent/doubts.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];

/** The cluster that all of them are of. */
const NODES = ['cp', 'w1'];

/** Each with where it stands. */
const EXAMPLES: readonly (readonly [where: string, yaml: string])[] = [
  ...PAGES.filter((page) => page.endsWith('.md')).flatMap((page) =>
    [...read(page).matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => [page, yaml!] as const),
  ),
  ['vipwatch run --help', FIRST_CONFIG],
  ['the values of the chart', uncommented(read('deploy/chart/vipwatch/values.yaml'))],
];

/** With `static` as the source, which a comment of it shows. */
function uncommented(values: string): string {
  const [, shown] = /^( {4}# static:\n(?: {4}#.*\n)+)/m.exec(values)!;
  return `intent:\n  source: static\n${shown!.replaceAll(/^ {4}# /gm, '  ')}`;
}

const WITH_VIPS = EXAMPLES.filter(([, yaml]) => /^ *vips:/m.test(yaml));

describe('examples of a static intent', () => {
  it('are found', () => {
    const places = ['README.md', 'docs/config.md', 'vipwatch run --help', 'the values of the chart'];
    expect(WITH_VIPS.map(([where]) => where)).toEqual(places);
  });

  it.each(WITH_VIPS)('%s lists all nodes, and leaves nothing in doubt', (where, yaml) => {
    const { intent } = checkConfig(parse(yaml), where, { insideCluster: false });
    expect(intent.nodes.map(({ name }) => name)).toEqual(NODES);
    expect(doubtsOf(intent, 'file')).toEqual([]);
  });
});
