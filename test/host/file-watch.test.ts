// A file that becomes another one, in the ways that files do.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileWatch } from '../../src/host/file-watch.ts';

describe('a watched file', () => {
  let folder: string;
  let path: string;
  let changes: number;
  let watch: FileWatch | undefined;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    folder = mkdtempSync(join(tmpdir(), 'vipwatch-watch-'));
    path = join(folder, 'vipwatch.yaml');
    changes = 0;
  });
  afterEach(() => {
    watch?.close();
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  function begin(): void {
    const onChange = () => {
      changes += 1;
    };
    watch = new FileWatch(path, onChange, { every: 5_000, settledAfter: 500 });
  }

  it('is told once when it is written anew, and not while it stays as it is', () => {
    writeFileSync(path, 'a: 1\n');
    begin();
    vi.advanceTimersByTime(20_000);
    expect(changes).toBe(0);
    writeFileSync(path, 'a: 2\n');
    vi.advanceTimersByTime(20_000);
    expect(changes).toBe(1);
  });

  it('is told when another one takes its place, and when it goes', () => {
    writeFileSync(path, 'a: 1\n');
    begin();
    writeFileSync(`${path}.new`, 'a: 1\n');
    renameSync(`${path}.new`, path);
    vi.advanceTimersByTime(20_000);
    expect(changes).toBe(1);
    rmSync(path);
    vi.advanceTimersByTime(20_000);
    expect(changes).toBe(2);
  });

  it('is told when Kubernetes swaps the link to the folder of a mounted ConfigMap', () => {
    const version = (name: string) => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'vipwatch.yaml'), 'same: length\n');
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    version('..2026_03_01');
    symlinkSync('..data/vipwatch.yaml', path);
    begin();
    for (const name of ['..2026_03_02', '..2026_03_03']) {
      version(name);
      vi.advanceTimersByTime(20_000);
    }
    expect(changes).toBe(2);
  });

  it('is left alone while it is being written', () => {
    writeFileSync(path, 'a: 1\n');
    begin();
    writeFileSync(path, '');
    vi.advanceTimersByTime(5_100);
    for (let length = 1; length < 10; length += 1) {
      writeFileSync(path, 'a'.repeat(length));
      vi.advanceTimersByTime(490);
    }
    expect(changes).toBe(0);
    vi.advanceTimersByTime(1_000);
    expect(changes).toBe(1);
  });

  it('is not looked at any more once the watch is closed', () => {
    writeFileSync(path, 'a: 1\n');
    begin();
    watch?.close();
    writeFileSync(path, 'a: 2\n');
    vi.advanceTimersByTime(20_000);
    expect(changes).toBe(0);
  });
});
