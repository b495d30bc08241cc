// `make workflows`: lints .github/workflows. The linter is built once, from its Go module.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findGo } from '../test/cluster/toolchain.ts';

const ROOT = join(import.meta.dirname, '..');

/** What it says against the files; empty where they are right. @throws {Error} where it cannot be built or does not run. */
export async function lintWorkflows(files: readonly string[] = []): Promise<string> {
  const search = findGo();
  if (!search.ok) throw new Error(`Cannot lint the workflows: ${search.reason}`);
  const programs = await search.go.build('actionlint', (line) => console.error(line));
  const words = ['-no-color', ...files];
  const { status, error, stdout, stderr } = spawnSync(join(programs, 'actionlint'), words, {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (error || status === null || status > 1) throw new Error(`actionlint failed: ${error ?? stderr}`);
  return stdout;
}

if (import.meta.main) {
  const said = await lintWorkflows();
  process.stdout.write(said);
  process.exitCode = said === '' ? 0 : 1;
}
