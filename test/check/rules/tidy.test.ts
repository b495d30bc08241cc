// A tidy cluster raises nothing, and of what cannot be read nothing is said to be fine.
import { describe, expect, it } from 'vitest';
import { RULE_IDS, RULES } from '../../../src/check/rules/catalogue.ts';
import { ALL_KINDS, live, told } from '../home.ts';

describe('a tidy cluster', () => {
  it('is fine in every respect that can be seen', () => {
    const report = live();
    expect(told(report)).toEqual([]);
    const skipped = report.results.filter(({ status }) => status === 'skipped').map(({ id }) => id);
    expect(skipped).toEqual([]);
    expect(report.counts).toEqual({ ok: RULE_IDS.length, info: 0, warning: 0, critical: 0, skipped: 0 });
  });

  it('says of each check what was looked at', () => {
    for (const { status, message } of live().results)
      if (status === 'ok') expect(message).toMatch(/^[a-z'0-9 ,-]+.* \(.+\)$/i);
  });
});

describe('a kind that is forbidden', () => {
  it.each(ALL_KINDS)('%s: what needs it is not checked, with the reason', (key) => {
    const { results } = live({ unknown: [key] });
    const needing = RULE_IDS.filter((id) => (RULES[id].needs as readonly string[]).includes(key));
    for (const id of needing) {
      const own = results.filter((result) => result.id === id);
      expect(
        own.map(({ status, message }) => [status, message]),
        id,
      ).toEqual([['skipped', `cannot list ${key}: forbidden`]]);
    }
  });

  it('of those that make Pods leaves the workloads unchecked', () => {
    const { results } = live({ unknown: ['deployments'] });
    const slow = results.find(({ id }) => id === 'slow-eviction');
    expect(slow).toMatchObject({ status: 'skipped', message: 'cannot list deployments: forbidden' });
  });

  it('of all leaves nothing checked', () => {
    expect(live({ unknown: ALL_KINDS }).results.filter(({ status }) => status !== 'skipped')).toMatchObject([
      { id: 'dhcp-servers' },
    ]);
  });
});
