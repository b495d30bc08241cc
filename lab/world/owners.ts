// Whom MetalLB elects while all is well.
import { elect } from '../../src/cluster/metallb/election.ts';
import type { Ipv4 } from '../../src/net/address.ts';
import type { Random } from './random.ts';
import type { Plan } from './scenario.ts';
import type { ServiceSpec } from './services.ts';

export function ownerOf({ nodes }: Plan, { ip, policy, endpoints }: ServiceSpec): string | undefined {
  const names = nodes.map(({ name }) => name);
  const candidates = policy === 'Local' ? names.filter((name) => endpoints.includes(name)) : names;
  return elect(
    candidates.map((name) => [name, 0] as const),
    ip,
  );
}

/** Of the Services' addresses, those that a node has. */
export function ownedBy(plan: Plan, node: string): Ipv4[] {
  return plan.services.filter((service) => ownerOf(plan, service) === node).map(({ ip }) => ip);
}

/** One that has something to lose. */
export function anyOwner(random: Random, plan: Plan): string {
  return ownerOf(plan, random.pick(plan.services)) ?? plan.nodes[0]!.name;
}
