// What `vipwatch failover-test` does: asks an agent for a failover test, follows it, and draws what came of it.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { styleText } from 'node:util';
import { errnoWords } from '../base/errno.ts';
import { isFinished, readSpec, type TestPhase } from '../failover/failover-test.ts';
import type { FailoverTestJson } from '../serve/render/render.ts';
import { AgentError } from './agent-answer.ts';
import { AgentApi } from './agent-api.ts';
import type { Environment } from './command.ts';
import { comparison, foretold } from './failover-forecast.ts';
import { Progress } from './progress.ts';
import { serverOf } from './server-url.ts';
import { type Terminal, UsageError } from './terminal.ts';
import { drawTimeline } from './timeline.ts';

export interface FailoverTestArguments {
  readonly vip: string;
  readonly mode?: string;
  readonly maxGap?: string;
  readonly timeLimit?: string;
  readonly watch?: boolean;
  readonly server: string;
  readonly tokenFile?: string;
  readonly output: 'text' | 'json';
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const LOOK_EVERY_MS = 500;
/** The agent may be restarted, or be on the node that just lost its plug. */
const PATIENCE_MS = 60_000;

const EXIT_CODES: Readonly<Record<TestPhase, number>> = {
  Passed: 0,
  Failed: 1,
  Refused: 2,
  Cancelled: 2,
  Pending: 0,
  Running: 0,
  FailingBack: 0,
};

/**
 * Resolves to the exit code: 0 passed, or begun where it is not followed; 1 failed; 2 not run to its end.
 *
 * @param interrupted the test is to be cancelled.
 * @throws UsageError, AgentError
 */
export async function failoverTest(
  options: FailoverTestArguments,
  terminal: Terminal,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<number> {
  const { vip, mode, maxGap, timeLimit, watch, output } = options;
  const read = readSpec({ vip, mode, maxGap, timeLimit });
  if (!read.ok) throw new UsageError(read.mistakes.map(inOptionWords).join('; '));
  const api = new AgentApi(serverOf(options.server), tokenOf(options.tokenFile, environment));
  if (api.tellsToken)
    terminal.complain(
      'warning: the token crosses the network unencrypted; use kubectl port-forward or ssh -L',
    );
  const forecast = output === 'text' && watch ? await foretold(api, read.spec) : null;
  let test = await api.create(read.spec);
  if (watch && !isFinished(test)) {
    using progress = output === 'text' ? new Progress(terminal) : null;
    test = await followed(api, test, progress, interrupted);
  }
  if (output === 'json') terminal.write(`${JSON.stringify(test)}\n`);
  else if (isFinished(test)) terminal.write(reportOf(test, comparison(forecast, test), terminal));
  else terminal.write(`${test.id}\n${test.message}\nFollow it: curl -s ${api.urlOf(test.id)}\n`);
  return EXIT_CODES[test.phase];
}

/** The test once it is finished. @throws AgentError */
async function followed(
  api: AgentApi,
  begun: FailoverTestJson,
  progress: Progress | null,
  interrupted: AbortSignal,
): Promise<FailoverTestJson> {
  let test = begun;
  let cancelled = false;
  let heardAt = performance.now();
  const interruption = () => progress?.say('Interrupted: cancelling the test.');
  interrupted.addEventListener('abort', interruption);
  while (!isFinished(test)) {
    progress?.show(test);
    await delay(LOOK_EVERY_MS, undefined, interrupted.aborted ? {} : { signal: interrupted }).catch(() => {});
    const cancels: boolean = interrupted.aborted && !cancelled;
    try {
      test = await (cancels ? api.cancel(test.id) : api.get(test.id));
      cancelled ||= cancels;
      heardAt = performance.now();
    } catch (error) {
      const { passing, message } = error as AgentError;
      if (passing === true && performance.now() - heardAt <= PATIENCE_MS) continue;
      if (!(error instanceof AgentError)) throw error;
      const what = cancels ? 'could not be cancelled' : 'cannot be followed any more';
      throw new AgentError(`The test ${test.id} ${what}, and may still run: ${message}`);
    }
  }
  return test;
}

function reportOf(test: FailoverTestJson, compared: string, { columns, color }: Terminal): string {
  const service = test.service === null ? '' : ` (${test.service})`;
  const timeline = drawTimeline(test, columns);
  const phase = test.phase.toUpperCase();
  const style = test.phase === 'Passed' ? 'green' : 'red';
  const word = color ? styleText([style, 'bold'], phase, { validateStream: false }) : phase;
  return `${word}: ${test.vip}${service}. ${test.message}\n${compared}${resultsOf(test)}${timeline === '' ? '' : `\n${timeline}`}`;
}

/** Empty where none was judged. */
function resultsOf({ vantagePoints }: FailoverTestJson): string {
  if (vantagePoints.every(({ result }) => result === null)) return '';
  return `As seen from: ${vantagePoints.map(({ node, result }) => `${node} ${result ?? 'not judged'}`).join(', ')}.\n`;
}

/** The keys of the API as this command has them. */
function inOptionWords(mistake: string): string {
  return mistake.replace(
    /^(maxGap|timeLimit):/,
    (key) => `--${key.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`,
  );
}

/** From the file, the environment, or the Pod that this runs in; null: the agent says whether it needs one. */
function tokenOf(path: string | undefined, { VIPWATCH_TOKEN }: Environment): string | null {
  if (path === undefined && VIPWATCH_TOKEN) return checkedToken(VIPWATCH_TOKEN, 'VIPWATCH_TOKEN');
  const file = path ?? SERVICE_ACCOUNT_TOKEN;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (path === undefined) return null;
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new UsageError(`--token-file: cannot read ${path}: ${errnoWords(code) ?? code}`);
  }
  // Also a file that the agent reads (http.tokenFile): its first token, without the name.
  const line = text.split('\n').find((each) => each.trim() !== '' && !each.startsWith('#'));
  return checkedToken(line?.split(':').at(-1) ?? '', `--token-file: ${file}`);
}

function checkedToken(text: string, source: string): string {
  const token = text.trim();
  // RFC 6750, section 2.1; anything else cannot even be sent.
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) throw new UsageError(`${source} holds no token`);
  return token;
}
