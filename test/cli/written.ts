// A terminal that keeps what is written to it.
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { Terminal } from '../../src/cli/terminal.ts';

export interface Written {
  readonly terminal: Terminal;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** @param columns of a terminal; null: there is none. */
export function written(columns: number | null = null): Written {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts) =>
    Object.assign(
      new Writable({
        write: (chunk, _encoding, done) => {
          texts[name] += String(chunk);
          done();
        },
      }),
      columns === null ? {} : { isTTY: true, columns },
    ) as unknown as WriteStream;
  const terminal = new Terminal(stream('stdout'), stream('stderr'), { NO_COLOR: '1' });
  return { terminal, stdout: () => texts.stdout, stderr: () => texts.stderr };
}
