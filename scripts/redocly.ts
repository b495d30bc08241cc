// Redocly CLI, and the OpenAPI document for it. Run by itself it lints the document: `node scripts/redocly.ts`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApiDocument } from '../src/serve/http/openapi-document.ts';
import { ROUTES } from '../src/serve/http/routes.ts';

const ROOT = join(import.meta.dirname, '..');
const CLI = join(ROOT, 'node_modules/@redocly/cli/bin/cli.js');
/** It asks for newer versions of itself, and tells of its use, unless it is told not to. */
const SILENT = { REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', REDOCLY_TELEMETRY: 'off' };

/** What it says, where it succeeds; else an error that holds it. */
export function redocly(command: 'lint' | 'generate-client', ...args: readonly string[]): string {
  return execFileSync(process.execPath, [CLI, command, ...args, '--config', join(ROOT, 'redocly.yaml')], {
    encoding: 'utf8',
    env: { ...process.env, ...SILENT },
    stdio: 'pipe',
  });
}

/** @returns the path of the file, in the folder. */
export function writeDocument(folder: string): string {
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(openApiDocument('0.0.0', ROUTES), null, 2));
  return file;
}

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-openapi-'));
  try {
    redocly('lint', writeDocument(folder));
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    process.stderr.write(`${stdout}${stderr}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
