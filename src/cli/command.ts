// What each command is to the program. Its file says how it is called and is always loaded; the work is loaded when it is called,
// so that a replay needs no web server to start.
import type { Command } from 'commander';
import type { ProcessSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly signals: ProcessSignals;
  /** Without it a command that ends ends with 0. */
  readonly exitWith: (code: number) => void;
}

/** Adds one command to the program: its description, options, examples and action. */
export type AddCommand = (program: Command, context: CommandContext) => void;
