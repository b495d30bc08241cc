// `node scripts/release/changelog.ts VERSION`: what CHANGELOG.md says of a version, which are the notes of its release.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CHANGELOG = join(import.meta.dirname, '../../CHANGELOG.md');

/** The text below the version's heading, up to the next one. @throws {Error} where it has none, or nothing stands there. */
export function notesOf(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((one) => headingOf(one).startsWith(`[${version}]`));
  if (section === undefined) throw new Error(`CHANGELOG.md has no section ## [${version}]`);
  const notes = section.slice(headingOf(section).length).trim();
  if (notes === '') throw new Error(`CHANGELOG.md says nothing of ${version}`);
  return notes;
}

const headingOf = (section: string): string => section.split('\n', 1)[0]!;

if (import.meta.main) {
  const [version, ...rest] = process.argv.slice(2);
  if (version === undefined || rest.length > 0) {
    console.error('usage: changelog.ts VERSION');
    process.exit(2);
  }
  console.log(notesOf(readFileSync(CHANGELOG, 'utf8'), version));
}
