// What agents answer. It comes over the network: nothing of it may steer a terminal.
import { AnswerTooLong, boundedText } from '../base/bounded-text.ts';
import { errnoWords } from '../base/errno.ts';

/** Bytes of an answer: a page of a list is far shorter. */
export const MAX_ANSWER = 4 * 1024 * 1024;

export interface AgentAnswer {
  readonly status: number;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
}

/** The agent did not do what was asked for; the message says why, in one line. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  /** Asking again may help. */
  readonly passing: boolean;

  constructor(message: string, passing = false) {
    super(message);
    this.passing = passing;
  }
}

/** @throws AnswerTooLong, or what the connection fails with */
export async function answerIn(response: Response): Promise<AgentAnswer> {
  return { status: response.status, body: parsedAnswer(await boundedText(response.body, MAX_ANSWER)) };
}

/** Undefined where it is no JSON. Control characters are taken out: they could rewrite what stands on the terminal. */
export function parsedAnswer(text: string): unknown {
  try {
    return JSON.parse(text, (_, value) => {
      if (typeof value === 'string') return harmless(value);
      // Keys reach a terminal as well, by `--output yaml`.
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return Object.fromEntries(Object.entries(value).map(([key, member]) => [harmless(key), member]));
      return value;
    });
  } catch {
    return undefined;
  }
}

function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}

/** What a problem document says is wrong. */
export function problemIn(body: unknown): string | undefined {
  const { detail, title } = (body ?? {}) as { readonly detail?: unknown; readonly title?: unknown };
  return [detail, title].find((text) => typeof text === 'string');
}

/** Why `fetch` failed. */
export function reasonOf(error: unknown): string {
  if (error instanceof AnswerTooLong) return error.message;
  const { name, cause } = error as Error;
  const { code = name, message } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code === 'TimeoutError') return 'no answer in time';
  if (code.startsWith('ERR_SSL_')) return 'that port speaks plain HTTP: write http:// instead of https://';
  // What fetch says of a connection that was closed before the answer was complete.
  return errnoWords(code === 'UND_ERR_SOCKET' ? 'ECONNRESET' : code) ?? message ?? code;
}
