// What `vipwatch run` does: starts the daemon, and stops it or reads its configuration again when told to.
import { resolve } from 'node:path';
import { errnoWords } from '../base/errno.ts';
import { Daemon } from '../daemon/daemon.ts';
import { FileWatch } from '../host/file-watch.ts';
import { createLog } from '../host/log.ts';
import { favourMemory } from '../host/memory.ts';
import type { Environment } from './command.ts';
import { ConfigReload } from './config-reload.ts';
import { configSurroundings, inCluster } from './in-cluster.ts';
import type { ProcessSignals } from './signals.ts';
import { type Terminal, UsageError } from './terminal.ts';

/** A stop takes no longer than this, whatever hangs; in milliseconds. The contract is 2 s. */
const STOP_WITHIN = 1_500;

/** Resolves to the exit code once a signal has stopped the daemon. */
export async function runDaemon(
  configPath: string | null,
  terminal: Terminal,
  environment: Environment,
  signals: ProcessSignals,
): Promise<number> {
  favourMemory();
  const stateFolder = environment.STATE_DIRECTORY?.split(':', 1)[0];
  const path = configPath === null ? null : resolve(configPath);
  const watch = path === null ? null : new FileWatch(path, () => reload.reload(false));
  const reload = new ConfigReload(path, {
    ...configSurroundings(environment),
    ...(stateFolder === undefined ? {} : { stateFolder }),
  });
  const { config, health } = reload;
  const format = config.log.format === 'auto' ? (terminal.isTerminal ? 'pretty' : 'json') : config.log.format;
  const log = createLog(
    { level: config.log.level, format, color: terminal.color, timeText: terminal.timeText },
    process.stdout,
  );

  const stopped = signals.stop();
  const daemon = new Daemon(config, health, log.logger, inCluster(environment));
  try {
    await daemon.start();
  } catch (error) {
    await daemon.stop();
    log.flush();
    throw listenError(error, config.http);
  }
  reload.started(daemon, log.logger);
  signals.onHangUp(() => reload.reload(true));
  const signal = await stopped;
  watch?.close();
  log.logger.info({ signal }, 'Stopping');
  const overdue = setTimeout(() => {
    log.flush();
    process.exit(1);
  }, STOP_WITHIN);
  await daemon.stop();
  clearTimeout(overdue);
  log.flush();
  return 0;
}

function listenError(
  error: unknown,
  { address, port }: { readonly address: string; readonly port: number },
): unknown {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  if (syscall !== 'listen') return error;
  return new UsageError(`Cannot listen on ${address} port ${port}: ${errnoWords(code) ?? code}`);
}
