// `vipwatch completion`: its options and examples.
import { Argument } from 'commander';
import type { AddCommand } from './command.ts';

const EXAMPLES = `
Examples:
  $ vipwatch completion bash > ~/.local/share/bash-completion/completions/vipwatch
  $ vipwatch completion zsh > "\${fpath[1]}/_vipwatch"
  $ vipwatch completion fish > ~/.config/fish/completions/vipwatch.fish
  $ source <(vipwatch completion bash)    # for this shell alone`;

export const addCompletion: AddCommand = (program, { terminal }) => {
  program
    .command('completion')
    .description('a script with which the shell completes commands, options and their values')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionText } = await import('./completion-scripts.ts');
      terminal.write(completionText(shell, program));
    });
};
