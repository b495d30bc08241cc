// Results as SARIF 2.1.0 (OASIS), for code hosts that show them beside the line.
import type { CheckReport, CheckResult } from '../checks.ts';
import { nameOf } from '../model/object.ts';
import type { Status } from '../results.ts';
import { RULE_IDS, RULES } from '../rules/catalogue.ts';
import { docsOf } from './docs.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const LEVELS: Readonly<Partial<Record<Status, string>>> = {
  critical: 'error',
  warning: 'warning',
  info: 'note',
};

/** @param isRead every file could be read, whole. */
export function sarifText({ results }: CheckReport, version: string, isRead: boolean): string {
  const skipped = results.filter(({ status }) => status === 'skipped');
  const run = {
    tool: {
      driver: {
        name: 'vipwatch check',
        version,
        rules: RULE_IDS.map((id) => ({
          id,
          shortDescription: { text: RULES[id].title },
          help: { text: docsOf(id) },
          defaultConfiguration: { level: LEVELS[RULES[id].level] },
        })),
      },
    },
    invocations: [
      {
        executionSuccessful: isRead,
        toolExecutionNotifications: skipped.map(({ id, message }) => ({
          descriptor: { id },
          level: 'note',
          message: { text: `not checked: ${message}` },
        })),
      },
    ],
    results: results.flatMap((result) => (LEVELS[result.status] === undefined ? [] : [sarifResult(result)])),
  };
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}

function sarifResult({ id, status, subjects, message, remedy }: CheckResult) {
  return {
    ruleId: id,
    ruleIndex: RULE_IDS.indexOf(id),
    level: LEVELS[status],
    message: { text: `${message} What to do: ${remedy}` },
    locations: subjects.slice(0, 1).map((subject) => ({
      logicalLocations: [{ fullyQualifiedName: nameOf(subject), kind: 'resource' }],
      ...(subject.source === null
        ? {}
        : {
            physicalLocation: {
              artifactLocation: { uri: uriOf(subject.source.file) },
              region: { startLine: subject.source.line ?? 1 },
            },
          }),
    })),
  };
}

/** A path may hold what a URI may not; one from the root on is a file's URI (SARIF 2.1.0, 3.4.3). */
function uriOf(file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${path}` : path;
}
