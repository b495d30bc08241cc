// GitHub's workflows, as far as that can be judged without GitHub.
import { accessSync, constants, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { lintWorkflows } from '../../scripts/workflows.ts';
import { sayLoudly } from '../cluster/say.ts';
import { findGo } from '../cluster/toolchain.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A cold build of the linter; milliseconds. */
const BUILD_TIMEOUT = 10 * 60_000;

interface Step {
  readonly run?: string;
}
interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly Step[]; readonly 'timeout-minutes'?: number }>
  >;
}

const search = findGo();
if (!search.ok) sayLoudly(`the workflows are not linted: ${search.reason}`);

describe.skipIf(!search.ok)('the linter', () => {
  it(
    'has nothing to say',
    async () => {
      expect(await lintWorkflows()).toBe('');
    },
    BUILD_TIMEOUT,
  );

  it('would say what is wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vipwatch-workflow-'));
    const file = join(folder, 'wrong.yml');
    writeFileSync(file, 'on: push\njobs: { a: { runs-on: ubuntu-0, steps: [{ run: echo }] } }\n');
    expect(await lintWorkflows([file])).toContain('label "ubuntu-0" is unknown');
    rmSync(folder, { recursive: true });
  });
});

describe.each(globSync('.github/workflows/*.yml', { cwd: ROOT }))('%s', (path) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const { permissions, jobs } = parse(text) as Workflow;

  it('pins what others wrote by its commit, and says which version that is', () => {
    const lines = text.split('\n').filter((line) => line.includes('uses:'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('has no more rights than each job asks for, and ends', () => {
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('runs nothing that is not here', () => {
    const makefile = readFileSync(join(ROOT, 'Makefile'), 'utf8');
    const commands = Object.values(jobs).flatMap(({ steps }) =>
      steps.flatMap(({ run = '' }) => run.split('\n')),
    );
    for (const [, target] of commands.join('\n').matchAll(/^make ([a-z-]+)/gm))
      expect(makefile).toMatch(new RegExp(`^${target}:`, 'm'));
    for (const [, script] of commands.join('\n').matchAll(/(scripts\/[\w./-]+)/g))
      accessSync(join(ROOT, script!), script!.endsWith('.ts') ? constants.R_OK : constants.X_OK);
  });
});
