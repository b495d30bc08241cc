// The fuzzer itself: it finds what only an input found before leads to, makes it short, and tells what is slow.
import { describe, expect, it } from 'vitest';
import { lineOf } from '../../scripts/fuzz/corpus.ts';
import { Coverage } from '../../scripts/fuzz/coverage.ts';
import { Fuzzer } from '../../scripts/fuzz/fuzzer.ts';
import { bytesOf, law, type Target, textOf } from '../../scripts/fuzz/target.ts';

const MAGIC = [127, 128, 254];
const BATCHES = 60;

/** Each byte is looked at only where the one before it is right: all at once by chance alone without a guide. */
function locked(): Target {
  return {
    kind: 'bytes',
    seeds: [new Uint8Array(12)],
    run: (input) => {
      let right = 0;
      if (input[4] === MAGIC[0]) {
        right += 1;
        if (input[5] === MAGIC[1]) {
          right += 1;
          if (input[6] === MAGIC[2]) right += 1;
        }
      }
      law(right < MAGIC.length, 'the lock is shut', lineOf(input, 'bytes'));
    },
  };
}

async function fuzzed(target: Target, coverage: Coverage | null): Promise<Fuzzer> {
  const fuzzer = new Fuzzer(target, { seed: '1', corpus: [], coverage });
  await fuzzer.begin();
  for (let i = 0; i < BATCHES && fuzzer.failures.length === 0; i += 1) await fuzzer.batch();
  return fuzzer;
}

describe('the fuzzer', () => {
  it('goes on from what ran something for the first time', async () => {
    using coverage = new Coverage((url) => url.includes('fuzzer.test.ts'));
    const { failures, known } = await fuzzed(locked(), coverage);
    expect(failures).toMatchObject([{ kind: 'the lock is shut' }]);
    expect([...failures[0]!.input.subarray(4)]).toEqual(MAGIC);
    expect(known.length).toBeGreaterThan(2);
  });

  it('finds none of it by edits alone', async () => {
    expect((await fuzzed(locked(), null)).failures).toEqual([]);
  });

  it('tells one failure for all inputs that fail alike, and the shortest', async () => {
    const target: Target = {
      kind: 'text',
      seeds: [bytesOf('a long text in which one character is wrong')],
      words: ['!'],
      run: (input) => law(!textOf(input).includes('!'), 'there is no call', textOf(input)),
    };
    expect((await fuzzed(target, null)).failures.map(({ input }) => textOf(input))).toEqual(['!']);
  });

  it('tells what is slow, whatever it answers', async () => {
    const target: Target = {
      kind: 'bytes',
      seeds: [Uint8Array.of(1)],
      run: () => {
        const start = process.threadCpuUsage();
        while (process.threadCpuUsage(start).user < 20_000);
      },
    };
    const fuzzer = new Fuzzer(target, { seed: '1', corpus: [], coverage: null, slow: 10 });
    await fuzzer.begin();
    expect(fuzzer.failures[0]?.error.message).toBe('slow: takes longer than 10 ms');
  });
});
