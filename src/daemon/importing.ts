// Joins the import of DHCP servers' tables with whoever judges by them. Loaded only where some are configured.
import { type Micros, SECOND } from '../base/time.ts';
import type { KubernetesIntent } from '../cluster/reader.ts';
import type { Clock } from '../host/clock.ts';
import type { Log } from '../host/log.ts';
import { ImportSharing } from '../lease-import/cluster/sharing.ts';
import type { Imported } from '../lease-import/imported.ts';
import { Importing, type ImportPeers } from '../lease-import/importing.ts';
import type { ImportSettings } from '../lease-import/settings.ts';
import { touching, writeShared } from '../lease-import/shared.ts';
import type { ImportHealth } from '../lease-import/source.ts';
import type { Watcher } from '../watch/watcher.ts';
import type { Schedule } from './schedule.ts';

export interface Imports {
  readonly nextAt: () => number;
  readonly tick: (now: number) => void;
  readonly stop: () => Promise<void>;
  readonly health: () => readonly ImportHealth[];
  /** Beside what each import says of itself. */
  readonly doubts: () => readonly string[];
  /** What was read last of each that was. */
  readonly tables: () => readonly Imported[];
}

interface ImportsOptions {
  readonly imports: readonly ImportSettings[];
  /** The cluster of this agent's Pod, and the Pod's namespace; null: this agent reads for itself. */
  readonly cluster: { readonly kubernetes: KubernetesIntent; readonly namespace: string } | null;
  readonly clock: Clock;
  readonly log: Log['logger'];
  readonly schedule: Schedule;
  readonly watcher: Watcher;
}

export function startImports({ imports, cluster, clock, log, schedule, watcher }: ImportsOptions): Imports {
  const isByUrl = imports.some(({ url }) => url !== null);
  const sharing = isByUrl && cluster ? sharingOf(cluster, () => importing.sharedChanged()) : null;
  const tables = new Map<string, Imported>();
  const importing: Importing = new Importing({
    imports,
    log,
    now: () => clock.now(),
    unixTime: () => clock.toWall(clock.now()) / SECOND,
    isShared: cluster !== null,
    peers: sharing && peersOf(watcher, sharing),
    onTable: (name, imported) => {
      tables.set(name, imported);
      schedule.tell(watcher.setImport(name, tableOf(imported, clock.toWall(0)), clock.now()));
      schedule.arm();
    },
  });
  return {
    nextAt: () => importing.nextAt(),
    tick: (now) => importing.tick(now),
    stop: async () => {
      await importing.stop();
      sharing?.stop();
    },
    health: () => importing.health(),
    tables: () => [...tables.values()],
    doubts: () => [
      ...importing.doubts(),
      ...(sharing?.problem ? [`this agent cannot share what it reads for all: ${sharing.problem}`] : []),
    ],
  };
}

function sharingOf(
  { kubernetes, namespace }: NonNullable<ImportsOptions['cluster']>,
  onChange: () => void,
): ImportSharing {
  return new ImportSharing({
    connection: kubernetes.connection,
    namespace,
    ownNode: () => kubernetes.ownNode(),
    readyNodes: () => kubernetes.readyAgentNodes(),
    onResult: kubernetes.onResult,
    onChange,
  });
}

function peersOf(watcher: Watcher, sharing: ImportSharing): ImportPeers {
  return {
    isMine: (name) => sharing.isMine(name),
    shared: (name) => sharing.shared(name),
    publish: (name, { imported, problem }) => {
      const part = imported && touching(imported, (ip) => watcher.isWatched(ip));
      void sharing.publish(name, writeShared({ imported: part, problem }));
    },
  };
}

/** @param ahead how much the wall clock is ahead of the watcher's times. */
function tableOf({ ranges, readAt, ...rest }: Imported, ahead: Micros): Parameters<Watcher['setImport']>[1] {
  return {
    ...rest,
    ranges: ranges.map((range) => ({ ...range, atLeast: false })),
    readAt: readAt * SECOND - ahead,
    ahead,
  };
}
