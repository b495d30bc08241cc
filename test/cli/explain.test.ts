// The runbook in the terminal.
import { describe, expect, it } from 'vitest';
import { RULE_IDS } from '../../src/check/rules/catalogue.ts';
import { explain } from '../../src/cli/explainer.ts';
import { FINDING_KINDS } from '../../src/watch/finding/kinds.ts';
import { written } from './written.ts';

function explained(kind: string | null, columns: number | null = 80): string {
  const { terminal, stdout } = written(columns);
  explain(kind, terminal);
  return stdout();
}

describe('vipwatch explain', () => {
  it.each([...FINDING_KINDS, ...RULE_IDS])('explains %s', (kind) => {
    const [title, , ...text] = explained(kind).split('\n');
    expect(title).toBe(kind);
    expect(text.join('\n').length).toBeGreaterThan(100);
    expect(text.join('\n')).not.toMatch(/^#|```|\]\(/m);
  });

  it('explains an alert, however it is written, and no other with it', () => {
    const text = explained('vipwatchdeaf');
    expect(text).toMatch(/^VipwatchDeaf\n\nWhat it means\. The agent captures on an interface that is up,/);
    expect(text).toContain('\nFix. ');
    expect(text.match(/^What it means\./gm)).toHaveLength(1);
  });

  it('keeps paragraphs within the terminal', () => {
    const paragraphs = explained('lease-on-vip', 60)
      .split('\n')
      .filter((line) => !line.startsWith('    '));
    expect(paragraphs.filter((line) => line.length > 60)).toEqual([]);
  });

  it('lists all, each with what it means', () => {
    const lines = explained(null).trimEnd().split('\n');
    const names = lines.map((line) => line.split(' ', 1)[0]);
    expect(names).toEqual(expect.arrayContaining([...FINDING_KINDS, ...RULE_IDS, 'VipwatchAbsent']));
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(explained(null, null)).toContain(
      'foreign-claim               A MAC that belongs to no cluster node claims',
    );
  });

  it.each([
    ['foreign-clam', 'There is no finding, alert or check "foreign-clam": did you mean foreign-claim?'],
    ['weather', 'There is no finding, alert or check "weather": vipwatch explain lists all names'],
  ])('says of %s what was meant', (kind, said) => {
    expect(() => explained(kind)).toThrow(said);
  });
});
