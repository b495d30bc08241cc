// Results for people: by question; short what is fine, and at length what is not.
import type { CheckReport, CheckResult } from '../checks.ts';
import { nameOf, type Source } from '../model/object.ts';
import type { Status } from '../results.ts';
import { QUESTIONS, type Question, RULE_IDS, RULES } from '../rules/catalogue.ts';
import { docsOf } from './docs.ts';

/** Gives a text the look of its status on a terminal. */
export type Paint = (status: Status | 'head' | 'faint', text: string) => string;

const WORDS: Readonly<Record<Status, string>> = {
  ok: 'ok',
  info: 'info',
  warning: 'warning',
  critical: 'CRITICAL',
  skipped: '-',
};
const WORD_WIDTH = 8;
const ID_WIDTH = Math.max(...RULE_IDS.map(({ length }) => length));
const INDENT = ' '.repeat(WORD_WIDTH + 4);
/** More objects than a person reads. */
const MAX_SUBJECTS = 4;

/** @param columns of the terminal. */
export function textOf(report: CheckReport, columns: number, paint: Paint): string {
  const width = Math.max(40, Math.min(columns, 120));
  const parts = (Object.keys(QUESTIONS) as Question[]).map((question) => {
    const results = report.results.filter(({ id }) => RULES[id].question === question);
    if (results.length === 0) return '';
    const lines = results.map((result) => resultText(result, width, paint));
    return `${paint('head', QUESTIONS[question])}\n${lines.join('')}\n`;
  });
  return `${parts.join('')}${summaryText(report)}`;
}

function resultText(result: CheckResult, width: number, paint: Paint): string {
  const { id, status, message, remedy } = result;
  const word = paint(status, WORDS[status].padEnd(WORD_WIDTH));
  if (status === 'ok' || status === 'skipped') {
    const said = status === 'ok' ? message : `not checked: ${message}`;
    return `  ${word}  ${id.padEnd(ID_WIDTH)}  ${paint('faint', said)}\n`;
  }
  const subjects = subjectsText(result);
  return (
    `  ${word}  ${id.padEnd(ID_WIDTH)}  ${subjects}\n` +
    `${wrapped(message, width)}${wrapped(`What to do: ${remedy}`, width)}${INDENT}${paint('faint', docsOf(id))}\n`
  );
}

function subjectsText({ subjects }: CheckResult): string {
  const named = subjects
    .slice(0, MAX_SUBJECTS)
    .map((subject) => `${nameOf(subject)}${placeText(subject.source)}`);
  const more = subjects.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function placeText(source: Source | null): string {
  if (source === null) return '';
  return source.line === null ? ` (${source.file})` : ` (${source.file}:${source.line})`;
}

function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && INDENT.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `${INDENT}${one}\n`).join('');
}

function summaryText({ counts, suppressed }: CheckReport): string {
  const { critical, warning, info, ok, skipped } = counts;
  const warnings = `${warning} ${warning === 1 ? 'warning' : 'warnings'}`;
  const noted = info === 0 ? '' : `${info} info, `;
  const hidden = suppressed.map(({ id, object, comment }) => `suppressed: ${id} of ${object}: ${comment}\n`);
  return `${critical} critical, ${warnings}, ${noted}${ok} fine, ${skipped} not checked\n${hidden.join('')}`;
}
