// Before the first cluster test: the programs, and whether this machine can run them at all.
import type { TestProject } from 'vitest/node';
import { isRoot } from '../../lab/cell.ts';
import { labUnavailable } from '../lab/available.ts';
import { clusterPrograms, type FindPrograms } from './programs.ts';
import { say, sayLoudly } from './say.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    cluster: FindPrograms;
  }
}

export async function setup({ provide }: TestProject): Promise<void> {
  const search = await find();
  if (!search.ok) sayLoudly(`the cluster tests are SKIPPED: ${search.reason}`);
  else if (!search.programs.kubeProxy)
    sayLoudly(
      'the tests of the service gap are SKIPPED: KUBEBUILDER_ASSETS has no kube-proxy, and no Go is there to build it',
    );
  provide('cluster', search);
}

async function find(): Promise<FindPrograms> {
  // Pods run with other users and without capabilities, which only root can arrange.
  if (!isRoot()) return { ok: false, reason: 'they need root' };
  if (labUnavailable('arping')) return { ok: false, reason: 'this machine cannot make the lab' };
  return await clusterPrograms(say);
}
