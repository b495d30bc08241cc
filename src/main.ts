// The command line. Each command is loaded when it is called, so that a replay needs no web server to start.
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { Command, CommanderError, Option } from 'commander';
import type { FailoverTestArguments } from './cli/failover-test.ts';
import { OutputFailed, Terminal, UsageError } from './cli/terminal.ts';
import { VERSION, versionText } from './version.ts';

const USAGE = 2;
/** A bug of ours: none of the exit codes that a command gives of itself. EX_SOFTWARE of sysexits(3). */
const CRASH = 70;
const STANDARD_ERROR = 2;

/** What `--help` teaches, by example. */
const HELP = {
  program: `
Examples:
  $ vipwatch run --config vipwatch.yaml
      watch this node's LAN; findings in the log, on /metrics and on /api/v1/findings
  $ vipwatch replay --config vipwatch.yaml lan.pcap
      what the daemon would have said of a capture
  $ vipwatch failover-test 192.168.1.240 --watch
      does another node take over, and how fast?
  $ curl -s http://127.0.0.1:9797/api/v1/findings

Exit code 0: all went well; 1: the answer is no, as each command's help says; 2: nothing could be answered;
70: a bug of vipwatch, which prints where: please report it.`,
  run: `
Examples:
  $ vipwatch run --config /etc/vipwatch/vipwatch.yaml
  $ sudo setcap cap_net_raw+ep "$(command -v node)"    once, to run without root
  $ curl -s http://127.0.0.1:9797/readyz

A file to begin with:
  intent:
    source: static
    static:
      pools: [{ name: main-pool, addresses: [192.168.1.240-192.168.1.245] }]
      vips:  [{ address: 192.168.1.240, service: traefik/traefik }]
      nodes: [{ name: cp, addresses: [192.168.1.10] }]
  dhcp: { ranges: [192.168.1.2-192.168.1.253], servers: [192.168.1.1] }

SIGTERM and SIGINT stop it cleanly. Exit code 2: it could not start.`,
  replay: `
Examples:
  $ sudo tcpdump -i eth0 -w lan.pcap 'arp or icmp6 or port 67 or port 68'
  $ vipwatch replay --config vipwatch.yaml lan.pcap
  $ tcpdump -r big.pcap -w - arp | vipwatch replay --config vipwatch.yaml -
  $ vipwatch replay --config vipwatch.yaml --output json lan.pcap | jq 'select(.type == "finding")'
  $ vipwatch replay --config vipwatch.yaml --fail-on critical lan.pcap || echo "trouble"

Exit code 0; 1 where --fail-on is met; 2 where the call, the configuration or the file is at fault, or the
output cannot be written. Where its reader leaves (| head), the exit code is still that of the whole capture.`,
  failoverTest: `
Examples:
  $ vipwatch failover-test 192.168.1.240 --watch
      then pull the plug on the node that announces it
  $ kubectl -n vipwatch port-forward pod/vipwatch-x7x2p 9797 &
  $ VIPWATCH_TOKEN=$(kubectl -n vipwatch create token failover-tester --duration 10m) \\
      vipwatch failover-test 192.168.1.240 --mode drain --max-gap 5s --watch
  $ vipwatch failover-test 192.168.1.240 --watch --output json --token-file token | jq .gapMs

Exit code 0: passed, or begun where it is not followed; 1: failed; 2: not run, refused or cancelled.`,
};

