// What a running daemon takes in of another configuration, and what only a restart does.
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';

interface Reloading {
  /** An option, with all below it. */
  readonly option: string;
  readonly of: (config: Config) => unknown;
  /** The configuration with this option of another one; null: a running daemon takes it in. */
  readonly kept: ((config: Config, of: Config) => Config) | null;
}

/** Every option, by the group or key that it belongs to; docs/config.md says the same. */
export const RELOADING: readonly Reloading[] = [
  restart('interfaces'),
  {
    option: 'intent.source',
    of: ({ kubernetes }) => kubernetes === null,
    kept: (config, { kubernetes, intent }) => ({ ...config, kubernetes, intent }),
  },
  {
    option: 'intent.kubernetes',
    of: ({ kubernetes }) => kubernetes,
    kept: (config, { kubernetes }) => ({ ...config, kubernetes }),
  },
  { option: 'intent.static', of: ({ intent }) => intent, kept: null },
  live('dhcp'),
  restart('http'),
  live('probe'),
  live('failover'),
  restart('failoverTest'),
  live('alertmanager'),
  live('findings'),
  live('check'),
  restart('journal'),
  { option: 'log.level', of: ({ log }) => log.level, kept: null },
  {
    option: 'log.format',
    of: ({ log }) => log.format,
    kept: (config, of) => ({ ...config, log: { ...config.log, format: of.log.format } }),
  },
];

export interface Reloaded {
  /** In force from now on. */
  readonly config: Config;
  /** Options that are taken in. */
  readonly changed: readonly string[];
  /** Options that a restart takes in. */
  readonly needsRestart: readonly string[];
}

/** @param file what the file says now. */
export function reloaded(inForce: Config, file: Config): Reloaded {
  const differs = (one: Config, other: Config) => (row: Reloading) =>
    !isDeepStrictEqual(row.of(one), row.of(other));
  const kept = RELOADING.filter((row) => row.kept !== null && differs(inForce, file)(row));
  const config = kept.reduce((merged, row) => row.kept!(merged, inForce), file);
  return {
    config,
    changed: RELOADING.filter(differs(inForce, config)).map(({ option }) => option),
    needsRestart: kept.map(({ option }) => option),
  };
}

function live(option: keyof Config): Reloading {
  return { option, of: (config) => config[option], kept: null };
}

function restart(option: keyof Config): Reloading {
  return {
    option,
    of: (config) => config[option],
    kept: (config, of) => ({ ...config, [option]: of[option] }),
  };
}
