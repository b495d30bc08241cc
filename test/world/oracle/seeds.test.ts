// 300 worlds: whatever is wrong in them is known, and whatever is known to be wrong still shows.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../../../lab/simulate.ts');
const PATIENCE_MS = 600_000;

describe('300 seeds', () => {
  it(
    'show nothing that nobody knew of, and all that is known to be wrong',
    async () => {
      const child = spawn(process.execPath, [PROGRAM, '--seeds', '300'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      const [code] = await once(child, 'close');
      expect(output.slice(output.indexOf('300 seeds,'))).toMatch(
        /^300 seeds, 0 red; \d+ questions to everyone a seed\n$/,
      );
      expect(code).toBe(0);
    },
    PATIENCE_MS,
  );
});
