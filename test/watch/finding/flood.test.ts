// Very many findings at once.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, PHONE, range, VIP } from '../lan.ts';

describe('a flood of warnings', () => {
  it('leaves room for what is critical', () => {
    const pools = [{ name: 'wide', ranges: [range('10.0.0.0/16')] }];
    const lan = new Lan({ ...INTENT, pools }, { settings: { maxFindings: 300 } });
    for (let i = 0; i < 2500; i += 1) lan.announce(PHONE, ip(`10.0.${i >> 8}.${i & 255}`));
    expect(lan.active()).toHaveLength(300);
    lan.announce(PHONE, VIP);
    expect(lan.active().filter(({ severity }) => severity === 'critical')).toMatchObject([
      { kind: 'foreign-claim', ip: VIP },
    ]);
    expect(lan.active()).toHaveLength(300);
  });

  it('of one kind is cut short', () => {
    const lan = new Lan({ ...INTENT, pools: [{ name: 'wide', ranges: [range('10.0.0.0/16')] }] });
    for (let i = 0; i < 600; i += 1) lan.announce(PHONE, ip(`10.0.${i >> 8}.${i & 255}`));
    expect(lan.active().filter(({ kind }) => kind === 'pool-address-taken')).toHaveLength(500);
    expect(lan.dismissed('too-many-of-kind')).toBe(100);
  });
});
