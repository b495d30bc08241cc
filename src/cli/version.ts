// `vipwatch version`.
import { VERSION } from '../version.ts';
import type { AddCommand } from './command.ts';

export const addVersion: AddCommand = (program, { terminal }) => {
  program
    .command('version')
    .description('the version, and that of Node')
    .action(() => {
      const { versions, platform, arch } = process;
      terminal.write(`vipwatch ${VERSION} (node ${versions.node}, ${platform}-${arch})\n`);
    });
};
