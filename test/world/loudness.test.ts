import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loudness, rowOf } from '../../lab/loudness.ts';

const PAGE = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8');

it.each([
  [3, 3],
  [100, 3],
])('the page says how loud the agents are: %i VIPs, %i nodes', (vips, nodes) => {
  expect(PAGE).toContain(`\n${rowOf(vips, nodes, loudness(vips, nodes))}\n`);
});
