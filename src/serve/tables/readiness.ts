// Whether this agent can judge anything at all.
import type { Sources } from './sources.ts';

export function isCapturing({ interfaces }: Pick<Sources, 'interfaces'>): boolean {
  return interfaces().some(({ up }) => up);
}

export function knowsIntent({ intent }: Pick<Sources, 'intent'>): boolean {
  return intent().confirmedAt !== null;
}

/** Why it is not ready; null: it is. */
export function unreadyReason(sources: Pick<Sources, 'interfaces' | 'intent'>): string | null {
  if (!isCapturing(sources)) return 'no interface is captured that is up';
  return knowsIntent(sources) ? null : 'intent is not known yet';
}
