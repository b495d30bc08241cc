// The world plays the same scenario in the same way, frame by frame.
import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generate } from '../../lab/world/generate.ts';
import { START, World } from '../../lab/world/world.ts';

/** Of all frames, with their times, and of all that the agents said. */
function played(seed: string): { readonly frames: number; readonly digest: string } {
  const told: string[] = [];
  let frames = 0;
  const world = new World(generate(seed), {
    onFrame: ({ bytes }, from, at) => {
      frames += 1;
      told.push(`${at - START} ${from.name} ${bytes.toHex()}`);
    },
    onEvent: (agent, event, at) => told.push(`${at} ${agent} ${JSON.stringify(event)}`),
    onNote: (what, at) => told.push(`${at} ${what}`),
  });
  world.play();
  return { frames, digest: hash('sha256', told.join('\n')) };
}

describe('a seed', () => {
  it.each(['1', '2', '3'])('%s gives the same frames to the byte, and the same events', (seed) => {
    const first = played(seed);
    expect(first.frames).toBeGreaterThan(1_000);
    expect(played(seed)).toEqual(first);
  });

  it('of another kind gives others', () => {
    expect(played('1').digest).not.toBe(played('2').digest);
  });
});
