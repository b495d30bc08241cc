// What a shell completes: bash itself is asked.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vipwatch } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'vipwatch-completion-'));
const script = join(folder, 'vipwatch.bash');

beforeAll(async () => {
  writeFileSync(script, (await vipwatch(['completion', 'bash'])).stdout);
  writeFileSync(join(folder, 'lan.pcap'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function completed(...words: string[]): string[] {
  const ask = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vipwatch; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const stdout = execFileSync('bash', ['-c', ask, 'bash', script, 'vipwatch', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout.trim().split('\n');
}

describe('vipwatch completion bash', () => {
  it.each<[string, string[], string[]]>([
    ['commands', ['re'], ['replay']],
    ['commands within a command', ['config', 'v'], ['validate']],
    ['options', ['replay', '--fail'], ['--fail-on']],
    ['options of all commands', ['replay', '--u'], ['--utc']],
    ['the words of an option', ['replay', '--output', ''], ['text', 'json']],
    ['the words of its short form', ['status', '-o', 'y'], ['yaml']],
    ['the words of an argument', ['completion', ''], ['bash', 'zsh', 'fish', '--help', '--color', '--utc']],
    ['what can be explained', ['explain', 'lease-'], ['lease-on-vip', 'lease-in-pool', 'lease-conflict']],
    ['commands to be helped with', ['help', 'rep'], ['replay']],
    ['files, where one is wanted', ['replay', '--config', 'lan'], ['lan.pcap']],
    ['files, where nothing else fits', ['replay', 'lan'], ['lan.pcap']],
  ])('knows %s', (_what, words, expected) => {
    expect(completed(...words)).toEqual(expected);
  });
});

describe('vipwatch completion zsh and fish', () => {
  it.each(['zsh', 'fish'])('%s: names every command, with what it is for', async (shell) => {
    const { code, stdout } = await vipwatch(['completion', shell]);
    expect(code).toBe(0);
    for (const command of ['status', 'replay', 'explain', 'validate', 'from-cluster'])
      expect(stdout).toContain(command);
    expect(stdout).toContain('is everything all right?');
  });

  it('refuses another shell', async () => {
    const { code, stderr } = await vipwatch(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are bash, zsh, fish');
  });
});
