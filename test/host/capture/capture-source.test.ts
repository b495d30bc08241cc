import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReadingProgress, readCapture } from '../../../src/host/capture/capture-source.ts';
import { pcapHeader, pcapRecord } from '../../../src/pcap/writer.ts';
import { ownCapture } from '../../captures.ts';

const HOME = ownCapture('home-lan-phone-gets-vip.pcap');
const SOURCE = new URL('../../../src/host/capture/capture-source.ts', import.meta.url).href;

const RECORD = pcapRecord(0, crypto.getRandomValues(new Uint8Array(1000)));

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

  const home = readFileSync(HOME);
  const compressors = { gzip: gzipSync, zstd: zstdCompressSync };

  describe.each(Object.entries(compressors))('reads what is compressed by %s', (_name, compress) => {
    const write = (content: Uint8Array) => {
      const path = join(folder, 'compressed');
      writeFileSync(path, content);
      return path;
    };

    it('as if it were not', async () => {
      expect(await count(write(compress(home)))).toEqual({ frames: 18, truncated: null });
    });

    it('in several pieces', async () => {
      const pieces = [home.subarray(0, 100), home.subarray(100)].map((piece) => compress(piece));
      expect(await count(write(Buffer.concat(pieces)))).toEqual({ frames: 18, truncated: null });
    });

    it('from standard input', async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', READ_STANDARD_INPUT], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const packed = compress(home);
      child.stdin.write(packed.subarray(0, 1));
      child.stdin.end(packed.subarray(1));
      const [line] = await once(child.stdout, 'data');
      expect(String(line)).toBe('18\n');
    });

    it('as far as it goes, where it ends early', async () => {
      const large = Buffer.concat([pcapHeader(), ...Array<Uint8Array>(5000).fill(RECORD)]);
      const { frames, truncated } = await count(write(compress(large).subarray(0, -10)));
      expect(frames).toBeGreaterThan(4000);
      expect(truncated).toBe('the compressed file ends early: its content up to there was read');
    });

    it('but not where it is damaged, holds no capture, or is compressed twice', async () => {
      const damaged = Buffer.from(compress(home));
      damaged.fill(0xff, 8, 24);
      await expect(count(write(damaged))).rejects.toThrow(/: the file is damaged: it cannot be decompressed/);
      await expect(count(write(compress(Buffer.from('hello world'))))).rejects.toThrow(/: not a pcap/);
      await expect(count(write(compress(compress(home))))).rejects.toThrow(/: the file is compressed/);
    });

    it('in flat memory, however much it unpacks to, and tells how far it is', async () => {
      const path = write(compress(Buffer.concat([pcapHeader(), Buffer.alloc(256 * 1024 * 1024)])));
      const before = process.memoryUsage().rss;
      let most = 0;
      const told: ReadingProgress[] = [];
      const { frames } = await readCapture({
        path,
        interfaceName: 'lan',
        handler: ignore,
        onBatch: (progress) => {
          told.push(progress);
          most = Math.max(most, process.memoryUsage().rss);
        },
      });
      expect(frames).toBe((256 * 1024 * 1024) / 16);
      expect(most - before).toBeLessThan(128 * 1024 * 1024);
      const { size } = statSync(path);
      expect(told.at(-1)).toEqual({ read: size, length: size });
    });

    it("does not take the handler's error for the file's", async () => {
      const bug = new TypeError('a bug');
      const handler = () => {
        throw bug;
      };
      await expect(readCapture({ path: write(compress(home)), interfaceName: 'lan', handler })).rejects.toBe(
        bug,
      );
    });
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
