// `vipwatch status`, `findings`, `vips`, `takeovers` and `leases`: their options and examples.
import { type Command, Option } from 'commander';
import type { AgentsArguments, View } from './agents-client.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { DEFAULT_SERVER } from './server-url.ts';

const WHOM = `
An agent knows what its own node hears. With --kubeconfig, --context or --namespace the command asks all agents of a
cluster, through the API server, with your rights (list pods, get pods/proxy), and merges what they see.
\`kubectl vipwatch\` does so without an option.`;

interface ViewWords {
  readonly view: View;
  readonly description: string;
  /** What `--since` means; undefined: it is no option. */
  readonly since?: string;
  readonly help: string;
}

const VIEW_WORDS: readonly ViewWords[] = [
  {
    view: 'status',
    description: 'is everything all right? All agents on one screen',
    since: 'show the last takeover only if it was since then: 1h, 7d, or a time with its zone',
    help: `
Examples:
  $ vipwatch status                                    # the agent of this machine
  $ vipwatch status --server w1                        # that of another one
  $ vipwatch status --kubeconfig ~/.kube/config        # all agents of the cluster
  $ vipwatch status --kubeconfig ~/.kube/config --watch
  $ vipwatch status --output json | jq .verdict
${WHOM}

Exit code: 0; 1 while a critical finding is active, acknowledged or not; 2 if no agent could be asked. An agent that
could not be asked is a warning, with its name.`,
  },
  {
    view: 'findings',
    description: 'what is wrong, which agents see it, and what to do',
    since: 'also resolved findings that were raised since then: 1h, 7d, or a time with its zone',
    help: `
Examples:
  $ vipwatch findings
  $ vipwatch findings --since 12h
  $ vipwatch findings --output json | jq -r 'select(.severity == "critical").message'
${WHOM}

Exit code: 0; 1 while a critical finding is active, acknowledged or not; 2 if no agent could be asked.`,
  },
  {
    view: 'vips',
    description: 'the VIPs: which node answers for each, and which node should',
    help: `
Examples:
  $ vipwatch vips
  $ vipwatch vips --output json | jq -r 'select(.up == false).ip'

STATE is CHECK if more than one machine answers, or another node than the elected one.
${WHOM}

Exit code: 0; 2 if no agent could be asked.`,
  },
  {
    view: 'takeovers',
    description: 'which VIPs moved from node to node, and how long they were unanswered',
    since: 'only those since then: 1h, 7d, or a time with its zone',
    help: `
Examples:
  $ vipwatch takeovers --since 7d
${WHOM}

Exit code: 0; 2 if no agent could be asked.`,
  },
  {
    view: 'leases',
    description: 'the known DHCP leases',
    since: 'only those heard since then: 1h, 7d, or a time with its zone',
    help: `
Examples:
  $ vipwatch leases
  $ vipwatch leases --output json | jq -r 'select(.hostname == "luca-phone").ip'
${WHOM}

Exit code: 0; 2 if no agent could be asked.`,
  },
];

export const addAgents: AddCommand = (program, context) => {
  for (const words of VIEW_WORDS) addView(program, context, words);
};

function addView(
  program: Command,
  { terminal, environment, exitWith }: CommandContext,
  words: ViewWords,
): void {
  const command = program
    .command(words.view)
    .description(words.description)
    .option(
      '-s, --server <url>',
      `one agent: http://HOST:PORT, HOST:PORT or HOST (default: ${DEFAULT_SERVER})`,
    )
    .option('--kubeconfig <file>', 'all agents of this cluster')
    .option('--context <name>', 'a context of the kubeconfig other than the current one')
    .option('-n, --namespace <name>', 'the namespace of the agents; without it all namespaces are searched')
    .addOption(
      new Option('-o, --output <format>', 'text, one JSON object a line, or one YAML document each')
        .choices(['text', 'json', 'yaml'])
        .default('text'),
    )
    .option('-w, --watch', 'refresh every two seconds, until Ctrl-C');
  if (words.since !== undefined) command.option('--since <time>', words.since);
  command.addHelpText('after', words.help).action(async (options: AgentsArguments) => {
    const { askAgents } = await import('./agents-client.ts');
    const stop = new AbortController();
    if (options.watch) process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
    const isPlugin = environment.VIPWATCH_IS_PLUGIN === '1';
    exitWith(await askAgents(words.view, options, terminal, isPlugin, stop.signal));
  });
}
