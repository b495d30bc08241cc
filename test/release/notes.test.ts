// What a release is made from: its notes, and that all files name one version.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { disagreements } from '../../scripts/release/agreement.ts';
import { notesOf } from '../../scripts/release/changelog.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHANGELOG = `# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-01

### Added

- A thing.

## [0.2.0-rc.1] - 2026-11-01

- Less.

## [0.1.0]
`;

describe('notesOf()', () => {
  it('is what stands below the heading of a version', () => {
    expect(notesOf(CHANGELOG, '0.2.0')).toBe('### Added\n\n- A thing.');
    expect(notesOf(CHANGELOG, '0.2.0-rc.1')).toBe('- Less.');
  });

  it.each(['0.1.0', '0.3.0', 'Unreleased', '0.2'])('does not make notes of %s', (version) => {
    expect(() => notesOf(CHANGELOG, version)).toThrow(/CHANGELOG\.md (says nothing|has no section)/);
  });
});

describe('disagreements()', () => {
  const released = `## [${packageJson.version}]\n\n- All.\n`;
  const read =
    (changed: Readonly<Record<string, (text: string) => string>> = {}) =>
    (path: string) => {
      const text = path === 'CHANGELOG.md' ? released : readFileSync(join(ROOT, path), 'utf8');
      return changed[path]?.(text) ?? text;
    };
  const tag = `v${packageJson.version}`;

  it('finds none in this checkout, but for the section of the changelog that comes with the release', () => {
    expect(disagreements(tag, read())).toEqual([]);
  });

  it.each([
    { path: 'package.json', says: 'package.json says 9.9.9' },
    { path: 'package-lock.json', says: 'package-lock.json says 9.9.9' },
    { path: 'deploy/chart/vipwatch/Chart.yaml', says: 'version of Chart.yaml says 9.9.9' },
    { path: 'deploy/manifests/vipwatch.yaml', says: 'deploy/manifests/vipwatch.yaml does not name' },
    { path: 'CHANGELOG.md', says: 'CHANGELOG.md has no section' },
  ])('finds another version in $path', ({ path, says }) => {
    const other = (text: string) => text.replaceAll(packageJson.version, '9.9.9');
    expect(disagreements(tag, read({ [path]: other })).join('\n')).toContain(says);
  });

  it.each(['0.1.0', 'v1', 'main'])('takes no tag %s', (wrong) => {
    expect(disagreements(wrong, read())).toEqual([`The tag is ${wrong}, not v1.2.3 or v1.2.3-rc.1`]);
  });
});

it('.nvmrc names the Node that the project pins', () => {
  expect(readFileSync(join(ROOT, '.nvmrc'), 'utf8').trim()).toBe(packageJson.devDependencies.node);
});
