// `vipwatch explain`: its options and examples.
import type { AddCommand } from './command.ts';

const EXAMPLES = `
Examples:
  $ vipwatch explain                    # lists all findings, alerts and checks
  $ vipwatch explain lease-on-vip       # what it means, how to confirm it, what to do
  $ vipwatch explain VipwatchDeaf       # the same for an alert
  $ vipwatch explain rwo-rollout        # and for a check of \`vipwatch check\`

It needs neither an agent nor the network. Exit code: 0; 2 if there is no such finding, alert or check.`;

export const addExplain: AddCommand = (program, { terminal }) => {
  program
    .command('explain')
    .description('what a finding, an alert or a check means, and what to do')
    .argument('[kind]', 'the name of the finding, alert or check; without it, all are listed')
    .addHelpText('after', EXAMPLES)
    .action(async (kind?: string) => {
      const { explain } = await import('./explainer.ts');
      explain(kind ?? null, terminal);
    });
};
