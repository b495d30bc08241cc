// What changed of a finding, in words.
import type { Acknowledged, ChangedField } from './finding.ts';
import type { Severity } from './kinds.ts';

/** `now a warning`, `confirmed`: to be told before the finding's message. */
export function changeWords(
  changed: readonly ChangedField[],
  { severity, acknowledged }: { readonly severity: Severity; readonly acknowledged?: Acknowledged | null },
): string {
  const words: Readonly<Record<ChangedField, string>> = {
    acknowledged: acknowledged ? acknowledgedWords(acknowledged) : 'not acknowledged any more',
    confirmed: 'confirmed',
    severity: severity === 'critical' ? 'now critical' : 'now a warning',
  };
  return changed.map((field) => words[field]).join(', ');
}

/** `acknowledged by anna until 2026-03-01T18:00:00Z ("the router is replaced at six")` */
function acknowledgedWords({ by, comment, until }: Acknowledged): string {
  return `acknowledged${by === null ? '' : ` by ${by}`} until ${until} ("${comment}")`;
}
