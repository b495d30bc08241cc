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

it('no row of it is beyond the budget', () => {
  const rows = PAGE.split('<!-- by lab/loudness.ts -->')[1]!
    .split('<!-- end -->')[0]!
    .split('\n')
    .filter((line) => /^\| [0-9]/.test(line));
  expect(rows).toHaveLength(12);
  for (const row of rows) {
    const cells = row.split('|').map((cell) => cell.split(', ').map(Number.parseFloat));
    expect(cells[3]![0]).toBeLessThanOrEqual(5);
    for (const [most, first, later] of cells.slice(5, 7) as [number, number, number][]) {
      expect(most).toBeLessThanOrEqual(50);
      expect(first).toBeLessThanOrEqual(500);
      // Some more: each agent asks now and then, however many the others ask.
      expect(later).toBeLessThanOrEqual(10.5);
    }
  }
});
