// `vipwatch config`: its commands, their options and examples.
import type { AddCommand } from './command.ts';
import { DEFAULT_SERVER } from './server-url.ts';

const VALIDATE = `
Examples:
  $ vipwatch config validate vipwatch.yaml && sudo systemctl restart vipwatch
  $ vipwatch config validate --inside-cluster config.yaml    # as the chart's ConfigMap is read

Exit code: 0 if the file is right; 2 if it is not. Each mistake is one line, with FILE:LINE:COLUMN.`;

const SCHEMA = `
Examples:
  $ vipwatch config schema > vipwatch.schema.json
      and as the first line of vipwatch.yaml, for editors:
      # yaml-language-server: $schema=vipwatch.schema.json

The schema knows the type of each value. \`vipwatch config validate\` also checks the value itself, such as an address, or a
duration and its bounds.`;

const EXAMPLE = `
Examples:
  $ vipwatch config example > vipwatch.yaml`;

const FROM_CLUSTER = `
Examples:
  $ vipwatch config from-cluster --kubeconfig ~/.kube/config > vipwatch.yaml
  $ vipwatch replay --config vipwatch.yaml lan.pcap

It asks one agent of the cluster through the API server, as \`vipwatch status\` does, or the agent that --server names.
Exit code: 0; 2 if no agent could be asked.`;

export const addConfig: AddCommand = (program, { terminal, environment }) => {
  const config = program
    .command('config')
    .description('check a configuration, or write one: an example, or one from a cluster');
  const work = () => import('./config-work.ts');

  config
    .command('validate')
    .description('is this configuration right? Nothing is started')
    .argument('<file>', 'YAML configuration')
    .option(
      '--inside-cluster',
      'check it as in a Pod: intent comes from Kubernetes unless the file says otherwise',
    )
    .addHelpText('after', VALIDATE)
    .action(async (file: string, { insideCluster }: { insideCluster?: boolean }) =>
      (await work()).validate(file, insideCluster === true, terminal, environment),
    );
  config
    .command('schema')
    .description('the JSON Schema of the configuration, for editors')
    .addHelpText('after', SCHEMA)
    .action(async () => (await work()).writeSchema(terminal));
  config
    .command('example')
    .description('a configuration to start from, with all other options as comments')
    .addHelpText('after', EXAMPLE)
    .action(async () => (await work()).writeExample(terminal));
  config
    .command('from-cluster')
    .description('the intent of a cluster, as a static configuration for `vipwatch replay`')
    .option(
      '-s, --server <url>',
      `one agent: http://HOST:PORT, HOST:PORT or HOST (default: ${DEFAULT_SERVER})`,
    )
    .option('--kubeconfig <file>', 'an agent of this cluster')
    .option('--context <name>', 'a context of the kubeconfig other than the current one')
    .option('-n, --namespace <name>', 'the namespace of the agents; without it all namespaces are searched')
    .addHelpText('after', FROM_CLUSTER)
    .action(async (options) => (await work()).writeFromCluster(options, terminal, environment));
};
