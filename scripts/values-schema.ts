// The schema of the chart's values. What stands under `config` is the program's own schema, so that Helm refuses a misspelt
// key before anything is installed; whether an address is one is judged by the program itself.
import { ConfigSchema } from '../src/config/schema.ts';
import { ALERT_NAMES } from './alerts/rules.ts';

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
/** Handed to Kubernetes as it is, which checks it. */
const map: Schema = { type: 'object' };
const texts: Schema = { type: 'object', additionalProperties: { type: 'string' } };
/** Empty means: none, or the default. */
const nameOrEmpty: Schema = { type: 'string', pattern: '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$' };
const time: Schema = { type: 'string', pattern: '^([0-9]+(ms|s|m|h))?$' };
const maps: Schema = { type: 'array', items: map };
const monitor = group({
  enabled: flag,
  labels: texts,
  annotations: texts,
  interval: time,
  scrapeTimeout: time,
  relabelings: maps,
  metricRelabelings: maps,
});

/** Set by the chart: Kubernetes takes the last of two, without a word. */
const OWN_VARIABLES = ['POD_NAME', 'POD_NAMESPACE', 'NODE_NAME', 'METALLB_NAMESPACE'];
const variable: Schema = {
  type: 'object',
  properties: { name: { type: 'string', minLength: 1, not: { enum: OWN_VARIABLES } } },
  required: ['name'],
};

/** By which Alertmanager knows an alert, and how grave it is, is not for the chart to change. */
function alertLabels(): Schema {
  return {
    type: 'object',
    propertyNames: { pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$' },
    properties: { alertname: false, severity: false },
    additionalProperties: { type: 'string' },
  };
}

/**
 * No keys but these.
 *
 * @param required besides the groups below: templates look into those, so that `null`, by which Helm takes a default away, is
 * refused with a word rather than by a template that fails.
 */
function group(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  const groups = Object.keys(properties).filter((key) => 'properties' in properties[key]!);
  const needed = [...new Set([...groups, ...required])];
  return {
    type: 'object',
    properties,
    ...(needed.length > 0 ? { required: needed } : {}),
    additionalProperties: false,
  };
}

/** The program's configuration, but for port 0: the kubelet must know which one to ask. */
function configSchema(): Schema {
  const { properties } = ConfigSchema;
  const { http } = properties;
  const port = { ...http.properties.port, minimum: 1 };
  return {
    ...ConfigSchema,
    properties: { ...properties, http: { ...http, properties: { ...http.properties, port } } },
  };
}

export function valuesSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: "Values of vipwatch's chart",
    ...chartValues(),
  };
}

function chartValues(): Schema {
  return group({
    // Helm's own, for charts that have this one inside: shared values, and the switch that their `condition` names.
    global: map,
    enabled: flag,
    config: configSchema(),
    image: group({
      registry: { type: 'string', pattern: '^([^/].*[^/])?$' },
      repository: text,
      tag: { type: 'string', pattern: '^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$' },
      digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
      pullPolicy: { enum: ['', 'Always', 'IfNotPresent', 'Never'] },
    }),
    imagePullSecrets: { type: 'array', items: group({ name: text }, ['name']) },
    nameOverride: nameOrEmpty,
    fullnameOverride: nameOrEmpty,
    commonLabels: texts,
    journal: group({ hostPath: { type: 'string', pattern: '^/[^/]' } }, ['hostPath']),
    alertmanager: group({
      secretName: { type: 'string', pattern: '^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$' },
    }),
    dhcpImport: group({
      secretName: { type: 'string', pattern: '^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$' },
      hostPath: { type: 'string', pattern: '^(/[^/].*)?$' },
    }),
    metallb: group({ namespace: nameOrEmpty }),
    rbac: group({ create: flag }),
    admissionPolicy: group({ enabled: flag }),
    serviceAccount: group({ create: flag, name: text, annotations: texts }),
    resources: map,
    tolerations: maps,
    nodeSelector: texts,
    affinity: map,
    priorityClassName: text,
    updateStrategy: group({ type: { enum: ['RollingUpdate', 'OnDelete'] }, rollingUpdate: map }),
    minReadySeconds: { type: 'integer', minimum: 0 },
    daemonSetAnnotations: texts,
    podAnnotations: texts,
    podLabels: texts,
    extraArgs: { type: 'array', items: text },
    extraEnv: { type: 'array', items: variable },
    extraVolumes: maps,
    extraVolumeMounts: maps,
    service: group({ annotations: texts }),
    podMonitor: monitor,
    serviceMonitor: monitor,
    prometheusRule: group({
      enabled: flag,
      labels: texts,
      alertLabels: alertLabels(),
      disabled: { type: 'array', items: { enum: ALERT_NAMES } },
      runbookUrl: { type: 'string', pattern: '^(https?://[^#]+)?$' },
      objective: group(
        {
          // `--set` makes a text of it.
          ratio: {
            type: ['number', 'string'],
            exclusiveMinimum: 0,
            exclusiveMaximum: 1,
            pattern: '^0[.][0-9]+$',
          },
          window: { type: 'string', pattern: '^[1-9][0-9]*[hdw]$' },
        },
        ['ratio', 'window'],
      ),
    }),
    dashboard: group({ enabled: flag, labels: texts, annotations: texts }),
    namespace: group({ create: flag }),
    tests: group({ enabled: flag }),
  });
}
