// The Helm chart, rendered by Helm, and the manifests made from it.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import type { AlertRule, RuleGroup } from '../../scripts/alerts/rule.ts';
import { ALERT_NAMES } from '../../scripts/alerts/rules.ts';
import { renderedFiles, renderManifests, schemaText } from '../../scripts/render-manifests.ts';
import { KIND_KEYS, KINDS } from '../../src/check/model/kinds.ts';
import { parseConfig } from '../../src/config/config.ts';
import { RELOADING } from '../../src/config/reload.ts';
import { promtool } from '../alerts/promtool.ts';
import { Helm, helmUnavailable, IMAGE } from './helm.ts';
import {
  CHART,
  configText,
  type KubernetesObject,
  MANIFESTS,
  manifestObjects,
  objectOfKind,
  objectsOfKind,
  podTemplate,
  ROOT,
} from './objects.ts';
import { ACCEPTED, COMBINED, REFUSED, STATIC, type Values } from './values.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A cold build of Helm; milliseconds. */
const BUILD_TIMEOUT = 30 * 60_000;

const unavailable = helmUnavailable();

describe.skipIf(unavailable !== undefined)('the chart', () => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await Helm.find();
  }, BUILD_TIMEOUT);

  describe.each(Object.entries({ ...ACCEPTED, ...COMBINED }))('with %s', (_, values) => {
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

    it('mounts the Secret for Alertmanager where it is named, for itself alone', async () => {
      const { spec } = podTemplate(await helm.render(ACCEPTED['an Alertmanager that asks for a password']!));
      expect(spec.volumes).toContainEqual({
        name: 'alertmanager',
        secret: { secretName: 'alertmanager-login', defaultMode: 0o400 },
      });
      expect(spec.containers[0].volumeMounts).toContainEqual({
        name: 'alertmanager',
        mountPath: '/etc/vipwatch-alertmanager',
        readOnly: true,
      });
    });

    it('mounts what imports of DHCP leases need, to be read alone', async () => {
      const { spec } = podTemplate(await helm.render(ACCEPTED['tables of DHCP servers']!));
      expect(spec.volumes).toEqual(
        expect.arrayContaining([
          { name: 'dhcp-import', secret: { secretName: 'router-login', defaultMode: 0o400 } },
          { name: 'dhcp-leases', hostPath: { path: '/var/lib/misc' } },
        ]),
      );
      expect(spec.containers[0].volumeMounts).toEqual(
        expect.arrayContaining([
          { name: 'dhcp-import', mountPath: '/etc/vipwatch-dhcp-import', readOnly: true },
          { name: 'dhcp-leases', mountPath: '/var/lib/misc', readOnly: true },
        ]),
      );
    });

    it('mounts nothing of the node where the journal is in memory', async () => {
      const { spec } = podTemplate(await helm.render(ACCEPTED['no journal']!));
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
      expect(everywhere.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
      expect(everywhere.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
      expect(everywhere.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
      const local = await helm.render(ACCEPTED['only for the node itself']!);
      const [container] = podTemplate(local).spec.containers;
      expect(container.livenessProbe.httpGet).toMatchObject({ port: 'http', host: '127.0.0.1' });
      expect(container.readinessProbe.httpGet).toMatchObject({ port: 'http', host: '127.0.0.1' });
      expect(container.ports).toEqual([{ name: 'http', containerPort: 9999, protocol: 'TCP' }]);
      expect(objectOfKind(local, 'Service').spec).toMatchObject({
        clusterIP: 'None',
        ports: [{ name: 'http', port: 9999, targetPort: 'http' }],
      });
    });

    it('is told which pod it is, and where MetalLB runs', async () => {
      const [container] = podTemplate(await helm.render({ metallb: { namespace: 'lb' } })).spec.containers;
      expect(container.env).toEqual([
        { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
        { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'METALLB_NAMESPACE', value: 'lb' },
      ]);
    });

    it.each([
      { image: {}, name: `${IMAGE}:${packageJson.version}`, pulled: 'Never' },
      { image: { tag: 'main' }, name: `${IMAGE}:main`, pulled: 'Never' },
      {
        image: { repository: 'localhost:5000/v', tag: '1' },
        name: 'localhost:5000/v:1',
        pulled: 'IfNotPresent',
      },
      {
        image: { pullPolicy: 'IfNotPresent' },
        name: `${IMAGE}:${packageJson.version}`,
        pulled: 'IfNotPresent',
      },
      {
        image: { repository: 'registry.example/v', tag: 'main', digest: `sha256:${'0'.repeat(64)}` },
        name: `registry.example/v@sha256:${'0'.repeat(64)}`,
        pulled: 'IfNotPresent',
      },
      {
        image: { registry: 'registry.example', repository: 'lan/v', tag: 'main' },
        name: 'registry.example/lan/v:main',
        pulled: 'IfNotPresent',
      },
    ])('runs $name, pulled $pulled', async ({ image, name, pulled }) => {
      const [container] = podTemplate(await helm.render({ image })).spec.containers;
      expect(container).toMatchObject({ image: name, imagePullPolicy: pulled });
    });

    it('runs the image of the registry of a whole company, unless its own is named', async () => {
      const global = { imageRegistry: 'mirror.example' };
      const imageOf = async (image: object) =>
        podTemplate(await helm.render({ global, image })).spec.containers[0].image;
      expect(await imageOf({ repository: 'v', tag: '1' })).toBe('mirror.example/v:1');
      expect(await imageOf({ registry: 'own.example', repository: 'v', tag: '1' })).toBe('own.example/v:1');
    });

    it('tells why it ended, and is watched once it listens', async () => {
      const template = podTemplate(await helm.render({}));
      expect(template.spec.containers[0]).toMatchObject({
        terminationMessagePolicy: 'FallbackToLogsOnError',
        startupProbe: { initialDelaySeconds: 3 },
      });
      expect(objectOfKind(await helm.render({}), 'DaemonSet').spec).toMatchObject({ minReadySeconds: 10 });
    });

    it('is replaced when the configuration changes, but for what a running agent takes in', async () => {
      const checksum = async (values: Values) =>
        podTemplate(await helm.render(values)).metadata.annotations['checksum/config'];
      expect(await checksum({})).toBe(await checksum({ podLabels: { team: 'network' } }));
      expect(await checksum({})).not.toBe(await checksum({ config: { http: { port: 9798 } } }));
      const live = {
        dhcp: { servers: ['192.168.1.1'] },
        probe: { interval: '2s' },
        failover: { maxGap: '5s' },
        alertmanager: { urls: ['http://alertmanager.example:9093'] },
        findings: { kinds: { 'proxy-arp': { enabled: false } } },
        check: { every: '1h', ignore: [{ id: 'slow-eviction', comment: 'on purpose' }] },
      };
      const groups = RELOADING.filter(({ option, kept }) => kept === null && !option.includes('.'));
      expect(Object.keys(live)).toEqual(groups.map(({ option }) => option));
      for (const [option, value] of Object.entries(live))
        expect(await checksum({ config: { [option]: value } }), option).toBe(await checksum({}));
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
        kubernetes: { kubeconfig: null },
      });
    });

    it('takes every example that values.yaml holds as a comment', () => {
      const lines = readFileSync(join(CHART, 'values.yaml'), 'utf8').split('\n');
      // Comments that are YAML begin with a key.
      const uncommented = lines.map((line) => line.replace(/^( +)# (?=( |[a-z][a-zA-Z]*:( |$)))/, '$1'));
      const { config } = parse(uncommented.join('\n'));
      expect(config.intent.static.vips).toHaveLength(1);
      const examples = { ...config, intent: { ...config.intent, source: 'static' } };
      parseConfig(JSON.stringify(examples), 'the examples', { insideCluster: true });
    });
  });

  describe('rights', () => {
    const rulesOf = (role: KubernetesObject) => role.rules;
    const subjects = [{ kind: 'ServiceAccount', name: 'vipwatch', namespace: 'vipwatch' }];

    const OWN = 'vipwatch';
    const METALLB = 'metallb-system';
    const rule = (apiGroup: string, resources: string, verbs: string) => ({
      apiGroups: [apiGroup],
      resources: resources.split(' '),
      verbs: verbs.split(' '),
    });
    /** What all the others come on top of. */
    const ACKNOWLEDGEMENTS = {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: ['vipwatch-acknowledgements'],
      verbs: ['get', 'list', 'watch', 'patch'],
    };
    const READING = {
      cluster: [
        rule('', 'services nodes', 'list watch'),
        rule('discovery.k8s.io', 'endpointslices', 'list watch'),
        rule('', 'events', 'create get patch'),
        rule('authentication.k8s.io', 'tokenreviews', 'create'),
        rule('authorization.k8s.io', 'subjectaccessreviews', 'create'),
      ],
      [OWN]: [rule('', 'pods', 'list watch patch'), ACKNOWLEDGEMENTS],
      [METALLB]: [
        rule('', 'pods', 'list watch'),
        rule(
          'metallb.io',
          'ipaddresspools l2advertisements bgpadvertisements servicel2statuses',
          'list watch',
        ),
      ],
    };
    const TESTING = {
      cluster: READING.cluster,
      [OWN]: [
        ...READING[OWN]!.slice(0, 1),
        rule('vipwatch.dev', 'failovertests', 'list watch create patch delete'),
        rule('vipwatch.dev', 'failovertests/status', 'patch'),
        ...READING[OWN]!.slice(1),
      ],
      [METALLB]: READING[METALLB]!,
    };
    const NODES = rule('', 'nodes', 'get patch');

    it.each([
      { modes: [], rights: READING },
      { modes: undefined, rights: { ...TESTING, cluster: [...TESTING.cluster, NODES] } },
      { modes: ['observe'], rights: TESTING },
      { modes: ['drain'], rights: { ...TESTING, cluster: [...TESTING.cluster, NODES] } },
      {
        modes: ['delete-pod'],
        rights: {
          ...TESTING,
          cluster: [...TESTING.cluster, NODES],
          [METALLB]: [...TESTING[METALLB]!, rule('', 'pods', 'delete')],
        },
      },
      {
        modes: ['freeze'],
        rights: { ...TESTING, [OWN]: [...TESTING[OWN]!, rule('', 'pods', 'get create delete')] },
      },
    ])('with the modes $modes of failover tests are these, and no others', async ({ modes, rights }) => {
      const objects = await helm.render({ config: { failoverTest: modes ? { modes } : {} } });
      const roles = objectsOfKind(objects, 'Role');
      expect({
        cluster: objectsOfKind(objects, 'ClusterRole').flatMap(rulesOf),
        ...Object.fromEntries(roles.map((role) => [role.metadata.namespace, role.rules])),
      }).toEqual(rights);
      const definitions = objectsOfKind(objects, 'CustomResourceDefinition');
      expect(definitions).toHaveLength(modes?.length === 0 ? 0 : 1);
      // It outlives the release: with it would go the tests, and what they have injected would stay.
      for (const { metadata } of definitions)
        expect(metadata).toMatchObject({ annotations: { 'helm.sh/resource-policy': 'keep' } });
    });

    const POLICIES = ['vipwatch-configmaps', 'vipwatch-events', 'vipwatch-nodes', 'vipwatch-pods'];
    const CONFINED = { policies: POLICIES, modes: undefined, nodes: 'get patch' };
    const UNCONFINED = { policies: [], modes: ['observe'], nodes: '' };

    it.each([
      { what: 'the defaults', values: {}, flags: ['--kube-version=1.30'], so: CONFINED },
      { what: 'an older API server', values: {}, flags: ['--kube-version=1.29.9'], so: UNCONFINED },
      { what: 'no policies', values: { admissionPolicy: { enabled: false } }, flags: [], so: UNCONFINED },
      {
        what: 'no policies, and drain asked for',
        values: { admissionPolicy: { enabled: false }, config: { failoverTest: { modes: ['drain'] } } },
        flags: [],
        so: { policies: [], modes: ['drain'], nodes: 'get patch' },
      },
      {
        what: 'no policies, and a cooldown',
        values: { admissionPolicy: { enabled: false }, config: { failoverTest: { cooldown: '5m' } } },
        flags: [],
        so: UNCONFINED,
      },
      {
        what: 'a static intent',
        values: { config: { intent: STATIC } },
        flags: [],
        so: { policies: [], modes: undefined, nodes: '' },
      },
    ])('with $what are confined by policies, or do not have every Node', async ({ values, flags, so }) => {
      const objects = await helm.render(values, ...flags);
      const named = (kind: string) => objectsOfKind(objects, kind).map(({ metadata }) => metadata.name);
      const rules = objectsOfKind(objects, 'ClusterRole').flatMap((role) => role.rules as object[]);
      const { failoverTest } = parse(configText(objects)) as { failoverTest?: { modes?: string[] } };
      expect({
        policies: named('ValidatingAdmissionPolicy').sort(),
        modes: failoverTest?.modes,
        nodes: rules.some((one) => JSON.stringify(one) === JSON.stringify(NODES)) ? 'get patch' : '',
      }).toEqual(so);
      expect(named('ValidatingAdmissionPolicyBinding').sort()).toEqual(so.policies);
    });

    it.each([
      { intent: {}, writes: true },
      { intent: { kubernetes: {} }, writes: true },
      { intent: { kubernetes: { events: true } }, writes: true },
      { intent: { kubernetes: { events: false } }, writes: false },
      { intent: STATIC, writes: false },
    ])('with the intent $intent to write Events: $writes', async ({ intent, writes }) => {
      const objects = await helm.render({ config: { intent } });
      const rules = objectsOfKind(objects, 'ClusterRole').flatMap((role) => role.rules as object[]);
      const onEvents = rules.filter((one) => JSON.stringify(one).includes('events'));
      expect(onEvents).toEqual(writes ? [rule('', 'events', 'create get patch')] : []);
      expect(JSON.stringify(objectsOfKind(objects, 'Role'))).not.toContain('events');
    });

    it('let one agent pass on what it reads by URL, in one ConfigMap that is there', async () => {
      const passesOn = async (config: object) => {
        const objects = await helm.render({ config });
        const names = objectsOfKind(objects, 'ConfigMap').map(({ metadata }) => metadata.name);
        const rules = objectsOfKind(objects, 'Role').flatMap((role) => role.rules as object[]);
        return [names.slice(1), rules.filter((one) => JSON.stringify(one).includes('configmaps'))];
      };
      const url = [{ type: 'pihole', url: 'https://pi.hole' }];
      const rule = { apiGroups: [''], resources: ['configmaps'], resourceNames: ['vipwatch-dhcp-import'] };
      expect(await passesOn({ dhcp: { import: url } })).toEqual([
        ['vipwatch-acknowledgements', 'vipwatch-dhcp-import'],
        [ACKNOWLEDGEMENTS, { ...rule, verbs: ['list', 'watch', 'patch'] }],
      ]);
      const none = [['vipwatch-acknowledgements'], [ACKNOWLEDGEMENTS]];
      expect(await passesOn({ dhcp: { import: [{ type: 'dnsmasq', file: '/leases' }] } })).toEqual(none);
      expect(await passesOn({ intent: STATIC, dhcp: { import: url } })).toEqual([[], []]);
    });

    it('to list what the checks read, nothing else and no Secret, are there where an agent looks', async () => {
      const { checks } = await rightsOfChecks({ check: { every: '1h' } });
      const allowed = checks.flatMap(({ apiGroups, resources, resourceNames }) =>
        apiGroups.flatMap((group) =>
          resources.map((one) => [group, one, ...(resourceNames ?? [])].join(' ')),
        ),
      );
      const wanted = KIND_KEYS.map((key) => {
        const { group, path } = KINDS[key];
        const names = key === 'configmaps' ? ['kube-proxy'] : [];
        return [group, path.split('/').at(-1), ...names].join(' ');
      });
      expect(allowed.toSorted()).toEqual(wanted.toSorted());
      expect(new Set(checks.flatMap(({ verbs }) => verbs))).toEqual(new Set(['list']));
      expect(JSON.stringify(checks)).not.toMatch(/secrets|"\*"/);
    });

    it.each([
      { what: 'no check is wanted', config: {} },
      { what: 'results are suppressed alone', config: { check: { ignore: [] } } },
      { what: 'the intent is static', config: { intent: STATIC, check: { every: '1h' } } },
    ])('to list for the checks are not there where $what', async ({ config }) => {
      const { checks, names } = await rightsOfChecks(config);
      expect(checks).toEqual([]);
      expect(names.filter((name) => name.includes('check'))).toEqual([]);
    });

    /** What the roles for the checks allow, and the names of all roles and bindings. */
    async function rightsOfChecks(config: object) {
      const objects = await helm.render({ config });
      const named = (pattern: RegExp) => objects.filter(({ kind }) => pattern.test(kind));
      const ofChecks = named(/^(Cluster)?Role$/).filter(({ metadata }) => metadata.name === 'vipwatch-check');
      return {
        checks: ofChecks.flatMap((role) => role.rules as unknown as Rule[]),
        names: named(/^(Cluster)?Role(Binding)?$/).map(({ metadata }) => metadata.name),
      };
    }

    it('are none with a static intent, which needs no token: not even where MetalLB would be', async () => {
      const objects = await helm.render({ config: { intent: STATIC } });
      expect(objects.filter(({ kind }) => /Role|CustomResource|Admission/.test(kind))).toEqual([]);
      expect(objects.filter(({ metadata }) => (metadata.namespace ?? 'vipwatch') !== 'vipwatch')).toEqual([]);
    });

    it('are bound to the account of the pod, where they are needed', async () => {
      const objects = await helm.render({});
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

  it.each(['PrometheusRule', 'ConfigMap'])(
    'makes no %s of alerts or dashboards unless wanted',
    async (kind) => {
      const names = objectsOfKind(await helm.render({}), kind).map(({ metadata }) => metadata.name);
      expect(names).toEqual(kind === 'ConfigMap' ? ['vipwatch', 'vipwatch-acknowledgements'] : []);
    },
  );

  it('brings the alert rules and the dashboard as they are in deploy/', async () => {
    const objects = await helm.render(ACCEPTED['alerts and a dashboard']!);
    const rule = objectOfKind(objects, 'PrometheusRule');
    expect(rule.metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(rule.spec).toEqual(parse(readFileSync(join(ROOT, 'deploy/alerts/vipwatch.rules.yaml'), 'utf8')));
    const map = objectsOfKind(objects, 'ConfigMap').find(({ metadata }) =>
      metadata.name.endsWith('-dashboard'),
    );
    expect(map).toMatchObject({
      metadata: {
        name: 'vipwatch-dashboard',
        labels: { grafana_dashboard: '1' },
        annotations: { grafana_folder: 'Network' },
      },
      data: { 'vipwatch.json': readFileSync(join(ROOT, 'deploy/dashboards/vipwatch.json'), 'utf8') },
    });
  });

  it('brings the alert rules as they are wanted', async () => {
    const values = ACCEPTED['alerts as they are wanted']!;
    const spec = objectOfKind(await helm.render(values), 'PrometheusRule').spec as { groups: RuleGroup[] };
    const rules = spec.groups.flatMap((group) => group.rules);
    const alerts = rules.filter((rule): rule is AlertRule => 'alert' in rule);
    const names = new Set(alerts.map(({ alert }) => alert));
    expect(ALERT_NAMES.filter((name) => !names.has(name))).toEqual([
      'VipwatchProxyArp',
      'VipwatchMalformedFrames',
    ]);
    for (const { labels, annotations } of alerts) {
      expect(labels).toMatchObject({
        severity: expect.stringMatching(/^(critical|warning|info)$/),
        team: 'net',
      });
      expect(annotations.runbook_url).toMatch(/^https:\/\/wiki\.example\/vipwatch#[a-z-]+$/);
    }
    expect(JSON.stringify(spec)).not.toMatch(/30d|\b0\.9\b/);
    const missed = alerts.find(({ alert }) => alert === 'VipwatchObjectiveMissed')!;
    expect(missed.expr).toBe(
      'vip:vipwatch_takeovers_within_objective:ratio_7d{class="failover"} < 0.95 and vip:vipwatch_takeovers:increase7d >= 5',
    );
    expect(missed.annotations.description).toContain('a share of 0.95 within');
    // As Prometheus reads them.
    const file = join(mkdtempSync(join(tmpdir(), 'vipwatch-chart-')), 'rules.yaml');
    writeFileSync(file, JSON.stringify(spec));
    expect(promtool('check', 'rules', file)).toBe('');
  });

  describe('values', () => {
    it.each(REFUSED)('$values are refused', async ({ values, says }) => {
      const { code, stdout, stderr } = await helm.template(values);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(says);
    });

    it('of values.yaml are all that the schema knows', () => {
      const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
      const { properties } = JSON.parse(schemaText());
      const ofHelm = ['global', 'enabled'];
      expect(Object.keys(properties).sort()).toEqual([...Object.keys(values), ...ofHelm].sort());
    });
  });

  it.each(['install.md', 'quickstart-k3s.md'])('takes the values that docs/%s shows', async (name) => {
    const page = readFileSync(join(ROOT, 'docs', name), 'utf8');
    const values = parse(/^```yaml\n# values\.yaml\n([\s\S]*?)^```$/m.exec(page)![1]!);
    const inside = parseConfig(configText(await helm.render(values)), 'the ConfigMap', {
      insideCluster: true,
    });
    expect(inside).toMatchObject({
      dhcp: { ranges: [{}], servers: [expect.stringMatching(/^192\.168\.[01]\.1$/)] },
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
    });
  });
});

// These need no Helm.
describe('deploy/', () => {
  it.each([...renderedFiles()])('%s is as scripts/render-manifests.ts writes it', (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('names an image that no registry has', () => {
    const [container] = podTemplate(manifestObjects()).spec.containers;
    expect(container).toMatchObject({ image: `${IMAGE}:${packageJson.version}`, imagePullPolicy: 'Never' });
  });

  it('has a kustomization of the manifests, whose example names their image and DaemonSet', () => {
    const folder = join(ROOT, 'deploy/manifests');
    const text = readFileSync(join(folder, 'kustomization.yaml'), 'utf8');
    const { resources, images, patches } = parse(text.replaceAll(/^# (?=images:|patches:| )/gm, ''));
    expect(resources).toEqual([basename(MANIFESTS)]);
    expect(images[0].name).toBe(IMAGE);
    expect(images[0].newTag).toBe(packageJson.version);
    const { kind, name } = patches[0].target;
    expect(objectOfKind(manifestObjects(), kind).metadata.name).toBe(name);
  });
});
