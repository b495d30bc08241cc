// `node scripts/release/agreement.ts TAG`: holds a tag against all files that name the version. Exit code 1 where one says
// another.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { notesOf } from './changelog.ts';

const ROOT = join(import.meta.dirname, '../..');

/** @param read the text of a file, by its path in the checkout. */
export function disagreements(tag: string, read: (path: string) => string): string[] {
  if (!/^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(tag))
    return [`The tag is ${tag}, not v1.2.3 or v1.2.3-rc.1`];
  const version = tag.slice('v'.length);
  const chart = parse(read('deploy/chart/vipwatch/Chart.yaml'));
  const lock = JSON.parse(read('package-lock.json'));
  const said: Readonly<Record<string, string>> = {
    'package.json': JSON.parse(read('package.json')).version,
    'package-lock.json': lock.version,
    'version of Chart.yaml': chart.version,
    'appVersion of Chart.yaml': chart.appVersion,
  };
  const mistakes = Object.entries(said).flatMap(([where, found]) =>
    found === version ? [] : [`${where} says ${found}, and the tag ${version}`],
  );
  const image = `localhost/vipwatch:${version}`;
  if (!read('deploy/manifests/vipwatch.yaml').includes(image))
    mistakes.push(`deploy/manifests/vipwatch.yaml does not name ${image}: render it anew`);
  try {
    notesOf(read('CHANGELOG.md'), version);
  } catch (error) {
    mistakes.push((error as Error).message);
  }
  return mistakes;
}

if (import.meta.main) {
  const [tag, ...rest] = process.argv.slice(2);
  if (tag === undefined || rest.length > 0) {
    console.error('usage: agreement.ts TAG');
    process.exit(2);
  }
  const mistakes = disagreements(tag, (path) => readFileSync(join(ROOT, path), 'utf8'));
  for (const mistake of mistakes) console.error(mistake);
  process.exitCode = mistakes.length === 0 ? 0 : 1;
}
