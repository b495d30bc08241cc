// `vipwatch run`: its options and examples.
import type { AddCommand } from './command.ts';

const EXAMPLES = `
Examples:
  $ vipwatch run --config /etc/vipwatch/vipwatch.yaml
  $ sudo systemd-run --pty --uid $(id -u) -p AmbientCapabilities=CAP_NET_RAW "$(command -v vipwatch)" run
      without root; or once, for every program that this Node runs:
  $ sudo setcap cap_net_raw+ep ${process.execPath}
  $ curl -s http://127.0.0.1:9797/readyz

A file to begin with:
  intent:
    source: static
    static:
      pools: [{ name: main-pool, addresses: [192.168.1.240-192.168.1.245] }]
      vips:  [{ address: 192.168.1.240, service: traefik/traefik }]
      nodes:
        - { name: cp, addresses: [192.168.1.10] }
        - { name: w1, addresses: [192.168.1.11] }
  dhcp: { ranges: [192.168.1.2-192.168.1.253], servers: [192.168.1.1] }

SIGTERM and SIGINT stop it cleanly. SIGHUP reads the configuration again, as a change of the file does.
Exit code 2: it could not start.`;

export const addRun: AddCommand = (program, { terminal, environment, signals, exitWith }) => {
  program
    .command('run')
    .description('the daemon: captures, judges and serves')
    .option('-c, --config <file>', 'YAML configuration; without it, all defaults')
    .addHelpText('after', EXAMPLES)
    .action(async ({ config }: { config?: string }) => {
      const { runDaemon } = await import('./daemon-process.ts');
      exitWith(await runDaemon(config ?? null, terminal, environment, signals));
    });
};
