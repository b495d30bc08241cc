// The drawing of the rooms says what the source is.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DRAWING, drawing } from '../scripts/structure/drawing.ts';

it('docs/architecture.svg is as scripts/structure/drawing.ts draws it', () => {
  expect(readFileSync(DRAWING, 'utf8')).toBe(drawing());
});
