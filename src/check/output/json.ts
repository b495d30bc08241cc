// Results as JSON, one object a line: the contract with programs.
import type { CheckReport, CheckResult } from '../checks.ts';
import { STATUSES } from '../results.ts';
import { docsOf } from './docs.ts';

/** One after the other, for of a large cluster they are many. */
export function* jsonLines({ results, suppressed, counts }: CheckReport): Generator<string> {
  const summary = {
    type: 'summary',
    ...Object.fromEntries(STATUSES.map((status) => [status, counts[status]])),
    suppressed: suppressed.length,
  };
  for (const result of results) yield `${JSON.stringify(resultJson(result))}\n`;
  yield `${JSON.stringify(summary)}\n`;
}

export function resultJson({ id, status, subjects, ip, message, remedy }: CheckResult) {
  return {
    type: 'check',
    id,
    status,
    subjects: subjects.map(({ kind, namespace, name, source }) => ({
      kind,
      namespace,
      name,
      ...(source === null ? {} : { file: source.file, line: source.line }),
    })),
    ip,
    message,
    remedy,
    docs: docsOf(id),
  };
}
