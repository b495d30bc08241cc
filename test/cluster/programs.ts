// The programs of the cluster: ready ones where the environment names them, else built from their Go modules.
import { accessSync, constants, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findGo, type GoToolchain, type Say } from './toolchain.ts';

/** A full path. */
export type Program = `/${string}`;

/** A release of MetalLB. */
export interface MetallbPrograms {
  readonly controller: Program;
  readonly speaker: Program;
  /** MetalLB's `config` folder, as in its source: custom resource definitions and manifests. */
  readonly metallbConfig: string;
}

export interface ClusterPrograms extends MetallbPrograms {
  readonly etcd: Program;
  readonly kubeApiserver: Program;
  readonly kubectl: Program;
  /** Undefined where ready programs are named without it, and there is no Go to build it. */
  readonly kubeProxy: Program | undefined;
  /** MetalLB 0.16.2, where the others are of 0.16.1; undefined where they are named as ready ones. */
  readonly nextMetallb: MetallbPrograms | undefined;
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
          nextMetallb: undefined,
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
      nextMetallb: metallbBin ? undefined : await nextMetallb(go, say),
    }),
  };
}

async function nextMetallb(go: GoToolchain, say: Say): Promise<MetallbPrograms> {
  return metallbIn(await go.build('metallb-0.16.2', say), await go.sourceFolder('metallb-0.16.2'));
}

interface Folders {
  readonly etcd: string;
  /** With kube-apiserver and kubectl. */
  readonly kubernetes: string;
  readonly kubeProxy: string | undefined;
  readonly metallb: string;
  readonly metallbSource: string;
  readonly nextMetallb: MetallbPrograms | undefined;
}

function programsIn(folders: Folders): ClusterPrograms {
  const { etcd, kubernetes, kubeProxy, metallb, metallbSource, nextMetallb } = folders;
  return {
    etcd: executable(etcd, 'etcd'),
    kubeApiserver: executable(kubernetes, 'kube-apiserver'),
    kubectl: executable(kubernetes, 'kubectl'),
    kubeProxy: kubeProxy === undefined ? undefined : executable(kubeProxy, 'kube-proxy'),
    ...metallbIn(metallb, metallbSource),
    nextMetallb,
  };
}

function metallbIn(folder: string, source: string): MetallbPrograms {
  return {
    controller: executable(folder, 'controller'),
    speaker: executable(folder, 'speaker'),
    metallbConfig: resolve(source, 'config'),
  };
}

function executable(folder: string, name: string): Program {
  const path = resolve(folder, name) as Program;
  accessSync(path, constants.X_OK);
  return path;
}
