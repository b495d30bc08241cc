// Traefik refuses an ACME storage that others than its owner may read or write, and fsGroup opens it to the group at each
// mount: the certificates are gone when the Pod starts next, which is at the failover.
import type { Cluster } from '../model/cluster.ts';
import { acrossBackings } from './backings.ts';
import { isFsGroupInForce } from './fs-group.ts';
import { loggedLine, whyNoLog } from './logs.ts';
import { hasRootInit } from './non-root-old-files.ts';
import type { Turns } from './verdict.ts';
import { backingText, soleIp } from './words.ts';

const TOO_OPEN = /too open/i;
const STORAGE = /^--certificatesresolvers\.[^.=]+\.acme\.storage=(.+)$/i;

export function fsgroupBreaksAcme(cluster: Cluster): Turns {
  return acrossBackings(cluster, (backing) => {
    const { workload } = backing;
    const { spec } = workload;
    if (spec.fsGroup === null || spec.fsGroupChangePolicy === 'OnRootMismatch') return undefined;
    const mounts = cluster.mountsOf(workload);
    for (const container of spec.containers) {
      const storage = container.words.flatMap((word) => STORAGE.exec(word)?.[1] ?? [])[0];
      if (storage === undefined) continue;
      const mount = container.mounts.find(
        ({ path }) => storage === path || storage.startsWith(`${path.replace(/\/$/, '')}/`),
      );
      const mounted = mounts.find(({ volumeName }) => volumeName === mount?.volume);
      if (mounted === undefined || !isFsGroupInForce(cluster, spec, mounted)) continue;
      if (hasRootInit(spec, mounted.volumeName)) continue;
      const said = loggedLine(cluster, backing, (line) => TOO_OPEN.test(line) && line.includes(storage));
      const untold = said === null ? whyNoLog(cluster, backing) : null;
      const now = said === null ? '' : ` It does so now; its log says: "${said}"`;
      return {
        ...(said === null ? {} : { level: 'critical' as const }),
        subjects: [workload, ...(mounted.claim === null ? [] : [mounted.claim])],
        ip: soleIp(backing),
        message: `${backingText(backing)}, keeps its certificates in ${storage}, and fsGroup ${spec.fsGroup} may open that file to the group whenever the volume is mounted: Traefik then refuses it ("permissions 660 are too open"), and the certificates are gone at the next start, as at a failover.${now}${untold === null ? '' : ` Whether it does so now is not known: ${untold}.`}`,
        remedy:
          'Change the owner once with an init container that runs as root, then set fsGroupChangePolicy: OnRootMismatch. Or remove fsGroup.',
      };
    }
    return undefined;
  });
}
