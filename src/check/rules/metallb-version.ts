// Faults of MetalLB's versions, as data: from where to where each is, and where that is written.
import { isBefore, type Version, versionText } from '../../cluster/objects/metallb-version.ts';
import type { Cluster } from '../model/cluster.ts';
import { isMetalLbPart, versionOf } from '../model/metallb.ts';
import type { CheckedObject } from '../model/object.ts';
import { counted, type Problem, skip, type Verdict } from './verdict.ts';

interface Fault {
  readonly from?: Version;
  /** The first without it; absent: none is yet. */
  readonly before?: Version;
  readonly what: string;
  readonly source: string;
  /** Absent: it concerns everybody. */
  readonly concerns?: (cluster: Cluster) => boolean;
}

const FAULTS: readonly Fault[] = [
  {
    before: [0, 16, 0],
    what: 'it leaves old ServiceL2Status objects that name a node which does not announce any more',
    source: 'metallb#2938',
  },
  {
    from: [0, 14, 9],
    before: [0, 15, 0],
    what: 'it withdraws VIPs from cordoned nodes',
    source: 'the release notes of 0.15.0',
  },
  {
    before: [0, 16, 0],
    what: 'it elects without regard to serviceSelectors',
    source: 'metallb#3014',
    concerns: hasServiceSelectors,
  },
  {
    from: [0, 16, 2],
    what: 'it announces nothing for a Service with allow-shared-ip where the L2Advertisement has serviceSelectors',
    source: 'the release notes of 0.16.2',
    concerns: (cluster) =>
      hasServiceSelectors(cluster) &&
      cluster.list('services').some(({ forElection }) => forElection?.sharesAddress === true),
  },
];

function hasServiceSelectors(cluster: Cluster): boolean {
  return cluster
    .list('l2advertisements')
    .some(({ advertisement }) => advertisement.serviceSelectors.length > 0);
}

export function metallbVersion(cluster: Cluster): Verdict {
  const versions = new Map<string, [Version, CheckedObject]>();
  for (const key of ['daemonsets', 'deployments', 'pods'] as const) {
    for (const object of cluster.list(key)) {
      const part = (['speaker', 'controller'] as const).find((one) => isMetalLbPart(one, object));
      const version = part && versionOf(part, object);
      if (version !== undefined && !versions.has(versionText(version)))
        versions.set(versionText(version), [version, object]);
    }
  }
  if (versions.size === 0) return skip(whyNot(cluster));
  const problems = [...versions].flatMap(([text, [version, object]]): Problem[] => {
    const found = FAULTS.filter(
      ({ from, before, concerns }) =>
        (from === undefined || !isBefore(version, from)) &&
        (before === undefined || isBefore(version, before)) &&
        (concerns?.(cluster) ?? true),
    );
    if (found.length === 0) return [];
    const faults = found.map(({ what, source }) => `${what} (${source})`).join('; ');
    const message = `MetalLB ${text} runs: ${faults}.`;
    const until = found.map(({ before }) => before).find((before) => before !== undefined);
    const remedy =
      until === undefined
        ? 'Use an L2Advertisement without serviceSelectors for Services that share an address.'
        : 'Upgrade MetalLB. First read the result of the check metallb-upgrade-split.';
    return [{ subjects: [object], ip: null, message, remedy }];
  });
  return { problems, looked: counted(versions.size, 'version') };
}

/** Why no image tells a version. */
export function whyNot(cluster: Cluster): string {
  const { inventory } = cluster;
  const reason = inventory.isOfFiles
    ? null
    : (inventory.whyUnknown('daemonsets') ?? inventory.whyUnknown('pods'));
  return reason ?? 'no image of MetalLB with a version was found';
}
