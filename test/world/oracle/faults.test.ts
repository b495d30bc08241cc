import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../lab/world/plants/faults.ts';

const SOURCE = join(import.meta.dirname, '../../../src');

describe('the faults that `make simulate-plants` plants', () => {
  it('are twenty and more, each another one', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(FAULTS.map(({ what }) => what)).size).toBe(FAULTS.length);
  });

  it.each(FAULTS)('have a place in the rules: $what', ({ file, find, replace }) => {
    const source = readFileSync(join(SOURCE, file), 'utf8');
    expect(source.split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });
});
