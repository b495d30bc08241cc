// Values that the chart takes, and values that it refuses.

export type Values = Readonly<Record<string, unknown>>;

export const STATIC = {
  source: 'static',
  static: {
    pools: [{ name: 'main-pool', addresses: ['192.168.1.240-192.168.1.245', 'fd00::/120'] }],
    vips: [{ address: '192.168.1.240', service: 'traefik/traefik' }],
    // YAML 1.1 reads such a MAC as a number to the base of 60 where it is not quoted.
    nodes: [{ name: 'cp', addresses: ['192.168.1.10'], macs: ['10:22:33:44:55:06'] }],
  },
};

export const ACCEPTED: Readonly<Record<string, Values>> = {
  'the defaults': {},
  'an intent': { config: { intent: STATIC, dhcp: { ranges: ['192.168.1.2-192.168.1.253'] } } },
  'no Events': { config: { intent: { kubernetes: { events: false } } } },
  'no intent': { config: { intent: { source: 'static' } } },
  'findings as they are wanted': {
    config: {
      findings: {
        kinds: { 'vip-flapping': { severity: 'critical', holdDown: '30m', quiet: '1h' } },
        ignore: [{ mac: '02:00:00:00:00:99', comment: 'the printer' }],
        silences: [{ kinds: ['proxy-arp'], until: '2026-03-01T18:00:00Z', comment: 'a new router' }],
      },
    },
  },
  'an Alertmanager that asks for a password': {
    alertmanager: { secretName: 'alertmanager-login' },
    config: {
      alertmanager: {
        urls: ['https://alertmanager.monitoring:9093'],
        labels: { cluster: 'home' },
        tls: { caFile: '/etc/vipwatch-alertmanager/ca.crt' },
        basicAuth: { username: 'vipwatch', passwordFile: '/etc/vipwatch-alertmanager/password' },
      },
    },
  },
  'tables of DHCP servers': {
    dhcpImport: { secretName: 'router-login', hostPath: '/var/lib/misc' },
    config: {
      dhcp: {
        import: [
          { type: 'dnsmasq', file: '/var/lib/misc/dnsmasq.leases' },
          { type: 'opnsense', url: 'https://router', keyFile: '/etc/vipwatch-dhcp-import/apikey.txt' },
        ],
      },
    },
  },
  'checks by an agent': { config: { check: { every: '1h' } } },
  'no journal': { config: { journal: { path: ':memory:' } } },
  'only for the node itself': { config: { http: { address: '127.0.0.1', port: 9999 } } },
  'every mode of failover tests': {
    config: { failoverTest: { modes: ['observe', 'drain', 'delete-pod', 'freeze'], cooldown: '5m' } },
  },
  'no policies for what the agents write': { admissionPolicy: { enabled: false } },
  'no failover tests': { config: { failoverTest: { modes: [] } } },
  'a PodMonitor': { podMonitor: { enabled: true, labels: { release: 'prometheus' }, interval: '15s' } },
  'a ServiceMonitor': { serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
  'alerts and a dashboard': {
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    commonLabels: { 'app.kubernetes.io/part-of': 'lan' },
    dashboard: { enabled: true, annotations: { grafana_folder: 'Network' } },
  },
  'alerts as they are wanted': {
    prometheusRule: {
      enabled: true,
      alertLabels: { team: 'net', namespace: 'vipwatch' },
      disabled: ['VipwatchProxyArp', 'VipwatchMalformedFrames'],
      runbookUrl: 'https://wiki.example/vipwatch',
      objective: { ratio: 0.95, window: '7d' },
    },
  },
  'nothing that can be left out': {
    rbac: { create: false },
    serviceAccount: { create: false },
    metallb: { namespace: '' },
    priorityClassName: '',
    resources: {},
    nodeSelector: {},
    tolerations: [],
  },
  'everything that can be said': {
    namespace: { create: true },
    fullnameOverride: 'watcher',
    image: {
      repository: 'registry.example/vipwatch',
      digest: `sha256:${'0'.repeat(64)}`,
      pullPolicy: 'Always',
    },
    imagePullSecrets: [{ name: 'pull' }],
    journal: { hostPath: '/srv/vipwatch' },
    metallb: { namespace: 'lb' },
    serviceAccount: { name: 'own', annotations: { a: 'b' } },
    affinity: { nodeAffinity: {} },
    updateStrategy: { type: 'OnDelete' },
    podAnnotations: { a: 'b' },
    podLabels: { team: 'network' },
    service: { annotations: { a: 'b' } },
  },
  'more than the chart knows': {
    extraArgs: ['--help'],
    extraEnv: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=128' }],
    extraVolumes: [{ name: 'ca', configMap: { name: 'corporate-ca' } }],
    extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/corporate-ca', readOnly: true }],
    daemonSetAnnotations: { 'reloader.example/auto': 'true' },
    minReadySeconds: 0,
  },
  "labels that are the chart's": {
    commonLabels: { 'app.kubernetes.io/name': 'other', team: 'network' },
    podLabels: { 'app.kubernetes.io/instance': 'other', team: 'lan' },
    podAnnotations: { 'checksum/config': 'mine' },
    podMonitor: { enabled: true, labels: { 'app.kubernetes.io/instance': 'prometheus' } },
  },
  'a monitor of many words': {
    serviceMonitor: {
      enabled: true,
      annotations: { a: 'b' },
      interval: '30s',
      scrapeTimeout: '10s',
      relabelings: [{ targetLabel: 'cluster', replacement: 'home' }],
      metricRelabelings: [{ sourceLabels: ['__name__'], regex: 'nodejs_.*', action: 'drop' }],
    },
  },
  'no test': { tests: { enabled: false } },
  'a registry': { image: { registry: 'registry.example', repository: 'lan/vipwatch', tag: 'main' } },
  'a registry of all charts': { global: { imageRegistry: 'mirror.example' }, image: { repository: 'v' } },
};

/** Parts of {@link ACCEPTED}, two and two and three and three. */
export const COMBINED: Readonly<Record<string, Values>> = combined();

function combined(): Record<string, Values> {
  const all = Object.entries(ACCEPTED);
  const at = (i: number) => all[i % all.length]!;
  const sets = all.map((_, i) => (i % 2 === 0 ? [at(i), at(i + 7)] : [at(i), at(i + 5), at(i + 11)]));
  return Object.fromEntries(
    sets.map((set) => [set.map(([name]) => name).join(', '), merged(set.map(([, values]) => values))]),
  );
}

function merged(all: readonly Values[]): Values {
  const keys = new Set(all.flatMap((values) => Object.keys(values)));
  const one = Object.fromEntries(
    [...keys].map((key) => {
      const found = all.map((values) => values[key]).filter((value) => value !== undefined);
      return [key, found.every(isMap) ? merged(found) : found.at(-1)];
    }),
  );
  // Prometheus would read every agent twice.
  if (one.podMonitor) delete one.serviceMonitor;
  return one;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const REFUSED: readonly { readonly values: Values; readonly says: RegExp }[] = [
  { values: { imag: {} }, says: /additional properties 'imag' not allowed/ },
  {
    values: { config: { prob: { interval: '1s' } } },
    says: /at '\/config': additional properties 'prob' not allowed/,
  },
  {
    values: { config: { intent: { source: 'file' } } },
    says: /at '\/config\/intent\/source': value must be one of 'static', 'kubernetes'/,
  },
  {
    values: { config: { intent: { kubernetes: { events: 'no' } } } },
    says: /at '\/config\/intent\/kubernetes\/events': got string, want boolean/,
  },
  {
    values: { config: { http: { port: 0 } } },
    says: /at '\/config\/http\/port': minimum: got 0, want 1/,
  },
  {
    values: { config: { intent: { static: { vips: [{ service: 'a/b' }] } } } },
    says: /at '\/config\/intent\/static\/vips\/0': missing property 'address'/,
  },
  {
    values: { config: { failoverTest: { modes: ['kill'] } } },
    says: /at '\/config\/failoverTest\/modes\/0': value must be one of 'observe', 'drain'/,
  },
  {
    values: { image: { pullPolicy: 'Sometimes' } },
    says: /at '\/image\/pullPolicy': value must be one of/,
  },
  {
    values: { image: { digest: 'latest' } },
    says: /at '\/image\/digest': 'latest' does not match pattern/,
  },
  {
    values: { image: { repository: '' } },
    says: /image\.repository is not set: say where your nodes find the image.*image\.repository=localhost\/vipwatch/,
  },
  { values: { config: null }, says: /at '': missing property 'config'/ },
  { values: { journal: null }, says: /at '': missing property 'journal'/ },
  {
    values: { prometheusRule: { objective: null } },
    says: /'\/prometheusRule': missing property 'objective'/,
  },
  {
    values: { extraEnv: [{ name: 'NODE_NAME', value: 'x' }] },
    says: /at '\/extraEnv\/0\/name': 'not' failed/,
  },
  { values: { minReadySeconds: -1 }, says: /at '\/minReadySeconds': minimum: got -1, want 0/ },
  { values: { podMonitor: { scrapeTimeout: '10' } }, says: /'10' does not match pattern/ },
  { values: { journal: { hostPath: 'var/lib' } }, says: /at '\/journal\/hostPath': .* does not match/ },
  { values: { journal: { hostPath: '/' } }, says: /at '\/journal\/hostPath': .* does not match/ },
  {
    values: { metallb: { namespace: 'Metal LB' } },
    says: /at '\/metallb\/namespace': .* does not match/,
  },
  { values: { rbac: { create: 'yes' } }, says: /at '\/rbac\/create': got string, want boolean/ },
  { values: { admissionPolicy: { create: true } }, says: /additional properties 'create' not allowed/ },
  { values: { dashboard: { enable: true } }, says: /additional properties 'enable' not allowed/ },
  { values: { tolerations: { operator: 'Exists' } }, says: /at '\/tolerations': got object, want array/ },
  {
    values: { updateStrategy: { type: 'Recreate' } },
    says: /at '\/updateStrategy\/type': value must be one of/,
  },
  {
    values: { prometheusRule: { disabled: ['VipwatchX'] } },
    says: /at '\/prometheusRule\/disabled\/0': value must be one of 'VipwatchLeaseOnVip', .*'VipwatchObjectiveMissed'/,
  },
  {
    values: { prometheusRule: { alertLabels: { severity: 'page' } } },
    says: /at '\/prometheusRule\/alertLabels\/severity': false schema/,
  },
  { values: { prometheusRule: { runbookUrl: 'wiki' } }, says: /'wiki' does not match pattern/ },
  { values: { prometheusRule: { objective: { ratio: 1 } } }, says: /exclusiveMaximum: got 1, want 1/ },
  { values: { prometheusRule: { objective: { window: '30' } } }, says: /'30' does not match pattern/ },
  {
    values: { config: { journal: { path: '/data/journal.db' } } },
    says: /config\.journal\.path is \/data\/journal\.db: in the pod only \/var\/lib\/vipwatch can be written/,
  },
  {
    values: { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } },
    says: /podMonitor\.enabled and serviceMonitor\.enabled: choose one/,
  },
];
