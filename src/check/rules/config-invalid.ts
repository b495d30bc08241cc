// MetalLB from 0.15.3 on says by itself that it refuses its configuration.
import type { Cluster } from '../model/cluster.ts';
import { counted, type Verdict } from './verdict.ts';

export function configInvalid(cluster: Cluster): Verdict {
  const states = cluster.list('configurationstates');
  const problems = states
    .filter(({ isInvalid }) => isInvalid)
    .map((state) => ({
      subjects: [state],
      ip: null,
      message: `MetalLB refuses its configuration and keeps the previous one: ${state.errorSummary ?? 'it does not say why'}.`,
      remedy: 'Correct what it names; kubectl -n NAMESPACE describe configurationstate shows the whole text.',
    }));
  return { problems, looked: counted(states.length, 'state') };
}
