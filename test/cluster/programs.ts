// The programs of the cluster: ready ones where the environment names them, else built from their Go modules.
import { accessSync, constants, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findGo, type Say } from './toolchain.ts';

/** A full path. */
export type Program = `/${string}`;

export interface ClusterPrograms {
  readonly etcd: Program;
  readonly kubeApiserver: Program;
  readonly kubectl: Program;
  /** Undefined where ready programs are named without it, and there is no Go to build it. */
  readonly kubeProxy: Program | undefined;
  readonly controller: Program;
  readonly speaker: Program;
  /** MetalLB's `config` folder, as in its source: custom resource definitions and manifests. */
  readonly metallbConfig: string;
}

export type FindPrograms =
  | { readonly ok: true; readonly programs: ClusterPrograms }
  /** Neither programs nor what it takes to build them. */
  | { readonly ok: false; readonly reason: string };

/**
 * `KUBEBUILDER_ASSETS` may name a folder with etcd, kube-apiserver and kubectl, and perhaps kube-proxy, and `METALLB_BIN` one with controller and
 * speaker, and with MetalLB's `config` where there is no Go to fetch that. The rest is built: many minutes, once.
 *
 * @throws {Error} where a named folder lacks a program, or a build fails.
 */
export async function clusterPrograms(say: Say): Promise<FindPrograms> {
  const { KUBEBUILDER_ASSETS: assets, METALLB_BIN: metallbBin } = process.env;
  const metallbSource = metallbBin && existsSync(join(metallbBin, 'config')) ? metallbBin : undefined;
  const readyProxy = assets && existsSync(join(assets, 'kube-proxy')) ? assets : undefined;
  const search = findGo();
  if (!search.ok) {
    if (assets && metallbSource) {
      const metallb = metallbSource;
      return {
        ok: true,
        programs: programsIn({
          etcd: assets,
          kubernetes: assets,
          kubeProxy: readyProxy,
          metallb,
          metallbSource,
        }),
      };
    }
    const remedy =
      "install Go, or name ready programs by KUBEBUILDER_ASSETS and METALLB_BIN (with MetalLB's config)";
    return { ok: false, reason: `${search.reason}: ${remedy}` };
  }
  const { go } = search;
  const etcd = assets || (await go.build('etcd', say));
  const kubernetes = assets || (await go.build('kubernetes', say));
  // Of the folders that one may name, hardly any has it.
  const builtProxy = assets ? () => go.build('kubernetes', say, 'kube-proxy') : () => kubernetes;
  return {
    ok: true,
    programs: programsIn({
      etcd,
      kubernetes,
      kubeProxy: readyProxy ?? (await builtProxy()),
      metallb: metallbBin || (await go.build('metallb', say)),
      metallbSource: metallbSource ?? (await go.sourceFolder('metallb')),
    }),
  };
}

interface Folders {
  readonly etcd: string;
  /** With kube-apiserver and kubectl. */
  readonly kubernetes: string;
  readonly kubeProxy: string | undefined;
  readonly metallb: string;
  readonly metallbSource: string;
}

function programsIn({ etcd, kubernetes, kubeProxy, metallb, metallbSource }: Folders): ClusterPrograms {
  return {
    etcd: executable(etcd, 'etcd'),
    kubeApiserver: executable(kubernetes, 'kube-apiserver'),
    kubectl: executable(kubernetes, 'kubectl'),
    kubeProxy: kubeProxy === undefined ? undefined : executable(kubeProxy, 'kube-proxy'),
    controller: executable(metallb, 'controller'),
    speaker: executable(metallb, 'speaker'),
    metallbConfig: resolve(metallbSource, 'config'),
  };
}

function executable(folder: string, name: string): Program {
  const path = resolve(folder, name) as Program;
  accessSync(path, constants.X_OK);
  return path;
}
