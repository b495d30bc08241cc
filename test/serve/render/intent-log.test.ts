import { describe, expect, it } from 'vitest';
import type { IntentHealth } from '../../../src/cluster/health.ts';
import { IntentLog } from '../../../src/serve/render/intent-log.ts';
import { intentHealth } from '../sample.ts';

const waiting = { kind: 'pools', listed: false, reason: 'waiting', detail: null };
const forbidden = { kind: 'pools', listed: true, reason: 'forbidden', detail: 'User "x" cannot list' };

/** What is said of one health after the other. */
function said(healths: readonly Partial<IntentHealth>[]): string[] {
  const lines: string[] = [];
  const say = (level: string) => (fields: object, message: string) =>
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log = new IntentLog({
    error: say('error'),
    warn: say('warn'),
    info: say('info'),
    debug: say('debug'),
  });
  for (const health of healths) log.tell(intentHealth(health));
  return lines;
}

describe('IntentLog', () => {
  it('says nothing while all is well, or on its way', () => {
    expect(said([{ problems: [waiting] }, {}, {}])).toEqual([]);
  });

  it("says a problem once, in the API's words, and its end", () => {
    const lines = said([{ problems: [forbidden] }, { problems: [forbidden] }, {}, {}]);
    expect(lines).toEqual([
      expect.stringMatching(/^warn Not all can be read .*cannot list/),
      expect.stringMatching(/^info All is read /),
    ]);
  });

  it('says the same problem once, though its detail changes', () => {
    const other = { ...forbidden, detail: 'in other words' };
    expect(said([{ problems: [forbidden] }, { problems: [other] }])).toHaveLength(1);
  });

  it('says once what cannot be judged, and again when it is back', () => {
    const [nodes, vips] = ['No node is known.', 'There is no VIP.'];
    const lines = said([{ unjudged: [nodes] }, { unjudged: [nodes, vips] }, {}, { unjudged: [nodes] }]);
    expect(lines.map((line) => line.replace(/ \{.*/, ''))).toEqual([
      `warn ${nodes}`,
      `warn ${vips}`,
      `warn ${nodes}`,
    ]);
  });

  it('says why no election can be told', () => {
    expect(said([{ doubts: ['speakers-differ'] }])).toEqual([
      expect.stringMatching(/^warn Nobody can tell .*speakers-differ/),
    ]);
  });
});
