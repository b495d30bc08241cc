// Fields of a manifest that are not of the kind which the API server takes: it would refuse the object, and a check would
// take them to be absent, and so fine.
import { at, items } from '../../base/json.ts';
import { poolRangeProblem } from '../../cluster/objects/pool.ts';

export interface ShapeProblem {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

const isMap = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** With the words that a problem is told by. */
const SORTS = {
  map: ['is not a map', isMap],
  texts: [
    'is not a map of strings: put numbers, true and false into quotes',
    (value: unknown) => isMap(value) && Object.values(value as object).every(isTextOrNull),
  ],
  list: ['is not a list', Array.isArray],
  text: ['is not a string', (value: unknown) => typeof value === 'string'],
  number: ['is not a number', (value: unknown) => typeof value === 'number'],
  boolean: ['is neither true nor false', (value: unknown) => typeof value === 'boolean'],
} as const satisfies Record<string, readonly [words: string, isOne: (value: unknown) => boolean]>;
type Sort = keyof typeof SORTS;

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

const POD: Readonly<Record<string, Sort>> = {
  hostNetwork: 'boolean',
  nodeName: 'text',
  nodeSelector: 'texts',
  containers: 'list',
  'containers.*.ports': 'list',
  'containers.*.ports.*.containerPort': 'number',
  'containers.*.ports.*.hostPort': 'number',
  'containers.*.volumeMounts': 'list',
  initContainers: 'list',
  volumes: 'list',
  tolerations: 'list',
  'tolerations.*.tolerationSeconds': 'number',
};

/** By paths; `*` is each item of a list. The kinds that are read agree on them. */
const FIELDS: Readonly<Record<string, Sort>> = {
  'metadata.labels': 'texts',
  'metadata.annotations': 'texts',
  spec: 'map',
  'spec.type': 'text',
  'spec.selector': 'map',
  'spec.ports': 'list',
  'spec.ports.*.port': 'number',
  'spec.externalTrafficPolicy': 'text',
  'spec.loadBalancerIP': 'text',
  'spec.loadBalancerClass': 'text',
  'spec.replicas': 'number',
  'spec.accessModes': 'list',
  'spec.volumeClaimTemplates': 'list',
  'spec.addresses': 'list',
  'spec.autoAssign': 'boolean',
  'spec.avoidBuggyIPs': 'boolean',
  'spec.ipAddressPools': 'list',
  'spec.ipAddressPoolSelectors': 'list',
  'spec.nodeSelectors': 'list',
  'spec.interfaces': 'list',
  'spec.template.metadata.labels': 'texts',
  ...under('spec', POD),
  ...under('spec.template.spec', POD),
};

function under(prefix: string, fields: Readonly<Record<string, Sort>>): Record<string, Sort> {
  return Object.fromEntries(Object.entries(fields).map(([path, sort]) => [`${prefix}.${path}`, sort]));
}

const TABLE = Object.entries(FIELDS).map(([path, sort]) => ({ keys: path.split('.'), sort }));

/** @param kind `IPAddressPool` has addresses, each of which MetalLB can read. */
export function shapeProblems(raw: unknown, kind: string): ShapeProblem[] {
  const problems = TABLE.flatMap(({ keys, sort }) => wrongIn(raw, keys, sort, []));
  if (kind !== 'IPAddressPool' || problems.length > 0) return problems;
  const addresses = items(at(raw, 'spec', 'addresses'));
  if (addresses.length === 0) return [{ path: [], what: 'spec.addresses is missing' }];
  return addresses.flatMap((text, i) => {
    const reason = poolRangeProblem(text);
    return reason === null ? [] : [{ path: ['spec', 'addresses', i], what: `spec.addresses: ${reason}` }];
  });
}

function wrongIn(
  value: unknown,
  [key, ...rest]: readonly string[],
  sort: Sort,
  path: readonly (string | number)[],
): ShapeProblem[] {
  if (key === '*') return items(value).flatMap((item, i) => wrongIn(item, rest, sort, [...path, i]));
  if (key !== undefined) return wrongIn(at(value, key), rest, sort, [...path, key]);
  const [words, isOne] = SORTS[sort];
  if (value === undefined || value === null || isOne(value)) return [];
  return [{ path, what: `${path.join('.')} ${words}` }];
}
