// The Helm chart, rendered by Helm, and the manifests made from it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { renderManifests, schemaText } from '../../scripts/render-manifests.ts';
import { parseConfig } from '../../src/config.ts';
import { Helm, helmUnavailable, type Values } from './helm.ts';
import {
  CHART,
  configText,
  type KubernetesObject,
  MANIFESTS,
  objectOfKind,
  objectsOfKind,
  podTemplate,
} from './objects.ts';

/** A cold build of Helm; milliseconds. */
const BUILD_TIMEOUT = 30 * 60_000;

const STATIC = {
  source: 'static',
  static: {
    pools: [{ name: 'main-pool', addresses: ['192.168.1.240-192.168.1.245', 'fd00::/120'] }],
    vips: [{ address: '192.168.1.240', service: 'traefik/traefik' }],
    // YAML 1.1 reads such a MAC as a number to the base of 60 where it is not quoted.
    nodes: [{ name: 'cp', addresses: ['192.168.1.10'], macs: ['10:22:33:44:55:06'] }],
  },
};

const VALUES: Readonly<Record<string, Values>> = {
  'the defaults': {},
  'an intent': { config: { intent: STATIC, dhcp: { ranges: ['192.168.1.2-192.168.1.253'] } } },
  'intent from the cluster': { config: { intent: { source: 'kubernetes' } } },
  'no journal': { config: { journal: { path: ':memory:' } } },
  'only for the node itself': { config: { http: { address: '127.0.0.1', port: 9999 } } },
  'a PodMonitor': { podMonitor: { enabled: true, labels: { release: 'prometheus' }, interval: '15s' } },
  'a ServiceMonitor': { serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
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
};

const unavailable = helmUnavailable();

describe.skipIf(unavailable !== undefined)('the chart', () => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await Helm.find();
  }, BUILD_TIMEOUT);

  describe.each(Object.entries(VALUES))('with %s', (_, values) => {
    it('passes lint, and makes objects that Kubernetes knows to the last field', async () => {
      expect(await helm.lint(values)).toMatchObject({ code: 0 });
      const { code, stdout, stderr } = await helm.template(values);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(await helm.misfits(stdout)).toBe('');
    });
  });

  it('is judged by a decoder that finds what does not fit', async () => {
    const { stdout } = await helm.template({});
    expect(await helm.misfits(stdout.replace('hostNetwork:', 'hostNetwrok:'))).toContain(
      'unknown field "spec.template.spec.hostNetwrok"',
    );
    expect(await helm.misfits(stdout.replace('kind: DaemonSet', 'kind: DaemonSett'))).toContain('DaemonSett');
  });

  it('has the version of the program', () => {
    const { version, appVersion } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
    expect({ version, appVersion }).toEqual({
      version: packageJson.version,
      appVersion: packageJson.version,
    });
  });

  describe('the pod', () => {
    it('has one capability, and no way to more', async () => {
      const { spec } = podTemplate(await helm.render({}));
      expect(spec.containers.map(({ securityContext }) => securityContext)).toEqual([
        {
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
        },
      ]);
      expect(spec.securityContext).toEqual({
        runAsUser: 0,
        runAsGroup: 0,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.hostPID ?? spec.hostIPC ?? spec.initContainers).toBeUndefined();
    });

    it("is in the host's network on every node, whatever its taints", async () => {
      expect(podTemplate(await helm.render({})).spec).toMatchObject({
        hostNetwork: true,
        dnsPolicy: 'ClusterFirstWithHostNet',
        tolerations: [{ operator: 'Exists' }],
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        priorityClassName: 'system-node-critical',
      });
    });

    it("may write to the journal's folder on the node, and to nothing else", async () => {
      const { spec } = podTemplate(await helm.render({ journal: { hostPath: '/srv/vipwatch' } }));
      expect(spec.volumes).toEqual([
        { name: 'config', configMap: { name: 'vipwatch' } },
        { name: 'journal', hostPath: { path: '/srv/vipwatch', type: 'DirectoryOrCreate' } },
      ]);
      expect(spec.containers[0].volumeMounts).toEqual([
        { name: 'config', mountPath: '/etc/vipwatch', readOnly: true },
        { name: 'journal', mountPath: '/var/lib/vipwatch' },
      ]);
    });

    it('mounts nothing of the node where the journal is in memory', async () => {
      const { spec } = podTemplate(await helm.render(VALUES['no journal']!));
      expect(spec.volumes).toEqual([{ name: 'config', configMap: { name: 'vipwatch' } }]);
      expect(spec.containers[0].volumeMounts.map(({ name }) => name)).toEqual(['config']);
    });

    it.each([
      { source: 'static', token: false },
      { source: 'kubernetes', token: true },
      // The program's own default inside a cluster is the cluster.
      { source: null, token: true },
    ])('with intent.source $source: a token for the API is mounted: $token', async ({ source, token }) => {
      const { spec } = podTemplate(await helm.render({ config: { intent: { source } } }));
      expect(spec.automountServiceAccountToken).toBe(token);
    });

    it('asks for its health where it listens', async () => {
      const [everywhere] = podTemplate(await helm.render({})).spec.containers;
      expect(everywhere.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
      expect(everywhere.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
      const local = await helm.render(VALUES['only for the node itself']!);
      const [container] = podTemplate(local).spec.containers;
      expect(container.livenessProbe.httpGet).toMatchObject({ port: 'http', host: '127.0.0.1' });
      expect(container.readinessProbe.httpGet).toMatchObject({ port: 'http', host: '127.0.0.1' });
      expect(container.ports).toEqual([{ name: 'http', containerPort: 9999, protocol: 'TCP' }]);
      expect(objectOfKind(local, 'Service').spec).toMatchObject({
        clusterIP: 'None',
        ports: [{ name: 'http', port: 9999, targetPort: 'http' }],
      });
    });

    it.each([
      { image: {}, name: `vipwatch/vipwatch:${packageJson.version}` },
      { image: { tag: 'main' }, name: 'vipwatch/vipwatch:main' },
      {
        image: { repository: 'registry.example/v', tag: 'main', digest: `sha256:${'0'.repeat(64)}` },
        name: `registry.example/v@sha256:${'0'.repeat(64)}`,
      },
    ])('runs $name', async ({ image, name }) => {
      expect(podTemplate(await helm.render({ image })).spec.containers[0].image).toBe(name);
    });

    it('is replaced when the configuration changes', async () => {
      const checksum = async (values: Values) =>
        podTemplate(await helm.render(values)).metadata.annotations['checksum/config'];
      expect(await checksum({})).toBe(await checksum({ podLabels: { team: 'network' } }));
      expect(await checksum({})).not.toBe(await checksum({ config: { probe: { interval: '2s' } } }));
    });
  });

  describe('the configuration', () => {
    it('arrives as it was written', async () => {
      const config = { intent: STATIC, probe: { interval: '2s' }, interfaces: ['eth0'] };
      const inside = parseConfig(configText(await helm.render({ config })), 'the ConfigMap', {
        insideCluster: true,
      });
      const written = parseConfig(JSON.stringify(config), 'the values', { insideCluster: true });
      expect(inside).toEqual(written);
    });

    it('of the defaults starts the program of this version', async () => {
      const text = configText(await helm.render({}));
      expect(parseConfig(text, 'the ConfigMap', { insideCluster: true })).toMatchObject({
        http: { address: '0.0.0.0', port: 9797 },
      });
    });

    it('takes every example that values.yaml holds as a comment', () => {
      const lines = readFileSync(join(CHART, 'values.yaml'), 'utf8').split('\n');
      // Comments that are YAML begin with a key.
      const examples = lines.map((line) => line.replace(/^( +)# (?=( |[a-z]+:( |$)))/, '$1'));
      const { config } = parse(examples.join('\n'));
      expect(config.intent.static.vips).toHaveLength(1);
      parseConfig(JSON.stringify(config), 'the examples', { insideCluster: true });
    });
  });

  describe('rights', () => {
    const rulesOf = (role: KubernetesObject) => role.rules;
    const subjects = [{ kind: 'ServiceAccount', name: 'vipwatch', namespace: 'vipwatch' }];

    it('are these, and no others', async () => {
      const objects = await helm.render({});
      expect(objectsOfKind(objects, 'ClusterRole').map(rulesOf)).toEqual([
        [
          { apiGroups: [''], resources: ['services', 'nodes'], verbs: ['list', 'watch'] },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
        ],
      ]);
      const roles = objectsOfKind(objects, 'Role');
      const rules = Object.fromEntries(roles.map((role) => [role.metadata.namespace, role.rules]));
      expect(rules).toEqual({
        vipwatch: [{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch', 'patch'] }],
        'metallb-system': [
          { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
          {
            apiGroups: ['metallb.io'],
            resources: ['ipaddresspools', 'l2advertisements', 'bgpadvertisements', 'servicel2statuses'],
            verbs: ['list', 'watch'],
          },
        ],
      });
      const bindings = objects.filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(kind));
      expect(bindings.map((binding) => [binding.kind, binding.metadata.namespace, binding.roleRef])).toEqual([
        ['ClusterRoleBinding', undefined, roleRef('ClusterRole', 'vipwatch')],
        ['RoleBinding', 'vipwatch', roleRef('Role', 'vipwatch')],
        ['RoleBinding', 'metallb-system', roleRef('Role', 'vipwatch-metallb')],
      ]);
      for (const binding of bindings) expect(binding.subjects).toEqual(subjects);
    });

    it("in MetalLB's namespace are left out where that has no name", async () => {
      const objects = await helm.render({ metallb: { namespace: '' } });
      expect(objectsOfKind(objects, 'Role').map(({ metadata }) => metadata.namespace)).toEqual(['vipwatch']);
    });

    it('go to the account that the pod has', async () => {
      const objects = await helm.render({ serviceAccount: { create: false, name: 'mine' } });
      expect(objectsOfKind(objects, 'ServiceAccount')).toEqual([]);
      expect(podTemplate(objects).spec.serviceAccountName).toBe('mine');
      expect(objectOfKind(objects, 'ClusterRoleBinding').subjects).toEqual([
        { ...subjects[0], name: 'mine' },
      ]);
    });

    function roleRef(kind: string, name: string) {
      return { apiGroup: 'rbac.authorization.k8s.io', kind, name };
    }
  });

  describe.each([
    { kind: 'PodMonitor', key: 'podMonitor', endpoints: 'podMetricsEndpoints' },
    { kind: 'ServiceMonitor', key: 'serviceMonitor', endpoints: 'endpoints' },
  ])('the $kind', ({ kind, key, endpoints }) => {
    it('is not there unless wanted', async () => {
      expect(objectsOfKind(await helm.render({}), kind)).toEqual([]);
    });

    it('keeps the labels `service` and `node` of the metrics, and names each target by its node', async () => {
      const objects = await helm.render({ [key]: { enabled: true, interval: '15s' } });
      const { spec } = objectOfKind(objects, kind) as unknown as { spec: Record<string, unknown> };
      expect(spec[endpoints]).toEqual([
        {
          port: 'http',
          path: '/metrics',
          honorLabels: true,
          interval: '15s',
          relabelings: [{ sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'instance' }],
        },
      ]);
      const { metadata } = kind === 'PodMonitor' ? podTemplate(objects) : objectOfKind(objects, 'Service');
      const { matchLabels } = spec.selector as { matchLabels: object };
      expect(metadata.labels).toMatchObject(matchLabels);
    });
  });

  describe('values', () => {
    it.each<{ values: Values; says: RegExp }>([
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
        values: { config: { http: { port: 0 } } },
        says: /at '\/config\/http\/port': minimum: got 0, want 1/,
      },
      {
        values: { config: { intent: { static: { vips: [{ service: 'a/b' }] } } } },
        says: /at '\/config\/intent\/static\/vips\/0': missing property 'address'/,
      },
      {
        values: { image: { pullPolicy: 'Sometimes' } },
        says: /at '\/image\/pullPolicy': value must be one of/,
      },
      {
        values: { image: { digest: 'latest' } },
        says: /at '\/image\/digest': 'latest' does not match pattern/,
      },
      { values: { journal: { hostPath: 'var/lib' } }, says: /at '\/journal\/hostPath': .* does not match/ },
      { values: { journal: { hostPath: '/' } }, says: /at '\/journal\/hostPath': .* does not match/ },
      {
        values: { metallb: { namespace: 'Metal LB' } },
        says: /at '\/metallb\/namespace': .* does not match/,
      },
      { values: { rbac: { create: 'yes' } }, says: /at '\/rbac\/create': got string, want boolean/ },
      { values: { tolerations: { operator: 'Exists' } }, says: /at '\/tolerations': got object, want array/ },
      {
        values: { updateStrategy: { type: 'Recreate' } },
        says: /at '\/updateStrategy\/type': value must be one of/,
      },
      {
        values: { config: { journal: { path: '/data/journal.db' } } },
        says: /config\.journal\.path is \/data\/journal\.db: in the pod only \/var\/lib\/vipwatch can be written/,
      },
      {
        values: { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } },
        says: /podMonitor\.enabled and serviceMonitor\.enabled: choose one/,
      },
    ])('$values are refused', async ({ values, says }) => {
      const { code, stdout, stderr } = await helm.template(values);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(says);
    });

    it('of values.yaml are all that the schema knows', () => {
      const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
      const { properties } = JSON.parse(schemaText());
      const ofHelm = ['global'];
      expect(Object.keys(properties).sort()).toEqual([...Object.keys(values), ...ofHelm].sort());
    });

    it('have the schema that scripts/render-manifests.ts writes', () => {
      expect(readFileSync(join(CHART, 'values.schema.json'), 'utf8')).toBe(schemaText());
    });
  });

  describe('the manifests', () => {
    it('are the chart, rendered by scripts/render-manifests.ts', () => {
      expect(readFileSync(MANIFESTS, 'utf8')).toBe(renderManifests(helm.path));
    });

    it('make a namespace that lets the pods in, and say nothing of Helm', async () => {
      const text = readFileSync(MANIFESTS, 'utf8');
      expect(await helm.misfits(text)).toBe('');
      expect(text).not.toMatch(/helm/i);
      expect(text).toContain('pod-security.kubernetes.io/enforce: privileged');
      expect(text).toContain(`image: "vipwatch/vipwatch:${packageJson.version}"`);
    });
  });
});
