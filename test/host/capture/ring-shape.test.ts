import { describe, expect, it } from 'vitest';
import { ringBytesFor, ringShape } from '../../../src/host/capture/ring-shape.ts';

const MIB = 2 ** 20;

/** As long as thin traffic fills the ring, in milliseconds: a frame opens a block, the timeout hands it over. */
const bears = ({ blocks, timeoutMs }: ReturnType<typeof ringShape>) => blocks * timeoutMs;

it('a ring bears a stall of 5 s, whatever the page of the kernel and the memory it gets', () => {
  for (const page of [4096, 16_384, 65_536])
    for (const bytes of [4 * MIB, 2 * MIB, MIB, 2 * page]) {
      const shape = ringShape(bytes, page);
      expect(bears(shape)).toBeGreaterThanOrEqual(5000);
      expect(shape.blockLength * shape.blocks).toBe(bytes);
      // What the kernel asks of them (packet_set_ring): whole pages, and frames that fill a block.
      expect(shape.blockLength % page).toBe(0);
      expect(shape.blockLength % shape.frameLength).toBe(0);
    }
});

it('a ring of 4 MiB in pages of 4 KiB hands its blocks over after 5 ms, so that a frame does not wait long to be judged', () => {
  expect(ringShape(4 * MIB, 4096)).toMatchObject({ blocks: 1024, timeoutMs: 5 });
});

it('a ring has two blocks at least, and whole ones', () => {
  expect(ringShape(1, 4096).blocks).toBe(2);
  expect(ringShape(3 * 4096 + 1, 4096).blocks).toBe(4);
});

describe('a ring beside others', () => {
  const PAGE = 4096;
  /** Bytes of all rings, where so many are opened at one time after the other. */
  const total = (...opened: number[]) =>
    opened.reduce((open, opening) => open + opening * ringBytesFor(open, opening, PAGE), 0);

  it('is whole as long as there are few', () => {
    expect(ringBytesFor(0, 1, PAGE)).toBe(4 * MIB);
    expect(ringBytesFor(0, 8, PAGE)).toBe(4 * MIB);
    expect(ringBytesFor(7 * 4 * MIB, 1, PAGE)).toBe(4 * MIB);
  });

  it('is smaller the more there are, also where they come one by one', () => {
    expect(ringBytesFor(0, 9, PAGE)).toBe(2 * MIB);
    expect(total(200)).toBeLessThanOrEqual(32 * MIB);
    expect(total(...Array.from({ length: 200 }, () => 1))).toBeLessThanOrEqual(96 * MIB);
  });

  it('hands a frame over within a third of a second, whatever the page of the kernel', () => {
    for (const page of [4096, 16_384, 65_536])
      expect(ringShape(ringBytesFor(64 * MIB, 1, page), page).timeoutMs).toBeLessThan(334);
  });
});
