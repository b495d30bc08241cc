// The command line: the program of its commands, and how it exits.
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { Command, CommanderError, Option } from 'commander';
import { VERSION } from '../version.ts';
import { addAgents } from './agents.ts';
import { addCheck } from './check.ts';
import { addDhcpAudit } from './dhcp-audit.ts';
import { addExplain } from './explain.ts';
import { addFailoverTest } from './failover-test.ts';
import { addFreezeSpeaker } from './freeze-speaker.ts';
import { addReplay } from './replay.ts';
import { addRun } from './run.ts';
import type { ProcessSignals } from './signals.ts';
import { OutputFailed, type Preferences, Terminal, UsageError } from './terminal.ts';
import { addVersion } from './version.ts';

const USAGE = 2;
/** A bug of ours: none of the exit codes that a command gives of itself. EX_SOFTWARE of sysexits(3). */
const CRASH = 70;
const STANDARD_ERROR = 2;

const EXAMPLES = `
Examples:
  $ vipwatch run --config vipwatch.yaml
      watch this node's LAN; findings in the log, on /metrics and on /api/v1/findings
  $ vipwatch replay --config vipwatch.yaml lan.pcap
      what the daemon would have said of a capture
  $ vipwatch check manifests/ --dhcp-range 192.168.1.2-192.168.1.253
      what will go wrong, before it does?
  $ vipwatch dhcp-audit --config vipwatch.yaml
      would the router lease a VIP today?
  $ vipwatch failover-test 192.168.1.240 --watch
      does another node take over, and how fast?
  $ curl -s http://127.0.0.1:9797/api/v1/findings

Exit code 0: all went well; 1: the answer is no, as each command's help says; 2: nothing could be answered;
70: a bug of vipwatch, which prints where: please report it.`;

/** In the order of `--help`. */
const COMMANDS = [
  addAgents,
  addRun,
  addReplay,
  addCheck,
  addDhcpAudit,
  addFailoverTest,
  addExplain,
  addFreezeSpeaker,
  addVersion,
];

async function main(terminal: Terminal, signals: ProcessSignals): Promise<number> {
  let exitCode = 0;
  const program: Command = new Command('vipwatch')
    .description(
      'Watches MetalLB Layer-2 virtual IPs on the wire: DHCP conflicts, foreign claims, timed takeovers.',
    )
    .version(VERSION)
    .addHelpText('after', EXAMPLES)
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      outputError: (text) => terminal.complain(text.replace(/^error: /, '').trim()),
    })
    .helpCommand('help [command]', 'the help of a command')
    .addOption(
      new Option('--color <when>', 'auto: on a terminal, unless NO_COLOR is set')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('--utc', "times in UTC, on a terminal too; without it in the terminal's own zone")
    .configureHelp({ showGlobalOptions: true })
    .hook('preAction', () => terminal.prefer(program.opts<Preferences>()))
    .exitOverride();

  const context = {
    terminal,
    environment: process.env,
    signals,
    exitWith: (code: number) => {
      exitCode = code;
    },
  };
  for (const add of COMMANDS) add(program, context);
  await program.parseAsync();
  await terminal.finish();
  return exitCode;
}

const TOLD = ['AgentError', 'KubeconfigError', 'CaptureError', 'NoPacketSocketPermission'];

/** Errors that are told in one line; anything else is a bug of ours, and shows its stack. */
async function exitCodeOf(error: unknown, terminal: Terminal): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) {
    return await terminal.finish().then(
      () => 0,
      (failure) => exitCodeOf(failure, terminal),
    );
  }
  if (error instanceof CommanderError) return USAGE;
  if (error instanceof Error && error.name === 'ConfigError') {
    terminal.complainOf(error.message);
    return USAGE;
  }
  const isTold = error instanceof Error && TOLD.includes(error.name);
  if (!isTold && !(error instanceof UsageError || error instanceof OutputFailed)) throw error;
  terminal.complain(error.message);
  return USAGE;
}

function crash(error: unknown): never {
  try {
    writeSync(
      STANDARD_ERROR,
      `vipwatch: A bug of vipwatch ended it. Please report this:\n${inspect(error)}\n`,
    );
  } finally {
    process.exit(CRASH);
  }
}

/** Resolves to the exit code. */
export async function runProgram(signals: ProcessSignals): Promise<number> {
  // Rejections that nobody handles come here too.
  process.on('uncaughtException', crash);
  const terminal = new Terminal(process.stdout, process.stderr, process.env);
  return await main(terminal, signals).catch((error: unknown) => exitCodeOf(error, terminal));
}
