// What is fed with made-up input, and the laws that it keeps whatever the input is.

export interface Target {
  /** Text is UTF-8, and is edited by words as well. */
  readonly kind: 'bytes' | 'text';
  /** What a corpus begins with, beside what it was given. */
  readonly seeds: readonly Uint8Array[];
  /** Words that edits put into a text. @default none */
  readonly words?: readonly string[];
  /** Throws where a law is broken: {@link LawBroken}, or whatever should not have been thrown. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}

export class LawBroken extends Error {
  override readonly name = 'LawBroken';
  /** The same for every input that breaks it. */
  readonly law: string;

  constructor(law: string, detail: string) {
    super(detail === '' ? law : `${law}: ${detail}`);
    this.law = law;
  }
}

/**
 * @param detail what this input has of its own.
 * @throws {LawBroken} unless it holds.
 */
export function law(holds: boolean, what: string, detail = ''): asserts holds {
  if (!holds) throw new LawBroken(what, detail);
}

export const textOf = (input: Uint8Array): string => new TextDecoder().decode(input);
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
