// What each of the cluster's programs is built from, and how.

/** What is built together, of one folder of `tools/`. */
export type Module =
  | 'actionlint'
  | 'chart'
  | 'dns'
  | 'etcd'
  | 'kubernetes'
  | 'metallb'
  | 'metallb-0.16.2'
  | 'node'
  | 'pause';
/** What is written into a dependency whose version with it is not to be had. */
export interface Addition {
  readonly module: string;
  readonly file: string;
  /** The words, once in the file, that the text is put before. */
  readonly before: string;
  readonly text: string;
}

interface Recipe {
  /** Of `tools/`. @default the recipe's own name */
  readonly folder?: string;
  /** The Go module whose version is the programs'. */
  readonly source: string;
  /** Names of programs and the packages that they are built from. */
  readonly programs: Readonly<Record<string, string>>;
  /** The variables that a release's own build sets. */
  readonly variables: (version: string) => Readonly<Record<string, string>>;
  /** @default nothing: all is as its authors released it */
  readonly additions?: readonly Addition[];
}

export const RECIPES: Record<Module, Recipe> = {
  actionlint: {
    source: 'github.com/rhysd/actionlint',
    programs: { actionlint: 'github.com/rhysd/actionlint/cmd/actionlint' },
    variables: (version) => ({ 'github.com/rhysd/actionlint.version': version }),
  },
  chart: {
    source: 'helm.sh/helm/v4',
    programs: { helm: 'helm.sh/helm/v4/cmd/helm', strict: './strict' },
    variables: (version) => ({ 'helm.sh/helm/v4/internal/version.version': version }),
  },
  // CoreDNS with the plugins that a cluster's DNS needs, of some sixty that its own program has.
  dns: {
    source: 'github.com/coredns/coredns',
    programs: { coredns: '.' },
    variables: () => ({}),
  },
  etcd: {
    source: 'go.etcd.io/etcd/server/v3',
    programs: { etcd: 'go.etcd.io/etcd/server/v3' },
    variables: () => ({}),
  },
  kubernetes: {
    source: 'k8s.io/kubernetes',
    programs: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    variables: kubernetesVariables,
  },
  metallb: {
    source: 'go.universe.tf/metallb',
    programs: { controller: 'go.universe.tf/metallb/controller', speaker: 'go.universe.tf/metallb/speaker' },
    variables: () => ({}),
  },
  // Its FRR-K8s mode, which nothing here runs, names a field that frr-k8s has from 0.0.27 on, and that version is refused by
  // the module proxy: go.mod has 0.0.26 in its place, and the field is added.
  'metallb-0.16.2': {
    source: 'go.universe.tf/metallb',
    programs: { controller: 'go.universe.tf/metallb/controller', speaker: 'go.universe.tf/metallb/speaker' },
    variables: () => ({}),
    additions: [
      {
        module: 'github.com/metallb/frr-k8s',
        file: 'api/v1beta1/frrconfiguration_types.go',
        before: '	// PrefixesWithCommunity is',
        text: '	PrefixesWithAsPathPrepend []AsPathPrependPrefixes `json:"withAsPathPrepend,omitempty"`\n\n',
      },
      {
        module: 'github.com/metallb/frr-k8s',
        file: 'api/v1beta1/groupversion_info.go',
        before: 'var (\n',
        text: 'type AsPathPrependPrefixes struct {\n	Prefixes      []string `json:"prefixes,omitempty"`\n	AsPathPrepend uint8    `json:"asPathPrepend,omitempty"`\n}\n\n',
      },
    ],
  },
  // Apart from the rest of their module: only real nodes need them, and they take as long as all others together.
  node: {
    folder: 'kubernetes',
    source: 'k8s.io/kubernetes',
    programs: {
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    },
    variables: kubernetesVariables,
  },
  pause: {
    source: 'vipwatch.test/cluster/pause',
    programs: { pause: '.' },
    variables: () => ({}),
  },
};

function kubernetesVariables(version: string): Readonly<Record<string, string>> {
  const [gitMajor = '', gitMinor = ''] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor, gitMinor };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`k8s.io/component-base/version.${name}`, value]),
  );
}
