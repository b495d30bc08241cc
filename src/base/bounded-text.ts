// Reads what a server answers, whose length it chooses: as much as is allowed and no more.

/** The answer is longer than allowed. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
}

/**
 * @param pieces leaving off in their midst cuts the connection.
 * @param maxLength bytes.
 * @throws AnswerTooLong, or what the connection fails with
 */
export async function readBounded(
  pieces: AsyncIterable<Uint8Array>,
  maxLength: number,
  onText: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > maxLength) throw new AnswerTooLong(`its answer is longer than ${maxLength} bytes`);
    onText(decoder.decode(piece, { stream: true }));
  }
  onText(decoder.decode());
}

/** The whole. @param pieces null: it has none. @throws AnswerTooLong, or what the connection fails with */
export async function boundedText(
  pieces: AsyncIterable<Uint8Array> | null,
  maxLength: number,
): Promise<string> {
  const texts: string[] = [];
  if (pieces !== null) await readBounded(pieces, maxLength, (text) => texts.push(text));
  return texts.join('');
}
