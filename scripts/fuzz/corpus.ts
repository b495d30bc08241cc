// The committed inputs: for each target a file, one input a line, bytes in hex and text as a JSON string.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, type Target, textOf } from './target.ts';

/** Of a file: they are read by people, and copied by everyone who clones. */
const MOST_CHARACTERS = 16_384;

const CORPUS = join(import.meta.dirname, '../../test/data/fuzz');

const fileOf = (name: string) => join(CORPUS, `${name}.txt`);

export function readCorpus(name: string, kind: Target['kind']): Uint8Array[] {
  if (!existsSync(fileOf(name))) return [];
  const lines = readFileSync(fileOf(name), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => inputOf(line, kind));
}

/** The shortest of them, as far as there is room. */
export function writeCorpus(name: string, kind: Target['kind'], inputs: readonly Uint8Array[]): void {
  let room = MOST_CHARACTERS;
  const lines = [...new Set(inputs.map((input) => lineOf(input, kind)))]
    .toSorted((a, b) => a.length - b.length)
    .filter((line) => {
      room -= line.length;
      return room >= 0;
    });
  writeFileSync(fileOf(name), lines.map((line) => `${line}\n`).join(''));
}

function inputOf(line: string, kind: Target['kind']): Uint8Array {
  return kind === 'text' ? bytesOf(JSON.parse(line)) : Uint8Array.from(Buffer.from(line, 'hex'));
}

/** As a line of the corpus. */
export function lineOf(input: Uint8Array, kind: Target['kind']): string {
  return kind === 'text' ? JSON.stringify(textOf(input)) : Buffer.from(input).toString('hex');
}
