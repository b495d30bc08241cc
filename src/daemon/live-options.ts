// How a running daemon takes in each option that needs no restart, once the configuration in force is another one.
import type { Core } from './core.ts';

const BY_THE_DAEMON = () => {};

/** The intent is set, Alertmanager told and the cluster checked by the daemon itself. */
export const LIVE_OPTIONS: Readonly<Record<string, (core: Core) => void>> = {
  'intent.static': BY_THE_DAEMON,
  dhcp: ({ config, clock, schedule, watcher }) => schedule.tell(watcher.setDhcp(config.dhcp, clock.now())),
  probe: ({ config, clock, probing }) => probing.setProbe(config.probe, clock.now()),
  failover: ({ config, watcher }) => watcher.setSettings({ maxGap: config.failover.maxGap }),
  alertmanager: BY_THE_DAEMON,
  findings: ({ config, clock, schedule, watcher }) =>
    schedule.tell(watcher.setSuppression(config.findings, clock.now())),
  check: BY_THE_DAEMON,
  'log.level': ({ config, log }) => {
    log.level = config.log.level;
  },
};
