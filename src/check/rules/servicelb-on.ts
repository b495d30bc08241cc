// k3s's servicelb gives a Service the addresses of the nodes, while MetalLB gives it one of its pool.
import { isServiceLb, SERVICELB_LABEL } from '../model/backing.ts';
import type { Cluster } from '../model/cluster.ts';
import { metallbObject } from './rivals.ts';
import { counted, type Problem, skip, type Verdict } from './verdict.ts';

const REMEDY =
  'Turn servicelb off: start the k3s servers with --disable=servicelb (or disable: [servicelb] in config.yaml).';

export function servicelbOn(cluster: Cluster): Verdict {
  const metallb = metallbObject(cluster);
  if (metallb === undefined) return skip('no MetalLB was found');
  const daemons = cluster.list('daemonsets').filter(isServiceLb);
  const looked = counted(cluster.list('daemonsets').length, 'DaemonSet');
  const served = new Set(daemons.flatMap(({ labels }) => labels[SERVICELB_LABEL] ?? []));
  const classless = cluster
    .list('services')
    .filter(({ name, loadBalancerClass }) => served.has(name) && loadBalancerClass === null);
  if (daemons.length > 0 && (classless.length > 0 || !cluster.isKnown('services'))) {
    const message = `k3s's servicelb serves ${counted(daemons.length, 'Service')} beside MetalLB: it writes the addresses of the nodes into their status, and takes their ports on every node.`;
    return {
      problems: [{ subjects: [...daemons, ...classless], ip: null, message, remedy: REMEDY }],
      looked,
    };
  }
  const servers = cluster.nodes.filter(({ k3sArgs }) => k3sArgs?.[0] === 'server' && !isDisabled(k3sArgs));
  if (servers.length === 0 || daemons.length > 0) return { problems: [], looked };
  const message = `k3s's servicelb is on (${servers[0]!.name} runs without --disable=servicelb): it serves the next Service without a loadBalancerClass beside MetalLB.`;
  const problem: Problem = { subjects: servers, ip: null, message, remedy: REMEDY };
  return { problems: [problem], looked };
}

/** `--disable servicelb`, `--disable=traefik,servicelb`. */
function isDisabled(args: readonly string[]): boolean {
  return args.some((arg, i) => {
    const value = arg.startsWith('--disable=')
      ? arg.slice('--disable='.length)
      : arg === '--disable'
        ? args[i + 1]
        : '';
    return (value ?? '').split(',').includes('servicelb');
  });
}
