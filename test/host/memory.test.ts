import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrittenProgramPages } from '../../src/host/memory.ts';

/** One mapping as /proc/PID/smaps shows it, as far as it matters. */
function mapping(line: string, anonymousKb: number): string {
  return `${line}
Size:               1368 kB
Rss:                1240 kB
Anonymous:      ${String(anonymousKb).padStart(8)} kB
LazyFree:              0 kB
VmFlags: rd ex mr mw me sd
`;
}

const TEXT = '0082e000-03489000 r-xp 0042e000 fe:00 1234                       /usr/local/bin/node';
const DATA = '03489000-072a7000 r--p 03089000 fe:00 1234                       /usr/local/bin/node';

describe('unwrittenProgramPages()', () => {
  it('are those of code and constants', () => {
    expect(unwrittenProgramPages(mapping(TEXT, 0) + mapping(DATA, 0))).toEqual([
      { start: 0x82e000n, length: 0x3489000 - 0x82e000 },
      { start: 0x3489000n, length: 0x72a7000 - 0x3489000 },
    ]);
  });

  it.each([
    ['what the dynamic linker has written to', DATA, 24],
    [
      'what can be written to',
      '072db000-07307000 rw-p 06eda000 fe:00 1234                       /usr/local/bin/node',
      0,
    ],
    ['memory of no file', '7f5a00000000-7f5a00021000 r--p 00000000 00:00 0', 0],
    ['code that was made here', '7f5a10000000-7f5a10021000 r-xp 00000000 00:00 0', 0],
    [
      'the capture’s ring',
      '7f5a20000000-7f5a20400000 rw-s 00000000 00:08 567                        socket:[567]',
      0,
    ],
    [
      'what others see as well',
      '7f5a30000000-7f5a30400000 r--s 00000000 fe:00 9                          /dev/shm/x',
      0,
    ],
    [
      'the kernel’s own',
      'ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0                          [vsyscall]',
      0,
    ],
  ])('are not %s', (_, line, anonymous) => {
    expect(unwrittenProgramPages(mapping(line, anonymous))).toEqual([]);
  });

  it('are none where the kernel does not say what was written', () => {
    expect(unwrittenProgramPages(`${TEXT}\nSize: 1368 kB\n`)).toEqual([]);
    expect(unwrittenProgramPages('')).toEqual([]);
  });
});

const MEMORY = JSON.stringify(join(import.meta.dirname, '../../src/host/memory.ts'));

/** What a process of its own prints, as JSON. */
function runScript(script: string): unknown {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return JSON.parse(stdout);
}

describe('favourMemory()', () => {
  it('keeps nothing of what threads have freed', () => {
    const { before, after } = runScript(`
      const { favourMemory } = await import(${MEMORY});
      const { readFileSync } = await import('node:fs');
      const { scrypt } = await import('node:crypto');
      favourMemory();
      const anonymousKb = () => Number(/RssAnon:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      // Each takes 16 MiB for a moment, on a thread of the pool.
      const derive = () => new Promise((resolve, reject) =>
        scrypt('password', 'salt', 32, (error) => (error ? reject(error) : resolve())));
      const before = anonymousKb();
      for (let round = 0; round < 3; round += 1) await Promise.all([derive(), derive(), derive(), derive()]);
      console.log(JSON.stringify({ before, after: anonymousKb() }));
    `) as { before: number; after: number };
    expect(after - before).toBeLessThan(8_192);
  });
});

describe('releaseUnusedMemory()', () => {
  it('gives back pages of a real process, which then goes on as before', () => {
    const { before, after, same } = runScript(`
      const { releaseUnusedMemory } = await import(${MEMORY});
      const { readFileSync } = await import('node:fs');
      const { gzipSync, gunzipSync } = await import('node:zlib');
      const { createHash } = await import('node:crypto');
      const fileKb = () => Number(/RssFile:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      const work = () => createHash('sha256')
        .update(gunzipSync(gzipSync(new Intl.DateTimeFormat('de', { dateStyle: 'full' }).format(0)))).digest('hex');
      const result = work();
      const before = fileKb();
      releaseUnusedMemory();
      const after = fileKb();
      console.log(JSON.stringify({ before, after, same: work() === result }));
    `) as { before: number; after: number; same: boolean };
    expect(same).toBe(true);
    expect(after).toBeLessThan(before / 2);
  });
});

it.each([
  ['the image', 'Dockerfile', /^ENV MALLOC_ARENA_MAX=1$/m],
  ['an installed package', 'bin/vipwatch', /^export MALLOC_ARENA_MAX=1$/m],
])('%s gives all threads one arena of malloc, from the first on', (_, file, words) => {
  expect(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')).toMatch(words);
});
