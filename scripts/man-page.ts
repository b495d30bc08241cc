// `node scripts/man-page.ts FILE`: the manual page, vipwatch(1), with all that `--help` says of each command, in the language of
// man(7). The npm package has it.
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { makeProgram } from '../src/cli/program.ts';
import { Terminal } from '../src/cli/terminal.ts';

/** `--help` names the Node that runs it; here that is the one of whoever makes the page. */
const NODE = '"$(readlink -f "$(command -v node)")"';

export function manPage(): string {
  const program = makeProgram({
    terminal: new Terminal(process.stdout, process.stderr, {}),
    environment: {},
    signals: { stop: () => new Promise(() => {}), onHangUp: () => {} },
    exitWith: () => {},
  });
  const { name, version, description } = packageJson;
  const lines = [
    `.TH VIPWATCH 1 "" "${name} ${version}"`,
    '.SH NAME',
    `${name} \\- ${escaped(description)}`,
    '.SH SYNOPSIS',
    `.B ${name}`,
    escaped(program.usage()),
    '.SH OPTIONS',
    ...optionsOf(program),
    '.SH COMMANDS',
    ...commandsOf(program, ''),
    '.SH EXAMPLES AND EXIT CODES',
    ...textAfter(program),
  ];
  return `${lines.join('\n')}\n`;
}

function commandsOf(program: Command, above: string): string[] {
  const help = program.createHelp();
  return help
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => [
      `.SS "${escaped(`${above}${command.name()} ${command.usage()}`)}"`,
      escaped(command.description()),
      ...help
        .visibleArguments(command)
        .flatMap((one) => entry(help.argumentTerm(one), help.argumentDescription(one))),
      ...optionsOf(command),
      ...textAfter(command),
      ...commandsOf(command, `${above}${command.name()} `),
    ]);
}

function optionsOf(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help' || command.parent === null)
    .flatMap((option) => entry(help.optionTerm(option), help.optionDescription(option)));
}

function entry(term: string, description: string): string[] {
  return ['.TP', `.B ${escaped(term)}`, escaped(description)];
}

/** What `addHelpText` adds, in lines that are not filled: examples, and what there is to know. */
function textAfter(command: Command): string[] {
  let text = '';
  const writeOut = (more: string) => {
    text += more;
  };
  command.configureOutput({ writeOut }).outputHelp();
  const after = text.slice(command.helpInformation().length).trim().replaceAll(process.execPath, NODE);
  return after === '' ? [] : ['.PP', '.nf', ...after.split('\n').map(escaped), '.fi'];
}

/** A line that begins with a dot or an apostrophe would be a request, and a plain hyphen is no minus. */
function escaped(line: string): string {
  return line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&');
}

if (import.meta.main) writeFileSync(process.argv[2]!, manPage());
