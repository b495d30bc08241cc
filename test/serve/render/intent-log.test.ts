import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import type { IntentHealth } from '../../../src/cluster/health.ts';
import { IntentLog } from '../../../src/serve/render/intent-log.ts';
import { intentHealth } from '../sample.ts';

const waiting = { kind: 'pools', listed: false, reason: 'waiting', detail: null };
const forbidden = { kind: 'pools', listed: true, reason: 'forbidden', detail: 'User "x" cannot list' };

type Health = Partial<Pick<IntentHealth, 'problems' | 'doubts' | 'unjudged'>>;

/** What is said of one health after the other, each of which lasts for so many seconds. */
function said(healths: readonly Health[], seconds = 10): string[] {
  const lines: string[] = [];
  const say = (level: string) => (fields: object, message: string) =>
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log = new IntentLog({
    error: say('error'),
    warn: say('warn'),
    info: say('info'),
    debug: say('debug'),
    isLevelEnabled: () => true,
  });
  healths.forEach((health, i) => {
    const until = (i + 1) * seconds * SECOND;
    for (let now = i * seconds * SECOND; now < until; now = Math.min(log.nextAt(), until))
      log.tell(intentHealth(health), now);
  });
  return lines;
}

describe('IntentLog', () => {
  it('says nothing while all is well, or on its way', () => {
    expect(said([{ problems: [waiting] }, {}, {}])).toEqual([]);
  });

  it("says a problem once, in the API's words, and its end", () => {
    const lines = said([{ problems: [forbidden] }, { problems: [forbidden] }, {}, {}]);
    expect(lines).toEqual([
      expect.stringMatching(/^warn Not everything can be read .*cannot list/),
      expect.stringMatching(/^info Everything can be read /),
    ]);
  });

  it('says what lasts, and not what is over in a moment', () => {
    expect(said([{ problems: [forbidden] }, {}], 2)).toEqual([]);
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
      expect.stringMatching(/^warn It is not known which nodes MetalLB elects .*speakers-differ/),
    ]);
  });

  describe('of an API server that goes away and comes back', () => {
    const KINDS = ['services', 'pools', 'nodes', 'speakers', 'agents'];
    const each = (...reasons: string[]) => ({
      problems: reasons.flatMap((reason, i) =>
        reason === '' ? [] : [{ kind: KINDS[i]!, listed: true, reason, detail: `of ${KINDS[i]}` }],
      ),
    });
    const away = 'unreachable';
    const LOST = expect.stringMatching(/^warn Not everything can be read .*"reasons":\["unreachable"\]/);

    it('says one line when it is lost and one when it is back, in whatever order kinds fail and recover', () => {
      const healths = [
        each(away),
        each(away, away),
        each(away, away, 'timed-out', away),
        each('', away, away, 'server-error', away),
        each('', 'overloaded', '', '', away),
        each('', '', '', '', away),
        each(),
        each(),
      ];
      for (const seconds of [0.2, 1, 20])
        expect(said(healths, seconds)).toEqual([
          LOST,
          expect.stringMatching(/^info Everything can be read /),
        ]);
    });

    it('says nothing of what is refused while it starts', () => {
      const healths = [
        each(away, away, away, away, away),
        each('forbidden', 'forbidden', 'not-served', 'forbidden', away),
        each('forbidden', 'forbidden', 'not-served', 'forbidden', 'forbidden'),
        each('', 'forbidden', 'not-served'),
        each('', '', 'not-served'),
        each(),
      ];
      expect(said(healths, 5)).toEqual([LOST, expect.stringMatching(/^info Everything can be read /)]);
    });

    it('says what is refused once it stays so', () => {
      const lines = said([each(away, away), each('', 'forbidden')], 60);
      expect(lines).toEqual([LOST, expect.stringMatching(/^warn Not everything can be read .*forbidden/)]);
      expect(lines[0]).toContain('"detail":"of services"');
    });

    it('says that it is back where as much is refused as before', () => {
      const healths = [
        each('', '', 'not-served'),
        each(away, away, 'not-served'),
        each('', '', 'not-served'),
      ];
      expect(said(healths)).toEqual([
        expect.stringMatching(/^warn Not everything can be read .*not-served/),
        LOST,
        expect.stringMatching(/^info The Kubernetes API can be read again, as far as before/),
      ]);
    });
  });
});
