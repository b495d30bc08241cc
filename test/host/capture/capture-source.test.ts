import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCapture } from '../../../src/host/capture/capture-source.ts';
import { pcapHeader, pcapRecord } from '../../../src/pcap/writer.ts';
import { ownCapture } from '../../captures.ts';

const HOME = ownCapture('home-lan-phone-gets-vip.pcap');
const SOURCE = new URL('../../../src/host/capture/capture-source.ts', import.meta.url).href;

/** Prints how many frames standard input holds, or the error. */
const READ_STANDARD_INPUT = `
  import { readCapture } from '${SOURCE}';
  try {
    const { frames } = await readCapture({ path: '-', interfaceName: 'lan', handler: () => {} });
    console.log(frames);
  } catch (error) {
    console.log(error.name + ': ' + error.message);
  }`;

describe('readCapture()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vipwatch-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const ignore = (): void => {};
  const count = (path: string) => readCapture({ path, interfaceName: 'lan', handler: ignore });

  it('reads a file and runs onBatch after its frames', async () => {
    const calls: string[] = [];
    const end = await readCapture({
      path: HOME,
      interfaceName: 'lan',
      handler: () => calls.push('frame'),
      onBatch: () => calls.push('batch'),
    });
    expect(end).toEqual({ frames: 18, truncated: null });
    expect(calls).toEqual([...Array(18).fill('frame'), 'batch']);
  });

  it('reads a file of many chunks', async () => {
    const path = join(folder, 'large.pcap');
    const record = pcapRecord(0, new Uint8Array(1000));
    writeFileSync(path, Buffer.concat([pcapHeader(), ...Array<Uint8Array>(5000).fill(record)]));
    expect(await count(path)).toEqual({ frames: 5000, truncated: null });
  });

  it.each(['pipe', 'file'] as const)('reads standard input from a %s', async (kind) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', READ_STANDARD_INPUT], {
      stdio: [kind === 'pipe' ? 'pipe' : await opened(HOME), 'pipe', 'inherit'],
    });
    if (child.stdin) createReadStream(HOME).pipe(child.stdin);
    const [line] = await once(child.stdout!, 'data');
    expect(String(line)).toBe('18\n');
  });

  it('names standard input in its errors', () => {
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', READ_STANDARD_INPUT], {
      input: '',
    });
    expect(String(output)).toBe('CaptureError: Cannot read standard input: the file is empty\n');
  });

  it.each([
    ['a file that is absent', (path: string) => path, 'no such file'],
    ['a folder', () => folder, 'it is a directory'],
    [
      'a file that is no capture',
      (path: string) => {
        writeFileSync(path, 'hello world');
        return path;
      },
      'not a pcap or pcapng file',
    ],
  ])('refuses %s in one line', async (_, make, reason) => {
    const path = make(join(folder, 'x'));
    await expect(count(path)).rejects.toMatchObject({
      name: 'CaptureError',
      message: `Cannot read ${path}: ${reason}`,
    });
  });

  it("does not take the handler's error for the file's", async () => {
    const bug = new TypeError('a bug');
    const reading = readCapture({
      path: HOME,
      interfaceName: 'lan',
      handler: () => {
        throw bug;
      },
    });
    await expect(reading).rejects.toBe(bug);
  });
});

async function opened(path: string) {
  const stream = createReadStream(path);
  await once(stream, 'open');
  return stream;
}
