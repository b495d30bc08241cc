// What shells complete of the command line, derived from the program's own description.
import type { Command, Option } from 'commander';
import { explained } from './explainer.ts';

const PROGRAMS = ['vipwatch', 'kubectl-vipwatch'];

interface Word {
  readonly word: string;
  readonly description: string;
}

interface ValueOf {
  /** `--output` and `-o`. */
  readonly flags: readonly string[];
  /** Null: a file. Empty: nobody knows. */
  readonly values: readonly string[] | null;
}

/** What may come after a command, by its name: `''` for the program itself, `config validate` for one within another. */
interface Place {
  readonly command: string;
  readonly words: readonly Word[];
  readonly options: readonly (Word & {
    readonly long: string;
    readonly short: string;
    readonly value: ValueOf | null;
  })[];
}

export function completionText(shell: 'bash' | 'zsh' | 'fish', program: Command): string {
  const places = placesOf(program, '', []);
  return { bash, zsh, fish }[shell](places);
}

function placesOf(command: Command, name: string, above: readonly Option[]): Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const own = help.visibleOptions(command);
  const words = [
    ...commands.map((one) => ({ word: one.name(), description: one.description() })),
    ...command.registeredArguments
      .flatMap(({ argChoices = [] }) => argChoices)
      .map((word) => ({ word, description: '' })),
    ...(name === 'explain' ? explained().map((word) => ({ word, description: '' })) : []),
  ];
  const options = [...own, ...above]
    .filter(({ long }) => long !== undefined)
    .map((option) => ({
      word: option.long!,
      long: option.long!,
      short: option.short ?? '',
      description: option.description,
      value: valueTaken(option),
    }));
  // `help` completes the names of commands; it has no options of its own.
  const helped = commands.filter((one) => one.name() !== 'help').map((one) => one.name());
  const inner = commands.flatMap((one) => {
    const path = name === '' ? one.name() : `${name} ${one.name()}`;
    if (one.name() !== 'help') return placesOf(one, path, [...own, ...above].filter(isGlobal));
    return [{ command: path, words: helped.map((word) => ({ word, description: '' })), options: [] }];
  });
  return [{ command: name, words, options }, ...inner];
}

function isGlobal({ long }: Option): boolean {
  return long === '--color' || long === '--utc';
}

function valueTaken(option: Option): ValueOf | null {
  if (!option.required && !option.optional) return null;
  const flags = [option.long, option.short].filter((flag) => flag !== undefined);
  if (option.argChoices) return { flags, values: option.argChoices };
  return { flags, values: /<file>/.test(option.flags) ? null : [] };
}

/** Rows of a `case`: for which `COMMAND:FLAG`, what comes next. */
function valueCases(
  places: readonly Place[],
  row: (patterns: string, values: readonly string[] | null) => string,
): string {
  return places
    .flatMap(({ command, options }) =>
      options.flatMap(({ value }) =>
        value === null
          ? []
          : [row(value.flags.map((flag) => quoted(`${command}:${flag}`)).join('|'), value.values)],
      ),
    )
    .join('');
}

function bash(places: readonly Place[]): string {
  const commands = places.map(({ command }) => command).filter((command) => command !== '');
  const values = valueCases(places, (patterns, words) => {
    const reply = words === null ? 'compgen -f -- "$cur"' : `compgen -W ${quoted(words.join(' '))} -- "$cur"`;
    return `    ${patterns}) COMPREPLY=($(${reply})); return ;;\n`;
  });
  const words = places
    .map(({ command, words, options }) => {
      const all = [...words, ...options].map(({ word }) => word).join(' ');
      return `    ${quoted(command)}) COMPREPLY=($(compgen -W ${quoted(all)} -- "$cur")) ;;\n`;
    })
    .join('');
  return `# Completion of vipwatch for bash.
_vipwatch() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${command:+$command }\${COMP_WORDS[i]}" in
      ${commands.map(quoted).join('|')}) command="\${command:+$command }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$command:$prev" in
${values}  esac
  case "$command" in
${words}  esac
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _vipwatch ${PROGRAMS.join(' ')}
`;
}

function zsh(places: readonly Place[]): string {
  const commands = places.map(({ command }) => command).filter((command) => command !== '');
  const values = valueCases(places, (patterns, words) => {
    const reply =
      words === null ? '_files' : words.length === 0 ? ':' : `compadd -- ${words.map(quoted).join(' ')}`;
    return `    ${patterns}) ${reply}; return ;;\n`;
  });
  const words = places
    .map(({ command, words, options }) => {
      const all = [...words, ...options].map(({ word, description }) =>
        quoted(description === '' ? word : `${word}:${description}`),
      );
      return `    ${quoted(command)}) known=(${all.join(' ')}) ;;\n`;
    })
    .join('');
  return `#compdef ${PROGRAMS.join(' ')}
# Completion of vipwatch for zsh.
_vipwatch() {
  local command= word
  local -a known
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    case "\${command:+$command }$word" in
      ${commands.map(quoted).join('|')}) command="\${command:+$command }$word" ;;
    esac
  done
  case "$command:\${words[CURRENT - 1]}" in
${values}  esac
  case "$command" in
${words}  esac
  _describe vipwatch known || _files
}
if [ "\${funcstack[1]}" = _vipwatch ]; then _vipwatch; else compdef _vipwatch ${PROGRAMS.join(' ')}; fi
`;
}

function fish(places: readonly Place[]): string {
  const inner = (command: string) => {
    const within = places.filter((place) => place.command.startsWith(command === '' ? '' : `${command} `));
    const depth = command === '' ? 1 : command.split(' ').length + 1;
    return within
      .map((place) => place.command.split(' '))
      .filter((parts) => parts.length === depth && parts[0] !== '');
  };
  const lines = places.flatMap(({ command, words, options }) => {
    const deeper = inner(command).map((parts) => parts.at(-1)!);
    const seen =
      command === '' ? [] : command.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
    const unseen = deeper.length === 0 ? [] : [`not __fish_seen_subcommand_from ${deeper.join(' ')}`];
    const when = `-n ${quoted([...seen, ...unseen].join('; and ') || 'true')}`;
    return PROGRAMS.flatMap((name) => [
      ...words.map(
        ({ word, description }) =>
          `complete -c ${name} -f ${when} -a ${quoted(word)} -d ${quoted(description)}`,
      ),
      ...options.map(({ long, short, description, value }) => {
        const letter = short === '' ? '' : ` -s ${short.slice(1)}`;
        const takes =
          value === null ? '' : value.values === null ? ' -r' : ` -x -a ${quoted(value.values.join(' '))}`;
        return `complete -c ${name} ${when} -l ${long.slice(2)}${letter}${takes} -d ${quoted(description)}`;
      }),
    ]);
  });
  return `# Completion of vipwatch for fish.\n${lines.join('\n')}\n`;
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
