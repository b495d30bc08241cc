// The tokens that may change something, in a file: one a line, `TOKEN` or `NAME:TOKEN`; empty lines and those that begin
// with # say nothing. Read anew for each request, so that a token that was taken out is worth nothing from then on.
import { createHash, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoWords } from '../base/errno.ts';

/** Bytes. */
const MAX_LENGTH = 65_536;
/** Nobody tries out so many in a lifetime, whatever they are made of. */
const MIN_TOKEN = 16;
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
const NAME = /^[^\s:\p{C}]{1,63}$/u;

const UNUSABLE = 'the token file cannot be used; the log of this agent says why';

interface KnownToken {
  readonly name: string | null;
  readonly digest: Buffer;
}

export type TokenAnswer =
  /** By the name that the file gives; null where it gives none. */
  | { readonly kind: 'allowed'; readonly user: string | null }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** The file cannot be used; the message says why, and holds nothing of what is in it. */
class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
}

export class TokenFile {
  readonly #path: string;
  readonly #onProblem: (problem: string) => void;
  /** Told last; null while there is none. */
  #problem: string | null = null;

  /** @param onProblem told why the file cannot be used, once for each reason: that is for the log, and for nobody who asks. */
  constructor(path: string, onProblem: (problem: string) => void) {
    this.#path = path;
    this.#onProblem = onProblem;
  }

  /** Whether the file can be used. */
  async check(): Promise<boolean> {
    return (await this.#tokens()) !== null;
  }

  async authorize(token: string): Promise<TokenAnswer> {
    const tokens = await this.#tokens();
    if (tokens === null) return { kind: 'unavailable', reason: UNUSABLE };
    const digest = digestOf(token);
    // Digests are of one length, and all are compared: the time it takes tells nothing of any of them.
    let found: KnownToken | undefined;
    for (const entry of tokens) if (timingSafeEqual(entry.digest, digest)) found = entry;
    return found ? { kind: 'allowed', user: found.name } : { kind: 'unknown' };
  }

  /** Null where the file cannot be used. */
  async #tokens(): Promise<readonly KnownToken[] | null> {
    try {
      const tokens = await this.#read();
      this.#problem = null;
      return tokens;
    } catch (error) {
      const problem = reasonOf(error, this.#path);
      if (problem !== this.#problem) this.#onProblem(problem);
      this.#problem = problem;
      return null;
    }
  }

  async #read(): Promise<readonly KnownToken[]> {
    // Not waiting: a pipe would keep whoever opens it until somebody writes.
    await using file = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { mode } = await checked(file);
    if ((mode & 0o004) !== 0)
      throw new TokenFileError(`everyone on this machine may read it: chmod 640 ${this.#path}`);
    if ((mode & 0o002) !== 0)
      throw new TokenFileError(`everyone on this machine may write it: chmod 640 ${this.#path}`);
    return tokensIn(await file.readFile('utf8'));
  }
}

async function checked(file: FileHandle): Promise<{ readonly mode: number }> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new TokenFileError('it is not a file');
  if (stat.size > MAX_LENGTH) throw new TokenFileError(`it is longer than ${MAX_LENGTH} bytes`);
  return stat;
}

function tokensIn(text: string): readonly KnownToken[] {
  const tokens = text.split('\n').flatMap((raw, index): KnownToken[] => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const colon = line.indexOf(':');
    const name = colon < 0 ? null : line.slice(0, colon).trim();
    const token = line.slice(colon + 1).trim();
    const refuse = (why: string) => new TokenFileError(`line ${index + 1} ${why}`);
    if (name !== null && !NAME.test(name)) throw refuse('begins with no name: expected TOKEN or NAME:TOKEN');
    if (!TOKEN.test(token)) throw refuse('holds no token: letters, digits and -._~+/ are possible');
    if (token.length < MIN_TOKEN)
      throw refuse(`has a token of less than ${MIN_TOKEN} characters: openssl rand -hex 24 makes one`);
    return [{ name, digest: digestOf(token) }];
  });
  if (tokens.length === 0) throw new TokenFileError('it holds no token');
  return tokens;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function reasonOf(error: unknown, path: string): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const words = error instanceof TokenFileError ? error.message : (errnoWords(code) ?? String(error));
  return `the token file ${path} cannot be used: ${code === 'ENOENT' ? `there is ${words}` : words}`;
}
