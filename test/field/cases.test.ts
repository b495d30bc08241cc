import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXPECTATIONS } from './expectations.ts';
import { replayOf, wrongIn } from './judge.ts';
import { KNOWN_RED } from './known-red.ts';

const FOLDER = join(import.meta.dirname, '../data/cases');
const RED = Object.values(KNOWN_RED).flat();

async function wrongOf(name: string): Promise<readonly string[]> {
  const path = join(FOLDER, name);
  const capture = existsSync(`${path}.pcap`) ? `${path}.pcap` : `${path}.pcapng`;
  return wrongIn(await replayOf(capture, `${path}.yaml`), EXPECTATIONS[name]!);
}

describe('LANs as people reported them', () => {
  it('has an expectation for every capture, and a capture for every expectation', () => {
    const captures = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.pcap(ng)?$/.test(file))
      .map((file) => file.replace(/\.pcap(ng)?$/, ''));
    expect(captures.sort()).toEqual(Object.keys(EXPECTATIONS).sort());
  });

  it.each(Object.keys(EXPECTATIONS).filter((name) => !RED.includes(name)))('%s', async (name) => {
    expect(await wrongOf(name)).toEqual([]);
  });
});

describe('LANs that are known to be judged wrongly', () => {
  it('lists each once, and only where something is expected of it', () => {
    expect(new Set(RED).size).toBe(RED.length);
    expect(RED.filter((name) => !(name in EXPECTATIONS))).toEqual([]);
  });

  it.each(RED)('%s: leaves the list when it is judged rightly', async (name) => {
    expect(await wrongOf(name)).not.toEqual([]);
  });
});
