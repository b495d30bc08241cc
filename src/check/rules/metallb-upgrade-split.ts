// 0.16.2 derives the key of memberlist from its secret in another way (metallb#3143): speakers of before and from then on
// cannot hear each other, and both halves elect.
import { DIGEST_KEY, isBefore, versionText } from '../../cluster/objects/metallb-version.ts';
import type { Cluster } from '../model/cluster.ts';
import { isMetalLbPart, versionOf } from '../model/metallb.ts';
import { whyNot } from './metallb-version.ts';
import { counted, skip, type Verdict } from './verdict.ts';

export function metallbUpgradeSplit(cluster: Cluster): Verdict {
  const pods = cluster.list('pods').filter((pod) => isMetalLbPart('speaker', pod));
  const speakers =
    pods.length > 0 ? pods : cluster.list('daemonsets').filter((one) => isMetalLbPart('speaker', one));
  const known = speakers.flatMap((speaker) => {
    const version = versionOf('speaker', speaker);
    return version === undefined ? [] : [{ speaker, version }];
  });
  if (known.length === 0) return skip(whyNot(cluster));
  const looked = counted(known.length, 'speaker');
  const hasMemberlist = cluster.speakers().settings?.memberlist ?? true;
  // Without a key they hear each other, whatever their versions are.
  const hasKey = pods.every(({ speaker }) => speaker?.hasMemberlistKey ?? true);
  const old = known.filter(({ version }) => isBefore(version, DIGEST_KEY));
  if (old.length === 0 || !hasMemberlist || !hasKey) return { problems: [], looked };
  const namespace = old[0]!.speaker.namespace || 'metallb-system';
  const how = `Replace all speakers at once, which takes seconds: set updateStrategy: OnDelete (or maxUnavailable: 100%) on the DaemonSet, upgrade, then kubectl -n ${namespace} delete pod -l component=speaker.`;
  if (old.length === known.length) {
    const message = `The speakers run ${versionText(old[0]!.version)}: during the next upgrade to 0.16.2 or later, old and new speakers cannot hear each other, and two nodes announce each VIP (metallb#3143).`;
    const subjects = old.slice(0, 1).map(({ speaker }) => speaker);
    return { problems: [{ subjects, ip: null, message, remedy: how }], looked };
  }
  const message = `${counted(old.length, 'speaker')} of ${known.length} ${old.length === 1 ? 'is' : 'are'} older than 0.16.2: old and new speakers cannot hear each other, and two nodes announce each VIP until the last one is replaced (metallb#3143).`;
  const subjects = old.map(({ speaker }) => speaker);
  return { problems: [{ level: 'critical', subjects, ip: null, message, remedy: how }], looked };
}
