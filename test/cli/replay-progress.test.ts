// How far a replay has come, as a terminal shows it.
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { ReplayProgress } from '../../src/cli/replay-progress.ts';
import { Terminal } from '../../src/cli/terminal.ts';

const ERASED = '\r\u001b[2K';

function shown(isTTY: boolean) {
  let text = '';
  let now = 5000;
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    text += String(chunk);
    done();
  };
  const error = Object.assign(new Writable({ write }), { isTTY }) as unknown as WriteStream;
  const output = new Writable({ write }) as unknown as WriteStream;
  const progress = new ReplayProgress(new Terminal(output, error, {}), () => now);
  const at = (ms: number, read: number, length: number | null, frames: number) => {
    now = 5000 + ms;
    progress.show({ read, length }, frames);
    return text;
  };
  return { at, progress, text: () => text };
}

describe('ReplayProgress', () => {
  it('is shown after a second, and then ten times a second', () => {
    const { at } = shown(true);
    expect(at(999, 1, 10, 1)).toBe('');
    const first = `${ERASED}40 % of 2.5 GB, 1,234,567 frames`;
    expect(at(1000, 1e9, 2.5e9, 1_234_567)).toBe(first);
    expect(at(1099, 2e9, 2.5e9, 2_000_000)).toBe(first);
    expect(at(1100, 2e9, 2.5e9, 2_000_000)).toBe(`${first}${ERASED}80 % of 2.5 GB, 2,000,000 frames`);
  });

  it('tells how much was read where nobody knows how much there is', () => {
    expect(shown(true).at(1000, 123_456_789, null, 5)).toBe(`${ERASED}123 MB, 5 frames`);
    expect(shown(true).at(1000, 999, null, 5)).toBe(`${ERASED}999 B, 5 frames`);
  });

  it('is erased before anything else is written, and at the end', () => {
    const { at, progress, text } = shown(true);
    progress.hide();
    expect(text()).toBe('');
    const first = at(1000, 1, 2, 3);
    progress.hide();
    progress[Symbol.dispose]();
    expect(text()).toBe(`${first}${ERASED}`);
  });

  it('is nothing where standard error is no terminal', () => {
    const { at, progress, text } = shown(false);
    at(60_000, 1, 2, 3);
    progress.hide();
    expect(text()).toBe('');
  });
});
