// The command line: the program of its commands, and how it exits.
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { Command, CommanderError, Option } from 'commander';
import { VERSION } from '../version.ts';
import { addAgents } from './agents.ts';
import { addCapture } from './capture.ts';
import { addCheck } from './check.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { addCompletion } from './completion.ts';
import { addConfig } from './config.ts';
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
  $ vipwatch status --kubeconfig ~/.kube/config
      is everything all right?
  $ vipwatch run --config vipwatch.yaml
      watch this node's LAN; findings in the log, on /metrics and on /api/v1/findings
  $ vipwatch replay --config vipwatch.yaml lan.pcap
      what an agent would have said about a capture
  $ vipwatch check manifests/ --dhcp-range 192.168.1.2-192.168.1.253
      what will go wrong, before it does?
  $ vipwatch dhcp-audit --config vipwatch.yaml
      would the router lease a VIP today?
  $ vipwatch failover-test 192.168.1.240 --watch
      does another node take over, and how fast?

Exit code: 0 if all is well; 1 if the answer is bad, as the help of each command says; 2 if there is no answer;
70 if vipwatch has a bug. It then prints where: please report it.`;

const OTHERS = 'Others:';

/** In the order of `--help`. */
const COMMANDS: readonly (readonly [heading: string, add: readonly AddCommand[]])[] = [
  ['What agents see:', [addAgents, addExplain]],
  ['An agent:', [addRun, addConfig]],
  ['Before, and after:', [addCheck, addDhcpAudit, addFailoverTest, addCapture, addReplay]],
  [OTHERS, [addCompletion, addVersion, addFreezeSpeaker]],
];

/** What `context` has of the process is used when a command is called, not before. */
export function makeProgram(context: CommandContext): Command {
  const { terminal } = context;
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
    .addHelpCommand(
      new Command('help').argument('[command]').description('the help of a command').helpGroup(OTHERS),
    )
    .addOption(
      new Option('--color <when>', 'auto: colour on a terminal, unless NO_COLOR is set')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('--utc', 'times in UTC; without it a terminal shows its own zone')
    .configureHelp({ showGlobalOptions: true })
    .hook('preAction', () => terminal.prefer(program.opts<Preferences>()))
    .exitOverride();
  for (const [heading, adders] of COMMANDS) {
    program.commandsGroup(heading);
    for (const add of adders) add(program, context);
  }
  return program;
}

async function main(terminal: Terminal, signals: ProcessSignals): Promise<number> {
  let exitCode = 0;
  const exitWith = (code: number) => {
    exitCode = code;
  };
  await makeProgram({ terminal, environment: process.env, signals, exitWith }).parseAsync();
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
      `vipwatch: vipwatch ended because of a bug. Please report this:\n${inspect(error)}\n`,
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
