// Reads what the API server answers: a document, or a watch's lines of JSON. Both are bounded: etcd holds no object beyond a
// few MiB, so that whatever is longer is not the API's.

/** The answer is not what the API gives: no JSON, or without end. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/** Bytes. */
const MAX_LINE = 16 * 1024 * 1024;
const MAX_DOCUMENT = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/** @throws MalformedAnswer */
export async function readDocument(body: AsyncIterable<Uint8Array>, most = MAX_DOCUMENT): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > most) throw new MalformedAnswer(`an answer of more than ${most} bytes`);
    chunks.push(chunk);
  }
  return parsed(chunks);
}

/** What comes with an error, of any form: an API group that is not there answers in plain text. Null: no JSON. */
export async function readRefusal(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  try {
    return await readDocument(body);
  } catch (error) {
    if (error instanceof MalformedAnswer) return null;
    throw error;
  }
}

/** A value for each line. A last line without its end was cut off, and is left out. @throws MalformedAnswer */
export async function* readLines(
  body: AsyncIterable<Uint8Array>,
  most = MAX_LINE,
): AsyncGenerator<unknown, void, undefined> {
  let begun: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      begun.push(chunk.subarray(start, end));
      const line = begun;
      begun = [];
      length = 0;
      start = end + 1;
      if (line.some((part) => part.length > 0)) yield parsed(line);
    }
    if (start === chunk.length) continue;
    begun.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > most) throw new MalformedAnswer(`a line of more than ${most} bytes`);
  }
}

/** The JSON that the pieces are, one after the other. @throws MalformedAnswer */
export function parsed(chunks: readonly Uint8Array[]): unknown {
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new MalformedAnswer((error as Error).message);
  }
}
