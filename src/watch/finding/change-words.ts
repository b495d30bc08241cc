// What changed of a finding, in words.
import type { ChangedField } from './finding.ts';
import type { Severity } from './kinds.ts';

/** `now a warning`, `confirmed`: to be told before the finding's message. */
export function changeWords(changed: readonly ChangedField[], severity: Severity): string {
  const words: Readonly<Record<ChangedField, string>> = {
    confirmed: 'confirmed',
    severity: severity === 'critical' ? 'now critical' : 'now a warning',
  };
  return changed.map((field) => words[field]).join(', ');
}
