import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/base/time.ts';
import { Journal, type JournalRow } from '../../src/host/journal.ts';

/** Memory where there is some as a disk: nothing in here is about how long a disk takes, which on a busy one is minutes. */
const FAST = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const NOW = 1_772_366_400 * SECOND;
const WRITER = join(import.meta.dirname, 'journal-writer.ts');

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(FAST, 'vipwatch-journal-'));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(over: Partial<ConstructorParameters<typeof Journal>[0]> = {}): Journal {
  const path = join(folder, 'journal.db');
  const warn = (message: string) => warnings.push(message);
  return new Journal({ path, maxAge: HOUR, maxSize: 1024 * 1024, now: NOW, warn, ...over });
}

function row(key: string, at = NOW, json = '{}'): JournalRow {
  return { kind: 'lease', key, at, json };
}

function keysIn(journal: Journal, kind = 'lease'): string[] {
  return journal.rows(kind).map(({ key }) => key);
}

describe('Journal keeps', () => {
  it('rows for the next start, by kind, the least recently renewed first', () => {
    const journal = open();
    expect(journal.durable).toBe(true);
    journal.put([row('a'), row('b', NOW - 1), { ...row('a'), kind: 'claim' }], NOW);
    journal.put([row('a', NOW + 5, '{"renewed":true}')], NOW);
    journal.close(NOW);
    const next = open();
    expect(next.rows('lease')).toEqual([
      { kind: 'lease', key: 'b', at: NOW - 1, json: '{}' },
      { kind: 'lease', key: 'a', at: NOW + 5, json: '{"renewed":true}' },
    ]);
    expect(keysIn(next, 'claim')).toEqual(['a']);
    expect(warnings).toEqual([]);
    next.close(NOW);
  });

  it('not what was removed', () => {
    const journal = open();
    journal.put([row('a'), row('b')], NOW);
    journal.remove('lease', ['a'], NOW);
    expect(keysIn(journal)).toEqual(['b']);
    journal.close(NOW);
  });

  it('what a process had written when it was killed', async () => {
    const path = join(folder, 'journal.db');
    const writer = spawn(process.execPath, [WRITER, path, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let written = 0;
    for await (const line of createInterface({ input: writer.stdout })) {
      if (line.startsWith('row ')) written = Number(line.slice(4));
      if (written === 300) writer.kill('SIGKILL');
    }
    expect(written).toBeGreaterThanOrEqual(300);
    const journal = open({ maxSize: 16 * 1024 * 1024, maxAge: 10_000 * HOUR });
    const numbers = keysIn(journal).map(Number);
    for (let number = 1; number <= written; number += 1) expect(numbers).toContain(number);
    expect(warnings).toEqual([]);
    expect(readdirSync(folder).filter((file) => file.includes('damaged'))).toEqual([]);
    journal.close(NOW);
  });
});

describe('Journal is bounded', () => {
  it('by age, at the start and while it runs', () => {
    const journal = open();
    journal.put([row('old', NOW - HOUR + 1), row('young')], NOW);
    journal.flush(NOW + 2 * MINUTE);
    expect(keysIn(journal)).toEqual(['young']);
    journal.close(NOW);
    const later = open({ now: NOW + 2 * HOUR });
    expect(keysIn(later)).toEqual([]);
    later.close(NOW);
  });

  it.each([
    ['in many small steps', 1],
    ['in one large step', 40_000],
  ])('by size, the oldest going first, %s', (_how, step) => {
    const maxSize = 256 * 1024;
    const journal = open({ maxSize });
    const total = step === 1 ? 2_000 : step;
    let largest = 0;
    for (let i = 0; i < total; i += step) {
      const rows = Array.from({ length: step }, (_, j) =>
        row(String(i + j), NOW + i + j, `"${'x'.repeat(200)}"`),
      );
      expect(journal.put(rows, NOW)).toBe(true);
      const files = readdirSync(folder).map((file) => statSync(join(folder, file)).size);
      largest = Math.max(
        largest,
        files.reduce((sum, size) => sum + size, 0),
      );
    }
    expect(largest).toBeLessThanOrEqual(maxSize);
    const kept = keysIn(journal).map(Number);
    expect(kept.length).toBeGreaterThan(100);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => total - kept.length + i));
    expect(warnings).toEqual([]);
    journal.close(NOW);
  });

  it('by size, expendable kinds going before all others however old those are', () => {
    const journal = open({ maxSize: 256 * 1024, expendable: ['claim'] });
    const json = `"${'x'.repeat(200)}"`;
    const lasting = Array.from({ length: 50 }, (_, i) => row(String(i), NOW - MINUTE, json));
    journal.put(lasting, NOW);
    for (let i = 0; i < 2_000; i += 1)
      journal.put([{ ...row(String(i), NOW + i, json), kind: 'claim' }], NOW);
    expect(keysIn(journal)).toHaveLength(50);
    const claims = keysIn(journal, 'claim').map(Number);
    expect(claims.length).toBeGreaterThan(100);
    expect(claims).toEqual(Array.from({ length: claims.length }, (_, i) => 2_000 - claims.length + i));
    journal.close(NOW);
  });
});

