// A bounded run of every fuzz target: its corpus, and edits of it, the same ones each time. `make fuzz` goes further.
import { describe, expect, it } from 'vitest';
import { lineOf, readCorpus } from '../../scripts/fuzz/corpus.ts';
import { Fuzzer } from '../../scripts/fuzz/fuzzer.ts';
import { TARGETS } from '../../scripts/fuzz/targets.ts';

/** Edits, by how much one costs. */
const EDITS: Readonly<Record<string, number>> = {
  watcher: 300,
  capture: 500,
  query: 500,
  configuration: 500,
  manifests: 300,
};
const MANY = 4000;

describe.each(Object.entries(TARGETS))('the laws of %s', (name, open) => {
  it('hold for its corpus, and for edits of it', { timeout: 60_000 }, async () => {
    const target = await open();
    const corpus = readCorpus(name, target.kind);
    expect(target.seeds.length + corpus.length).toBeGreaterThan(0);
    const fuzzer = new Fuzzer(target, { seed: `${name}/test`, corpus, coverage: null, slow: null });
    await fuzzer.begin();
    await fuzzer.batch(EDITS[name] ?? MANY);
    const broken = fuzzer.failures.map(
      ({ input, error }) => `${error.message}\n${lineOf(input, target.kind)}`,
    );
    expect(broken).toEqual([]);
  });
});
