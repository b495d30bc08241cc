import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { renderFailoverTest } from '../../src/serve/render/render.ts';
import { sampleTest } from '../failover/measured.ts';

const PENDING = renderFailoverTest(sampleTest({ phase: 'Pending', message: 'Waiting for an agent.' }));
const RUNNING = renderFailoverTest(sampleTest({ phase: 'Running', message: 'Pull the plug.' }));
const ERASE = '\r\u001b[2K';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function screen(isTTY: boolean): { terminal: Terminal; shown: () => string } {
  let text = '';
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    text += String(chunk);
    done();
  };
  const stream = Object.assign(new Writable({ write }), { isTTY }) as unknown as WriteStream;
  return { terminal: new Terminal(stream, stream, {}), shown: () => text };
}

describe('Progress', () => {
  it('writes a line for each step, once', () => {
    const { terminal, shown } = screen(false);
    using progress = new Progress(terminal);
    for (const test of [PENDING, PENDING, RUNNING, RUNNING]) progress.show(test);
    vi.advanceTimersByTime(5_000);
    expect(shown()).toBe(
      '    0 ms  Pending     Waiting for an agent.\n    0 ms  Running     Pull the plug.\n',
    );
  });

  it('on a terminal shows that it lives, and leaves nothing of that behind', () => {
    const { terminal, shown } = screen(true);
    const progress = new Progress(terminal);
    progress.show(PENDING);
    vi.advanceTimersByTime(300);
    progress.show(RUNNING);
    progress[Symbol.dispose]();
    vi.advanceTimersByTime(5_000);
    expect(shown()).toBe(
      `${ERASE}    0 ms  Pending     Waiting for an agent.\n` +
        `${ERASE}  100 ms  ⠙${ERASE}  200 ms  ⠹${ERASE}  300 ms  ⠸` +
        `${ERASE}  300 ms  Running     Pull the plug.\n${ERASE}`,
    );
  });
});
