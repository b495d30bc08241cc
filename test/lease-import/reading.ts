// Lets a reader of a lease table take in a text.
import { expect } from 'vitest';
import { Draft } from '../../src/lease-import/draft.ts';
import type { Imported, TextReader } from '../../src/lease-import/imported.ts';

/** 2026-11-26 12:00:00 UTC. */
export const NOW = 1_795_694_400;
export const HOUR = 3_600;

export type Format = new (draft: Draft) => TextReader;

/** Of one or more files of the same table; each comes in pieces, as from a disk. */
export function readingOf(Reader: Format, ...files: readonly string[]) {
  const draft = new Draft();
  const reader: TextReader = new Reader(draft);
  for (const [index, text] of files.entries()) {
    if (index > 0) reader.nextFile?.();
    for (let from = 0; from < text.length; from += 37) reader.add(text.slice(from, from + 37));
  }
  return { problem: reader.finish(), imported: draft.finish(NOW) };
}

export function importedFrom(reader: Format, ...files: readonly string[]): Imported {
  const { problem, imported } = readingOf(reader, ...files);
  expect(problem).toBeNull();
  return imported;
}

/** `IP MAC NAME EXPIRY` of each. */
export function leasesOf({ leases }: Imported): string[] {
  return leases.map(({ ip, mac, hostname, expiresAt }) => {
    const left = expiresAt === null ? 'unknown' : `${expiresAt - NOW}`;
    return [ip, mac, hostname ?? '-', left].join(' ');
  });
}
