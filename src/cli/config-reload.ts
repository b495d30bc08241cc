// The configuration file of a daemon: read at the start, and again when it changes or the daemon is told to.
import { type Config, type ConfigContext, checkConfig, parseConfig } from '../config/config.ts';
import { ConfigError } from '../config/mistakes.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { Log } from '../host/log.ts';
import type { ConfigHealth, ConfigProblem } from '../serve/tables/sources.ts';
import { readConfigText } from './config-file.ts';
import { findLastGood, keepLastGood } from './last-good-config.ts';
import { UsageError } from './terminal.ts';

type Reading = { readonly config: Config; readonly text: string } | { readonly refused: Refused };

interface Refused {
  readonly problem: ConfigProblem;
  readonly error: UsageError | ConfigError;
  /** What the file says; null where it cannot be read. */
  readonly text: string | null;
}

const MILLISECONDS = 1_000;

export class ConfigReload {
  /** What the daemon starts with. */
  readonly config: Config;
  readonly health: ConfigHealth;
  readonly #path: string | null;
  readonly #context: ConfigContext;
  /** As it was read last. */
  #text: string | null = null;
  /** Said once the log is there. */
  readonly #sayAtStart: (log: Log['logger']) => void = () => {};
  #daemon: Daemon | undefined;
  #log: Log['logger'] | undefined;
  readonly #start = Promise.withResolvers<void>();
  /** One after the other, and none before the daemon runs. */
  #underWay: Promise<void> = this.#start.promise;

  /**
   * Reads the file, or, where that is broken, the last good one.
   * @param path absolute; null: all defaults.
   * @throws UsageError, ConfigError
   */
  constructor(path: string | null, context: ConfigContext) {
    this.#path = path;
    this.#context = context;
    const now = Date.now() / MILLISECONDS;
    if (path === null) {
      this.config = checkConfig({}, 'no --config', context);
      this.health = { problem: null, takenInAt: now, needsRestart: [] };
      return;
    }
    const reading = this.#read(path);
    if ('config' in reading) {
      this.config = reading.config;
      this.#text = reading.text;
      this.health = { problem: null, takenInAt: now, needsRestart: [] };
      return;
    }
    const { problem, error, text } = reading.refused;
    const lastGood = findLastGood(text, path, context);
    if (!lastGood) throw error;
    this.config = lastGood.config;
    this.health = { problem, takenInAt: lastGood.at / MILLISECONDS, needsRestart: [] };
    this.#sayAtStart = (log) =>
      log.error(
        { event: 'configuration', problem, mistakes: mistakesOf(error), lastGood: lastGood.path },
        'The configuration file is broken: the agent started with the last good one',
      );
  }

  /** The daemon runs. */
  started(daemon: Daemon, log: Log['logger']): void {
    this.#daemon = daemon;
    this.#log = log;
    this.#sayAtStart(log);
    this.#keep(this.config);
    this.#start.resolve();
  }

  /** @param asked somebody wants it now; else the file seems to have changed. */
  reload(asked: boolean): void {
    this.#underWay = this.#underWay.then(() => this.#reload(asked));
  }

  async #reload(asked: boolean): Promise<void> {
    const [daemon, log] = [this.#daemon!, this.#log!];
    if (this.#path === null)
      return log.info({ event: 'configuration' }, 'There is no configuration file to read again');
    const reading = this.#read(this.#path);
    if ('refused' in reading) {
      const { problem, error } = reading.refused;
      daemon.refuse(problem);
      const fields = { event: 'configuration', problem, mistakes: mistakesOf(error) };
      return log.error(fields, 'The configuration file is broken: the current configuration stays in force');
    }
    const { config, text } = reading;
    if (!asked && text === this.#text) return;
    this.#text = text;
    const { changed, needsRestart } = await daemon.reload(config);
    this.#keep(config);
    const fields = { event: 'configuration', changed, needsRestart };
    if (needsRestart.length === 0) log.info(fields, 'Configuration read again');
    else log.warn(fields, `Configuration read again; a restart is needed for ${needsRestart.join(', ')}`);
  }

  #read(path: string): Reading {
    let text: string | null = null;
    try {
      text = readConfigText(path);
      return { config: parseConfig(text, path, this.#context), text };
    } catch (error) {
      this.#text = null;
      if (error instanceof ConfigError) return { refused: { problem: 'invalid', error, text } };
      if (error instanceof UsageError) return { refused: { problem: 'unreadable', error, text } };
      throw error;
    }
  }

  #keep(config: Config): void {
    if (this.#path === null || this.#text === null) return;
    try {
      keepLastGood(config, this.#path, this.#text);
    } catch (error) {
      this.#log!.warn(
        { event: 'configuration', problem: (error as Error).message },
        'Cannot save the configuration beside the journal: a start with a broken file would fail',
      );
    }
  }
}

function mistakesOf(error: UsageError | ConfigError): readonly string[] {
  return error instanceof ConfigError ? error.mistakes : [error.message];
}
