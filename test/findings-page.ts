// docs/findings.md, taken apart.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const text = readFileSync(join(import.meta.dirname, '../docs/findings.md'), 'utf8');

/** By their headings. */
export const FINDINGS_SECTIONS: ReadonlyMap<string, string> = new Map(
  text
    .split(/^##+ /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);

/** A section's parts, `means` and so on, each with its text. */
export function partsOf(section: string): ReadonlyMap<string, string> {
  const [, ...parts] = section.split(/^\*\*([^*]+)\.\*\*/m);
  return new Map(
    parts.flatMap((head, i) => (i % 2 === 0 ? [[head.toLowerCase(), parts[i + 1]!.trim()] as const] : [])),
  );
}

/** The lines of the excerpts in a part. */
export function excerptOf(part: string): string[] {
  return [...part.matchAll(/^```\n(.*?)^```$/gms)].flatMap(([, block]) => block!.trimEnd().split('\n'));
}
