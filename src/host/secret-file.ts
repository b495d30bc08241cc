// Files with secrets and certificates. Read anew each time, for they are replaced while the process runs; nothing of them is ever
// in an error.
import { readFile } from 'node:fs/promises';

/** A file that is needed cannot be read; the message names it. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

/** A line end at the end belongs to the editor. */
export async function secretFrom(path: string): Promise<string> {
  const secret = (await secretTextOf(path)).trim();
  if (secret === '' || /\p{Cc}/u.test(secret))
    throw new SecretFileError(`${path}: holds no secret of one line`);
  if (secret.includes('\ufffd')) throw new SecretFileError(`${path}: is not in UTF-8`);
  return secret;
}

export async function secretTextOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new SecretFileError(`${path}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}

/** Of HTTP, as UTF-8, which RFC 7617 lets a server expect (section 2.1). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
