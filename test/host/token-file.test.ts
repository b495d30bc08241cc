import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenFile } from '../../src/host/token-file.ts';

const FIRST = '7f3a9c51e2d84b60';
const SECOND = 'second-token.of~the+day/with=';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-tokens-'));
  path = join(folder, 'tokens');
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(text: string, mode = 0o640): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

/** What is told of a file, by what is left for whoever asks. */
function opened(at = path): { readonly file: TokenFile; readonly problems: string[] } {
  const problems: string[] = [];
  return { file: new TokenFile(at, (problem) => problems.push(problem)), problems };
}

describe('TokenFile', () => {
  it('knows the tokens of the file, and by which names', async () => {
    write(`# who may ask for failover tests\n\n${FIRST}\n  carol: ${SECOND}  \r\n`);
    const { file, problems } = opened();
    expect(await file.check()).toBe(true);
    expect(problems).toEqual([]);
    expect(await file.authorize(FIRST)).toEqual({ kind: 'allowed', user: null });
    expect(await file.authorize(SECOND)).toEqual({ kind: 'allowed', user: 'carol' });
  });

  it.each([[FIRST.slice(0, -1)], [`${FIRST}0`], [FIRST.toUpperCase()], ['carol'], [`carol:${SECOND}`], ['']])(
    'does not know %j',
    async (token) => {
      write(`${FIRST}\ncarol:${SECOND}\n`);
      expect(await opened().file.authorize(token)).toEqual({ kind: 'unknown' });
    },
  );

  it('sees at once what changes in the file', async () => {
    write(FIRST);
    const { file } = opened();
    expect((await file.authorize(FIRST)).kind).toBe('allowed');
    write(SECOND);
    expect((await file.authorize(FIRST)).kind).toBe('unknown');
    expect((await file.authorize(SECOND)).kind).toBe('allowed');
    unlinkSync(path);
    expect((await file.authorize(SECOND)).kind).toBe('unavailable');
  });

  it.each([
    ['everyone may read', FIRST, 0o644, /everyone on this machine may read it: chmod 640 /],
    ['everyone may write', FIRST, 0o642, /everyone on this machine may write it: chmod 640 /],
    ['is empty', '# nobody\n', 0o640, /it holds no token$/],
    ['has a short token', `${FIRST}\nshort-secret\n`, 0o640, /line 2 has a token of less than 16 characters/],
    ['has a token with a space', 'not a token at all', 0o640, /line 1 holds no token/],
    ['has a name with a space', `not a name:${FIRST}`, 0o640, /line 1 begins with no name/],
    ['has no name before the colon', `:${FIRST}`, 0o640, /line 1 begins with no name/],
    ['is long', `${FIRST}\n`.repeat(10_000), 0o640, /it is longer than 65536 bytes/],
  ])(
    'refuses a file that %s, quotes nothing of it, and says so to the log alone',
    async (_what, text, mode, expected) => {
      write(text, mode);
      const { file, problems } = opened();
      expect(await file.check()).toBe(false);
      const [problem] = problems;
      expect(problem).toMatch(expected);
      expect(problem).toContain(`the token file ${path} cannot be used: `);
      for (const word of [FIRST, 'short-secret', 'not a']) expect(problem).not.toContain(word);
      const reason = 'the token file cannot be used; the log of this agent says why';
      expect(await file.authorize(FIRST)).toEqual({ kind: 'unavailable', reason });
      // However often it is asked.
      expect(problems).toHaveLength(1);
    },
  );

  it('refuses what is no file', async () => {
    const { file, problems } = opened();
    await file.check();
    mkdirSync(path, { mode: 0o750 });
    await file.check();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    const { file: piped, problems: ofPipe } = opened(pipe);
    await piped.check();
    const isNoFile = expect.stringMatching(/it is not a file$/);
    expect([...problems, ...ofPipe]).toEqual([
      expect.stringMatching(/there is no such file$/),
      isNoFile,
      isNoFile,
    ]);
  });
});
