// `vipwatch run`: its options and examples.
import { Option } from 'commander';
import type { AddCommand } from './command.ts';
import { FIRST_CONFIG } from './first-config.ts';
import type { OnceArguments } from './run-once.ts';

const EXAMPLES = `
Examples:
  $ vipwatch run --config /etc/vipwatch/vipwatch.yaml
  $ sudo systemd-run --pty --uid $(id -u) -p AmbientCapabilities=CAP_NET_RAW "$(command -v vipwatch)" run
      without root; or once, for every program that this Node runs:
  $ sudo setcap cap_net_raw+ep ${process.execPath}
  $ sudo vipwatch run --config vipwatch.yaml --once 30s    before anything is installed: what would be found?
  $ curl -s http://127.0.0.1:9797/readyz

A file to begin with (vipwatch config example has all options):
${FIRST_CONFIG.replaceAll(/^/gm, '  ').trimEnd()}

SIGTERM and SIGINT stop it cleanly. After SIGHUP, or when the file changes, it reads the configuration again.
With --once it leaves nothing behind: no journal, no alert, no Event. Its API then answers only this machine.

Exit code: 0; 2 if it could not start. With --once: 1 if a critical finding is active; 2 if it could not listen.`;

export const addRun: AddCommand = (program, { terminal, environment, signals, exitWith }) => {
  program
    .command('run')
    .description('run the agent: it watches this LAN and reports findings')
    .option('-c, --config <file>', 'YAML configuration; without it, all defaults')
    .option('--once <duration>', 'listen for this time, report like vipwatch status, and end')
    .addOption(
      new Option('-o, --output <format>', 'with --once').choices(['text', 'json', 'yaml']).default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(
      async ({
        config,
        once,
        output,
      }: { config?: string; once?: string } & Pick<OnceArguments, 'output'>) => {
        if (once !== undefined) {
          const { runOnce } = await import('./run-once.ts');
          const options = { ...(config === undefined ? {} : { config }), once, output };
          exitWith(await runOnce(options, terminal, environment, signals));
          return;
        }
        const { runDaemon } = await import('./daemon-process.ts');
        exitWith(await runDaemon(config ?? null, terminal, environment, signals));
      },
    );
};
