import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/base/time.ts';
import { overBy, readSpec, TEST_PHASES, writeSpec } from '../../src/failover/failover-test.ts';
import type { IpAddress } from '../../src/net/address.ts';

describe('readSpec()', () => {
  it('fills in the defaults', () => {
    expect(readSpec({ vip: '192.168.1.240' })).toEqual({
      ok: true,
      spec: { vip: '192.168.1.240', mode: 'observe', maxGap: 10 * SECOND, timeLimit: 2 * MINUTE },
    });
  });

  it('reads what writeSpec() wrote', () => {
    const spec = {
      vip: 'fd00::f0' as IpAddress,
      mode: 'freeze' as const,
      maxGap: 1500 * (SECOND / 1000),
      timeLimit: 90 * SECOND,
    };
    expect(writeSpec(spec)).toEqual({ vip: 'fd00::f0', mode: 'freeze', maxGap: '1500ms', timeLimit: '90s' });
    expect(readSpec(writeSpec(spec))).toEqual({ ok: true, spec });
  });

  it.each([
    { written: null, mistakes: ['vip: nothing is not the address of a VIP'] },
    { written: { vip: '224.0.0.1' }, mistakes: ['vip: "224.0.0.1" is not the address of a VIP'] },
    { written: { vip: ['192.168.1.240'] }, mistakes: ['vip: ["192.168.1.240"] is not the address of a VIP'] },
    {
      written: { vip: '192.168.1.240', mode: 'kill', maxGap: '10', timeLimit: '1s' },
      mistakes: [
        'mode: "kill" is none of observe, drain, delete-pod, freeze',
        'maxGap: "10" is not a duration: write a number and a unit, such as 500ms, 1s, 2m, 12h or 7d',
        'timeLimit: "1s" is out of bounds: from 5s to 1h',
      ],
    },
    {
      written: { vip: '192.168.1.240', maxGap: 10 },
      mistakes: ['maxGap: 10 is not a duration: write it as a text, such as "10s"'],
    },
  ])('says every mistake of $written', ({ written, mistakes }) => {
    expect(readSpec(written)).toEqual({ ok: false, mistakes });
  });
});

describe('overBy()', () => {
  const { spec } = readSpec({ vip: '192.168.1.240', timeLimit: '5m' }) as never;

  it('is when both legs have had their time, and what was done is undone', () => {
    expect(overBy({ phase: 'Running', spec }, 7 * SECOND)).toBe(11 * MINUTE + 7 * SECOND);
  });

  it('is unknown of one that is over', () => {
    const over = TEST_PHASES.filter((phase) => overBy({ phase, spec }, 0) === null);
    expect(over).toEqual(['Passed', 'Failed', 'Refused', 'Cancelled']);
  });
});
