// The programs of a real node beside those of the cluster under test: Kubernetes' own are built from the same module, the
// rest is Debian's.
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterPrograms, clusterPrograms, type Program } from '../cluster/programs.ts';
import { findGo, type Say } from '../cluster/toolchain.ts';

export interface NodePrograms {
  readonly kubelet: Program;
  readonly kubeControllerManager: Program;
  readonly kubeScheduler: Program;
  readonly kubeProxy: Program;
  readonly helm: Program;
  readonly pause: Program;
  readonly coredns: Program;
  readonly containerd: Program;
  readonly ctr: Program;
  readonly runc: Program;
  readonly buildah: Program;
  /** With ptp, host-local and portmap. */
  readonly cniFolder: Program;
}

export type FindNodePrograms =
  | { readonly ok: true; readonly cluster: ClusterPrograms; readonly node: NodePrograms }
  | { readonly ok: false; readonly reason: string };

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const CNI_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin'] as const;

/** Builds what is not built yet: many minutes, once. @throws {Error} where a build fails. */
export async function nodePrograms(say: Say): Promise<FindNodePrograms> {
  const found = Object.fromEntries(DEBIAN.map((name) => [name, installed(name)]));
  const missing = DEBIAN.filter((name) => !found[name]);
  const cniFolder = CNI_FOLDERS.find((folder) => existsSync(join(folder, 'ptp')));
  if (missing.length > 0 || !cniFolder) {
    const names = [...missing, ...(cniFolder ? [] : ['CNI plugins'])].join(', ');
    return { ok: false, reason: `not installed: ${names}; on Debian \`scripts/setup node\` brings them` };
  }
  const search = findGo();
  if (!search.ok) return { ok: false, reason: search.reason };
  const cluster = await clusterPrograms(say);
  if (!cluster.ok) return cluster;
  const { kubeProxy } = cluster.programs;
  if (!kubeProxy) return { ok: false, reason: 'KUBEBUILDER_ASSETS has no kube-proxy' };
  const { go } = search;
  const [node, chart, pause, dns] = [
    await go.build('node', say),
    await go.build('chart', say),
    await go.build('pause', say),
    await go.build('dns', say),
  ];
  return {
    ok: true,
    cluster: cluster.programs,
    node: {
      kubelet: executable(node, 'kubelet'),
      kubeControllerManager: executable(node, 'kube-controller-manager'),
      kubeScheduler: executable(node, 'kube-scheduler'),
      kubeProxy,
      helm: executable(chart, 'helm'),
      pause: executable(pause, 'pause'),
      coredns: executable(dns, 'coredns'),
      containerd: found.containerd!,
      ctr: found.ctr!,
      runc: found.runc!,
      buildah: found.buildah!,
      cniFolder,
    },
  };
}

/** curl and jq are what the documents ask with. */
const DEBIAN = ['buildah', 'containerd', 'ctr', 'runc', 'curl', 'jq'];

function installed(name: string): Program | undefined {
  return FOLDERS.map((folder) => `${folder}/${name}` as Program).find((path) => existsSync(path));
}

function executable(folder: string, name: string): Program {
  const path = join(folder, name) as Program;
  accessSync(path, constants.X_OK);
  return path;
}
