// What `vipwatch run --once` does: an agent that leaves nothing behind listens for a while, and is asked what it found.
import { durationMistake, parseDuration } from '../base/duration.ts';
import { MILLISECOND, SECOND } from '../base/time.ts';
import { type Config, checkConfig } from '../config/config.ts';
import { Daemon } from '../daemon/daemon.ts';
import { createLog } from '../host/log.ts';
import { type Agent, agentAt } from './agents-asked.ts';
import { lookAt } from './agents-client.ts';
import { healthOf } from './agents-seen.ts';
import type { Environment } from './command.ts';
import { readConfig } from './config-file.ts';
import { configSurroundings, inCluster } from './in-cluster.ts';
import type { ProcessSignals } from './signals.ts';
import { type Terminal, UsageError } from './terminal.ts';

export interface OnceArguments {
  readonly config?: string;
  readonly once: string;
  readonly output: 'text' | 'json' | 'yaml';
}

/** It could not listen, so that it found nothing. */
const UNHEARD = 2;

/** Resolves to the exit code: that of `vipwatch status`. @throws UsageError, ConfigError, NoPacketSocketPermission */
export async function runOnce(
  { config: path, once, output }: OnceArguments,
  terminal: Terminal,
  environment: Environment,
  signals: ProcessSignals,
): Promise<number> {
  const mistake = durationMistake(once, '1s', '1d');
  if (mistake !== null) throw new UsageError(`--once: ${mistake}`);
  const surroundings = configSurroundings(environment);
  const config =
    path === undefined ? checkConfig({}, 'no --config', surroundings) : readConfig(path, surroundings);
  // What is found is told once, at the end; the log says what keeps it from finding.
  const write = (line: string) => / {2}kind=[a-z-]+\n/.test(line) || process.stderr.write(line);
  const look = { color: false, timeText: terminal.timeText };
  const log = createLog({ level: 'warn', format: 'pretty', ...look }, { write });
  const health = { problem: null, takenInAt: (Date.now() * MILLISECOND) / SECOND, needsRestart: [] };
  // Nothing of this process is to be published.
  const daemon = new Daemon(leavingNothing(config), health, log.logger, {
    ...inCluster(environment),
    pod: null,
  });
  try {
    await daemon.start();
    await listened(parseDuration(once)! / MILLISECOND, terminal, signals);
    const [found] = agentAt(new URL(`http://127.0.0.1:${daemon.port}/`)).agents;
    const agent: Agent = { ...found!, name: 'this machine' };
    const { exitCode, text } = await lookAt(
      'status',
      { agents: [agent], unasked: [] },
      { output, since: null },
      terminal,
    );
    terminal.write(text);
    return (await healthOf(agent)).ready ? exitCode : UNHEARD;
  } finally {
    await daemon.stop();
    log.flush();
  }
}

/** Nobody else is told, nobody else asks, and no file is written. */
export function leavingNothing(config: Config): Config {
  return {
    ...config,
    journal: { ...config.journal, path: null },
    http: { ...config.http, address: '127.0.0.1', port: 0, hosts: [], tokenFile: null },
    alertmanager: null,
    dhcp: { ...config.dhcp, audit: null },
    failoverTest: { ...config.failoverTest, modes: [] },
    // Without a Pod it would take itself for the only agent, and list the whole cluster.
    check: { ...config.check, every: null },
    kubernetes: config.kubernetes && { ...config.kubernetes, events: false },
  };
}

/** Resolves when the time is up, or a signal ends it sooner. */
async function listened(length: number, terminal: Terminal, signals: ProcessSignals): Promise<void> {
  const since = performance.now();
  const show = () => {
    if (!terminal.isErrorTerminal) return;
    terminal.showLive(
      `Listening, and probing the VIPs: ${Math.ceil((length - (performance.now() - since)) / 1000)} s left`,
    );
  };
  show();
  const timer = setInterval(show, 1_000);
  const end = Promise.withResolvers<void>();
  const timeout = setTimeout(end.resolve, length);
  await Promise.race([end.promise, signals.stop()]);
  clearInterval(timer);
  clearTimeout(timeout);
  if (terminal.isErrorTerminal) terminal.showLive('');
}
