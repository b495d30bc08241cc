// Replays a capture by the command line's own code, and holds what it says against what would be right.
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { replayFile } from '../../src/cli/capture-replay.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import type { Expectation } from './expectations.ts';

interface FindingLine {
  readonly type: 'finding';
  readonly action: string;
  readonly at: string;
  readonly kind: string;
  readonly severity: string;
  readonly ip: string;
  readonly macs: readonly string[];
  readonly message: string;
  readonly remedy: string;
}

interface TakeoverLine {
  readonly type: 'takeover';
  readonly gapMs: number;
}

export interface Replay {
  readonly exitCode: number;
  readonly complaints: string;
  readonly findings: readonly FindingLine[];
  readonly takeovers: readonly TakeoverLine[];
}

export async function replayOf(capture: string, config: string): Promise<Replay> {
  const output = collector();
  const error = collector();
  const exitCode = await replayFile(
    capture,
    { config, output: 'json' },
    new Terminal(output.stream, error.stream, {}),
  );
  const lines: { type: string }[] = output
    .text()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return {
    exitCode,
    complaints: error.text(),
    findings: lines.filter((line): line is FindingLine => line.type === 'finding'),
    takeovers: lines.filter((line): line is TakeoverLine => line.type === 'takeover'),
  };
}

function collector(): { stream: WriteStream; text: () => string } {
  let text = '';
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    text += String(chunk);
    done();
  };
  return { stream: new Writable({ write }) as unknown as WriteStream, text: () => text };
}

/** What is not as it should be, one entry each; empty where all is right. */
export function wrongIn({ exitCode, complaints, findings, takeovers }: Replay, want: Expectation): string[] {
  const raised = findings.filter(({ action }) => action === 'raised');
  const kinds = new Set(raised.map(({ kind }) => kind));
  const isRaised = (kind: string, ip?: string) =>
    raised.some((finding) => finding.kind === kind && (ip === undefined || finding.ip === ip));
  const words = findings.map(({ message, remedy }) => `${message} ${remedy}`).join('\n');
  const atEnd = new Map(
    findings.map(({ kind, ip, macs, action }) => [`${kind} ${ip} ${macs}`, action !== 'resolved']),
  );
  const gaps = takeovers.map(({ gapMs }) => gapMs);
  const wrong: string[] = [];
  const must = (holds: boolean, otherwise: string) => {
    if (!holds) wrong.push(otherwise);
  };

  must(exitCode === 0, `exit code ${exitCode}`);
  for (const one of want.raised ?? []) {
    const [kind, ip] = typeof one === 'string' ? [one] : one;
    must(isRaised(kind, ip), `no ${kind} ${ip ?? ''}`);
  }
  if (want.raisedOneOf)
    must(
      want.raisedOneOf.some((kind) => kinds.has(kind)),
      `none of ${want.raisedOneOf}`,
    );
  for (const kind of want.never ?? []) must(!kinds.has(kind), `has ${kind}`);
  if (want.only) {
    const allowed: readonly string[] = want.only;
    for (const kind of kinds) must(allowed.includes(kind), `has ${kind}`);
  }
  if (want.notSilent) must(raised.length > 0, 'silent');
  if (want.neverCritical)
    for (const { kind, ip, severity } of findings) must(severity !== 'critical', `critical ${kind} ${ip}`);
  for (const text of want.says ?? []) must(words.includes(text), `does not say "${text}"`);
  for (const text of want.saysNot ?? []) must(!words.includes(text), `says "${text}"`);
  if (want.remedyOf) {
    const [kind, pattern] = want.remedyOf;
    must(
      raised.some((finding) => finding.kind === kind && pattern.test(finding.remedy)),
      `no remedy of ${kind} says ${pattern}`,
    );
  }
  if (want.raisedAtMost !== undefined)
    must(raised.length <= want.raisedAtMost, `raised ${raised.length} times`);
  const limit = want.gapAtMostMs ?? Number.POSITIVE_INFINITY;
  for (const gap of gaps) must(gap <= limit, `a gap of ${gap} ms`);
  for (const [kind, ip] of want.activeAtEnd ?? [])
    must(
      [...atEnd].some(([key, active]) => active && key.startsWith(`${kind} ${ip} `)),
      `${kind} ${ip} is over at the end`,
    );
  if (want.noneAtEnd) must(![...atEnd.values()].some(Boolean), 'active at the end');
  const { raisedAt, gapMsOrComplaint } = want;
  if (raisedAt !== undefined)
    must(
      raised.some(({ at }) => at.startsWith(raisedAt)),
      `not raised at ${raisedAt}`,
    );
  if (gapMsOrComplaint !== undefined)
    must(
      gaps.some((gap) => Math.abs(gap - gapMsOrComplaint) <= 1) || /clock|backward/i.test(complaints),
      `gaps of ${gaps} ms, none of ${gapMsOrComplaint}, and no word of the clock`,
    );
  return wrong;
}