describe('Journal sets aside, and begins anew,', () => {
  function setAside(): string[] {
    return readdirSync(folder).filter((file) => file.startsWith('journal.db.damaged-'));
  }

  it.each([
    [
      'garbage',
      (path: string) => writeFileSync(path, 'no database at all, but long enough to look like one'),
    ],
    ['another program’s database', (path: string) => foreign(path)],
    ['a journal of a newer version', (path: string) => changed(path, 'PRAGMA user_version = 99')],
    ['a journal with a damaged page', (path: string) => damaged(path)],
    ['a truncated journal', (path: string) => truncated(path)],
  ])('%s', (_what, make) => {
    const path = join(folder, 'journal.db');
    make(path);
    const before = readFileSync(path);
    const journal = open();
    expect(journal.durable).toBe(true);
    expect(journal.put([row('a')], NOW)).toBe(true);
    journal.close(NOW);
    expect(setAside()).toEqual(['journal.db.damaged-20260301T120000Z']);
    expect(readFileSync(join(folder, setAside()[0]!)).equals(before)).toBe(true);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/cannot be used: .*set aside as .*journal\.db\.damaged-20260301T120000Z/);
    const next = open();
    expect(keysIn(next)).toEqual(['a']);
    expect(warnings).toHaveLength(1);
    next.close(NOW);
  });

  it('again and again: the latest two files are kept, and nothing of other names is touched', () => {
    const others = ['journal.db.damaged-by-hand', 'other.db.damaged-20250101T000000Z', 'journal.db.damaged-'];
    for (const name of others) writeFileSync(join(folder, name), '');
    mkdirSync(join(folder, 'journal.db.damaged-20250101T000000Z'));
    for (const [i, suffix] of ['', '-wal', '-shm'].entries())
      writeFileSync(join(folder, `journal.db.damaged-20250101T00000${1 + (i >> 1)}Z${suffix}`), '');
    for (let minute = 0; minute < 4; minute += 1) {
      writeFileSync(join(folder, 'journal.db'), 'no database at all, but long enough to look like one');
      open({ now: NOW + minute * MINUTE }).close(NOW);
    }
    expect(setAside().toSorted()).toEqual([
      'journal.db.damaged-',
      'journal.db.damaged-20250101T000000Z',
      'journal.db.damaged-20260301T120200Z',
      'journal.db.damaged-20260301T120300Z',
      'journal.db.damaged-by-hand',
    ]);
    expect(readdirSync(folder)).toContain('other.db.damaged-20250101T000000Z');
  });

  function full(path: string): void {
    const journal = open({ path });
    journal.put(
      Array.from({ length: 500 }, (_, i) => row(String(i), NOW + i, `"${'x'.repeat(300)}"`)),
      NOW,
    );
    journal.close(NOW);
  }

  function foreign(path: string): void {
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE recipes (name TEXT)');
    database.close();
  }

  function changed(path: string, sql: string): void {
    full(path);
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  }

  function damaged(path: string): void {
    full(path);
    const bytes = readFileSync(path);
    bytes.fill(0xff, 8_192, 40_960);
    writeFileSync(path, bytes);
  }

  function truncated(path: string): void {
    full(path);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
  }
});

describe('Journal goes on in memory, with a warning,', () => {
  function inMemory(journal: Journal): void {
    expect(journal.durable).toBe(false);
    expect(journal.problem).not.toBeNull();
    expect(journal.put([row('a')], NOW)).toBe(true);
    expect(keysIn(journal)).toEqual(['a']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/continuing in memory/);
    journal.close(NOW);
  }

  it('where a folder has its name, which is left alone', () => {
    mkdirSync(join(folder, 'journal.db'));
    inMemory(open());
    expect(readdirSync(folder)).toEqual(['journal.db']);
  });

  it('where its folder cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    inMemory(open({ path: join(folder, 'file', 'journal.db') }));
  });

  it('where another process holds it, which goes on', () => {
    const first = open();
    first.put([row('first')], NOW);
    inMemory(open());
    expect(first.put([row('second')], NOW)).toBe(true);
    first.close(NOW);
    const next = open();
    expect(keysIn(next).sort()).toEqual(['first', 'second']);
    next.close(NOW);
  });

  const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

  it('where it may not write', () => {
    chmodSync(folder, 0o555);
    const path = join(folder, 'journal.db');
    // Root may write anywhere: the writer runs as nobody.
    const { stdout } = spawnSync(process.execPath, [WRITER, path, '3'], {
      encoding: 'utf8',
      ...unprivileged,
    });
    chmodSync(folder, 0o755);
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => line.startsWith('warn '))).toHaveLength(1);
    expect(lines[0]).toMatch(/^warn .*continuing in memory/);
    expect(lines.at(-1)).toBe('done false 0');
    expect(existsSync(path)).toBe(false);
  });

  it('by configuration, without a warning', () => {
    const journal = open({ path: null });
    expect(journal.durable).toBe(false);
    expect(journal.put([row('a')], NOW)).toBe(true);
    expect(warnings).toEqual([]);
    journal.close(NOW);
  });
});

describe('a disk that fills up', () => {
  const namespaces = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
  if (!namespaces) console.warn('skipped: a full disk; it takes the right to mount a file system');
  it.skipIf(!namespaces)('is told once, and what waited is written once there is room', () => {
    const script = `mount -t tmpfs -o size=1200k tmpfs "$1" &&
      dd if=/dev/zero of="$1/ballast" bs=1k count=1000 status=none &&
      exec "$2" "$3" "$1/journal.db" 300 "$1/ballast"`;
    const run = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, WRITER], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    const lines = run.stdout.trim().split('\n');
    expect(run.stderr).toBe('');
    expect(lines.filter((line) => line.startsWith('warn '))).toEqual([
      expect.stringMatching(/cannot write the journal/),
    ]);
    expect(lines.at(-1)).toBe('done true 0');
  });
});
