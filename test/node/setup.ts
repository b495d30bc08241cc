// Before the first test on real nodes: the programs and the images, and whether this machine can run them at all.
import type { TestProject } from 'vitest/node';
import { isRoot } from '../../lab/cell.ts';
import { VERSION } from '../../src/version.ts';
import type { ClusterPrograms } from '../cluster/programs.ts';
import { say, sayLoudly } from '../cluster/say.ts';
import { labUnavailable } from '../lab/available.ts';
import { cgroupsUnavailable } from './cgroups.ts';
import { buildImages } from './images.ts';
import { MemoryGauge } from './memory-gauge.ts';
import { type FindNodePrograms, type NodePrograms, nodePrograms } from './programs.ts';

export interface NodeSetup {
  readonly ok: true;
  readonly cluster: ClusterPrograms;
  readonly node: NodePrograms;
  /** Archives that every node loads. */
  readonly images: readonly string[];
  /** Of vipwatch's image. */
  readonly version: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    nodes: NodeSetup | Extract<FindNodePrograms, { readonly ok: false }>;
  }
}

const METALLB_VERSION = 'v0.16.1';

/** Returns what is done after the last test. */
export async function setup({ provide }: TestProject): Promise<() => void> {
  const found = await find();
  if (!found.ok) sayLoudly(`the tests on real nodes are SKIPPED: ${found.reason}`);
  provide('nodes', found);
  const gauge = new MemoryGauge();
  return () => {
    const line = gauge.stop();
    if (found.ok) say(line);
  };
}

async function find(): Promise<NodeSetup | Extract<FindNodePrograms, { readonly ok: false }>> {
  // Containers need it.
  if (!isRoot()) return { ok: false, reason: 'they need root' };
  const refused = cgroupsUnavailable();
  if (refused) return { ok: false, reason: refused };
  if (labUnavailable('arping')) return { ok: false, reason: 'this machine cannot make the lab' };
  const programs = await nodePrograms(say);
  if (!programs.ok) return programs;
  const images = await buildImages(programs, VERSION, METALLB_VERSION, say);
  return { ...programs, images, version: VERSION };
}
