// What signals do to the process, from its first moment on: most of the program is loaded after this file.

/** For the daemon. Before it takes them over, a signal to stop ends the process with 0, and others wait. */
export interface ProcessSignals {
  /** Resolves to the first signal to stop, which ends nothing by itself any more. To be called once. */
  readonly stop: () => Promise<NodeJS.Signals>;
  /** Calls back for each SIGHUP, also for one that came before. To be called once. */
  readonly onHangUp: (callBack: () => void) => void;
}

const STOPPING = ['SIGTERM', 'SIGINT'] as const;

/** @param isDaemon other commands end by signals as any program does. */
export function heedSignals(isDaemon: boolean): ProcessSignals {
  // Node would open its inspector, which runs whatever it is told, to all of the machine.
  process.on('SIGUSR1', () => {});
  let stopped = (_: NodeJS.Signals): void => process.exit(0);
  let hasHungUp = false;
  let onHangUp = (): void => {
    hasHungUp = true;
  };
  if (isDaemon) {
    for (const signal of STOPPING) process.on(signal, () => stopped(signal));
    process.on('SIGHUP', () => onHangUp());
  }
  return {
    stop: () =>
      new Promise((resolve) => {
        stopped = resolve;
      }),
    onHangUp: (callBack) => {
      onHangUp = callBack;
      if (hasHungUp) callBack();
    },
  };
}