async function main(terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const program = new Command('vipwatch')
    .description(
      'Watches MetalLB Layer-2 virtual IPs on the wire: DHCP conflicts, foreign claims, timed takeovers.',
    )
    .version(VERSION)
    .addHelpText('after', HELP.program)
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      outputError: (text) => terminal.complain(text.replace(/^error: /, '').trim()),
    })
    .helpCommand(false)
    .exitOverride();

  program
    .command('run')
    .description('the daemon: captures, judges and serves')
    .option('-c, --config <file>', 'YAML configuration; without it, all defaults')
    .addHelpText('after', HELP.run)
    .action(async (options: { config?: string }) => {
      const { run } = await import('./cli/run.ts');
      exitCode = await run(options.config ?? null, terminal, process.env);
    });

  program
    .command('replay')
    .description('the same judgement over a pcap or pcapng file')
    .argument('<capture>', 'the file; - reads standard input')
    .option('-c, --config <file>', 'YAML configuration; without it, all defaults')
    .addOption(
      new Option('-o, --output <format>', 'text, or one JSON object a line')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit code 1 where one is raised').choices(['critical', 'warning']),
    )
    .addHelpText('after', HELP.replay)
    .action(async (capture: string, options: ReplayArguments) => {
      exitCode = await replayFile(capture, options, terminal);
    });

  program
    .command('failover-test')
    .description('measures a failover: asks an agent for a test of a VIP')
    .argument('<vip>', 'the address whose takeover is measured')
    .addOption(
      new Option('-m, --mode <mode>', 'what is done to the node that announces it')
        .choices(['observe', 'drain', 'delete-pod', 'freeze'])
        .default('observe'),
    )
    .option('--max-gap <duration>', 'the longest gap that still passes', '10s')
    .option('--time-limit <duration>', 'how long the takeover is waited for', '2m')
    .option('-w, --watch', 'follow it to its end; Ctrl-C cancels it', false)
    .option('-s, --server <url>', "the agent's API", 'http://127.0.0.1:9797')
    .option(
      '--token-file <file>',
      "file with the token; without it VIPWATCH_TOKEN, or the Pod's service account",
    )
    .addOption(
      new Option('-o, --output <format>', 'text, or the test as one JSON object')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', HELP.failoverTest)
    .action(async (vip: string, options: Omit<FailoverTestArguments, 'vip'>) => {
      const { failoverTest } = await import('./cli/failover-test.ts');
      const interruption = new AbortController();
      const interrupt = () => interruption.abort();
      if (options.watch) process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
      exitCode = await failoverTest({ ...options, vip }, terminal, process.env, interruption.signal);
    });

  program
    .command('freeze-speaker', { hidden: true })
    .description('for failover tests: stops the speaker of a Pod on this node for a while')
    .requiredOption('--pod <name>', "the speaker's Pod")
    .requiredOption('--seconds <number>', 'how long, at most')
    .action(async ({ pod, seconds }: { pod: string; seconds: string }) => {
      const { freezeSpeaker } = await import('./cli/freeze-speaker.ts');
      exitCode = await freezeSpeaker(pod, Number(seconds), terminal);
    });

  program
    .command('version')
    .description('the version, and that of Node')
    .action(() => terminal.write(versionText()));

  await program.parseAsync();
  await terminal.finish();
  return exitCode;
}

interface ReplayArguments {
  readonly config?: string;
  readonly output: 'text' | 'json';
  readonly failOn?: 'critical' | 'warning';
}

async function replayFile(capture: string, options: ReplayArguments, terminal: Terminal): Promise<number> {
  const { EMPTY_INTENT } = await import('./intent/intent.ts');
  const { readCapture } = await import('./host/capture/capture-source.ts');
  const { replay } = await import('./cli/replay.ts');
  const { ALL_HEARD } = await import('./watch/finding/suppression.ts');
  const { settingsFor } = await import('./watch/settings.ts');
  // A capture is judged by its file wherever that is done: being inside a cluster changes nothing.
  const config = options.config === undefined ? null : await loadConfig(options.config);
  return replay(
    {
      intent: config?.intent ?? EMPTY_INTENT,
      dhcp: config?.dhcp ?? { ranges: [], servers: null },
      settings:
        config === null
          ? {}
          : {
              ...settingsFor(config.probe.interval, config.intent.vips.length),
              maxGap: config.failover.maxGap,
            },
      noise: config?.findings ?? ALL_HEARD,
      output: options.output,
      failOn: options.failOn ?? null,
    },
    terminal,
    (handler) => readCapture({ path: capture, interfaceName: config?.interfaces?.[0] ?? 'capture', handler }),
  );
}

async function loadConfig(path: string) {
  const { readConfig } = await import('./cli/config-file.ts');
  const config = readConfig(path, { insideCluster: false });
  if (config.kubernetes !== null)
    throw new UsageError(
      `${path}: intent.source: a replay asks no cluster: set "source: static" and list the VIPs under intent.static`,
    );
  return config;
}

const TOLD = ['AgentError', 'ConfigError', 'KubeconfigError', 'CaptureError', 'NoPacketSocketPermission'];

/** Errors that are told in one line; anything else is a bug of ours, and shows its stack. */
async function exitCodeOf(error: unknown, terminal: Terminal): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) {
    return await terminal.finish().then(
      () => 0,
      (failure) => exitCodeOf(failure, terminal),
    );
  }
  if (error instanceof CommanderError) return USAGE;
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

// Rejections that nobody handles come here too.
process.on('uncaughtException', crash);
const terminal = new Terminal(process.stdout, process.stderr, process.env);
process.exitCode = await main(terminal).catch((error: unknown) => exitCodeOf(error, terminal));
