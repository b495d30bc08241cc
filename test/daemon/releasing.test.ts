// When memory is given back.
import { expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import { releasing } from '../../src/daemon/releasing.ts';

const MIB = 1024 * 1024;

it('memory is given back each minute, and within five seconds of when 12 MiB came', () => {
  let resident = 100 * MIB;
  let now = 0;
  const released: number[] = [];
  const part = releasing(0, {
    resident: () => resident,
    release: () => {
      released.push(now / SECOND);
      resident -= 2 * MIB;
    },
  });
  const growsAt = new Map([
    [70, 12 * MIB - 1],
    [81, 1],
    [100, 12 * MIB - 1],
  ]);
  for (; now <= 180 * SECOND; now += SECOND) {
    resident += growsAt.get(now / SECOND) ?? 0;
    part.tick!(now);
  }
  expect(released).toEqual([60, 85, 145]);
});
