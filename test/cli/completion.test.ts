// What a shell completes: bash, zsh and fish themselves are asked.
import { execFileSync, spawnSync } from 'node:child_process';
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

/** What a person types, and what one press of Tab makes of it: as far as there is one answer. */
const TYPED = [
  ['commands', 're', 'replay'],
  ['commands within a command', 'config v', 'config validate'],
  ['options', 'replay --fail', 'replay --fail-on'],
  ['options of all commands', 'replay --u', 'replay --utc'],
  ['the words of an option', 'replay --output j', 'replay --output json'],
  ['the words of its short form', 'status -o y', 'status -o yaml'],
  ['the words of an argument', 'completion fi', 'completion fish'],
  ['what can be explained', 'explain lease-on', 'explain lease-on-vip'],
  ['commands to be helped with', 'help rep', 'help replay'],
  ['files, where one is wanted', 'replay --config lan', 'replay --config lan.pcap'],
  ['files, where nothing else fits', 'replay lan', 'replay lan.pcap'],
] as const;

const has = (shell: string) => spawnSync(shell, ['--version']).error === undefined;
for (const shell of ['zsh', 'fish'])
  if (!has(shell)) console.warn(`The completion of ${shell} is not tried: ${shell} is not installed`);

describe.skipIf(!has('zsh'))('vipwatch completion zsh', () => {
  const presses = join(import.meta.dirname, 'presses.zsh');
  let lines: string[];
  beforeAll(async () => {
    writeFileSync(join(folder, '_vipwatch'), (await vipwatch(['completion', 'zsh'])).stdout);
    const typed = TYPED.map(([, line]) => line);
    lines = execFileSync('zsh', ['-f', presses, ...typed], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    }).split('\n');
  });

  it.each(TYPED.map(([what, , expected], at) => [what, at, expected] as const))('knows %s', (_, at, line) => {
    expect(lines[at]).toBe(`vipwatch ${line} `);
  });
});

describe.skipIf(!has('fish'))('vipwatch completion fish', () => {
  const fish = join(folder, 'vipwatch.fish');
  beforeAll(async () => {
    writeFileSync(fish, (await vipwatch(['completion', 'fish'])).stdout);
  });

  it.each(TYPED)('knows %s', (_, typed, expected) => {
    const ask = 'source $argv[1]; complete -C $argv[2]';
    const stdout = execFileSync('fish', ['--no-config', '-c', ask, fish, `vipwatch ${typed}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    const offered = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]);
    expect(offered).toEqual([expected.split(' ').at(-1)]);
  });
});

it('refuses the completion of another shell', async () => {
  const { code, stderr } = await vipwatch(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
});
