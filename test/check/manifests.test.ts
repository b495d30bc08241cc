// Objects out of texts: every form that a person has them in, and what is said of what is none.
import { describe, expect, it } from 'vitest';
import { MAX_LENGTH, readManifests } from '../../src/check/manifests/manifests.ts';

const isRead = (_: string, kind: string) => kind === 'Service' || kind === 'ConfigMap';
const service = (name: string) => `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\n`;

/** `2 a`: the line and the name of each object. */
function objectsOf(text: string): string[] {
  return readManifests(text, isRead).objects.map(
    ({ raw, line }) => `${line} ${(raw as { metadata: { name: string } }).metadata.name}`,
  );
}

function problemsOf(text: string): string[] {
  const { problems } = readManifests(text, isRead);
  return problems.map(({ line, what }) => `${line} ${what}`);
}

const list = (apiVersion: string, kind: string, items: unknown) =>
  JSON.stringify({ apiVersion, kind, items });

describe('objects', () => {
  it.each([
    ['one document', service('a'), ['1 a']],
    [
      'several, with comments and empty ones',
      `# first\n---\n---\n${service('a')}---\n# none\n---\n${service('b')}`,
      ['4 a', '10 b'],
    ],
    [
      'Windows line ends and a byte order mark',
      `\ufeff${`${service('a')}---\n${service('b')}`.replaceAll('\n', '\r\n')}`,
      ['1 a', '5 b'],
    ],
    ['a marker with content', `--- { apiVersion: v1, kind: Service, metadata: { name: a } }\n`, ['1 a']],
    ['a text block that looks like a document', `${service('a')}data: |\n  ---\n  kind: Secret\n`, ['1 a']],
    ['JSON', '{\n"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}', ['1 a']],
    [
      'a list',
      'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Service\n    metadata: { name: a }\n  - apiVersion: v1\n    kind: Service\n    metadata: { name: b }\n',
      ['4 a', '7 b'],
    ],
    [
      'a list of one kind, whose items do not say theirs',
      list('v1', 'ServiceList', [{ metadata: { name: 'a' } }]),
      ['1 a'],
    ],
    [
      'a list of lists',
      list('v1', 'List', [{ apiVersion: 'v1', kind: 'ServiceList', items: [{ metadata: { name: 'a' } }] }]),
      ['1 a'],
    ],
    [
      'merged keys, as kubectl reads them',
      `x: &x { name: a }\napiVersion: v1\nkind: Service\nmetadata:\n  <<: *x\n`,
      ['1 a'],
    ],
    [
      'an empty list, as kubectl writes it',
      `apiVersion: v1\nkind: List\nitems: null\n---\n${service('a')}`,
      ['5 a'],
    ],
    ['aliases', `x: &x { name: a }\napiVersion: v1\nkind: Service\nmetadata: *x\n`, ['1 a']],
    [
      'braces in a text',
      `${service('a')}data:\n  rule: "{{ $value }}"\n  long: |\n    {{ range }}\n`,
      ['1 a'],
    ],
  ])('%s', (_, text, expected) => {
    expect(objectsOf(text)).toEqual(expected);
    expect(problemsOf(text)).toEqual([]);
  });

  it('counts the kinds that nobody reads, without parsing them', () => {
    const { unread, problems } = readManifests(
      `apiVersion: v1\nkind: Secret\nbad: [\n---\n${service('a')}`,
      isRead,
    );
    expect([...unread]).toEqual([['Secret', 1]]);
    expect(problems).toEqual([]);
  });
});

describe('what is none', () => {
  const deep = (levels: number): unknown =>
    levels === 0 ? [] : [{ apiVersion: 'v1', kind: 'List', items: deep(levels - 1) }];
  it.each([
    [
      'broken YAML, and the rest is read',
      `${service('a')}---\nkind: Service\n  bad: 1\n---\n${service('c')}`,
      [/^5 it is not YAML: /],
      ['1 a', '8 c'],
    ],
    [
      'a template as a value',
      `${service('a')}---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n`,
      [/^8 a template that is not rendered/],
      ['1 a'],
    ],
    [
      'a template as a line',
      `apiVersion: v1\nkind: Service\n{{- if .Values.on }}\nmetadata: { name: a }\n{{- end }}\n`,
      [/^3 a template/],
      [],
    ],
    [
      'a template in quotes',
      `apiVersion: v1\nkind: Service\nmetadata: { name: "{{ .Release.Name }}" }\n`,
      [/^1 a template/],
      [],
    ],
    [
      'no object at all',
      `image:\n  tag: v1\n---\n- 1\n`,
      [/^1 not a Kubernetes object/, /^4 not a Kubernetes object/],
      [],
    ],
    ['a key twice', `${service('a')}metadata: { name: b }\n`, [/^4 the key metadata appears twice/], []],
    ['a map for a list', 'apiVersion: v1\nkind: List\nitems: { a: 1 }\n', [/^1 a List whose items/], []],
    ['UTF-16', service('a').split('').join('\0'), [/^null it is not UTF-8 text/], []],
    [
      "texts, numbers and lists in each other's place",
      `${service('a')}spec:\n  type: LoadBalancer\n  ports: { port: "80" }\n  replicas: "2"\n---\n${service('b')}spec:\n  ports:\n    - port: "80"\n`,
      [
        /^6 Service a: spec.ports is not a list$/,
        /^7 Service a: spec.replicas is not a number$/,
        /^14 Service b: spec.ports.0.port is not a number$/,
      ],
      ['1 a', '9 b'],
    ],
    [
      'labels that are true',
      `apiVersion: v1\nkind: Service\nmetadata: { name: a, labels: { on: true } }\n`,
      [/^3 Service a: metadata.labels is not a map of strings/],
      ['1 a'],
    ],
    ['no name', `apiVersion: v1\nkind: Service\n`, [/^1 Service without a name/], []],
    ['aliases that explode', bomb(), [/^1 it cannot be read: Excessive alias count/], []],
    ['lists without end', list('v1', 'List', deep(9)), [/^1 lists within lists, more than 8 deep/], []],
    ['a stack of brackets', `x: ${'['.repeat(20_000)}`, [/^1 it /], []],
    ['too long', ' '.repeat(MAX_LENGTH + 1), [/^null it is longer than 40 MB/], []],
    [
      'one long document',
      `${service('a')}---\nkind: Service\nlong: ${'x'.repeat(5_000_000)}\n`,
      [/^4 the document is longer than 4 MB/],
      ['1 a'],
    ],
    ['long JSON that is none', `{${' '.repeat(5_000_000)}`, [/^null it is not JSON/], []],
  ] as const)('%s', (_, text, problems, objects) => {
    expect(problemsOf(text)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
    expect(objectsOf(text)).toEqual(objects);
  });

  it('tells which addresses of a pool MetalLB would refuse, and why', () => {
    const text = `apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: { name: p }\nspec:\n  addresses:\n    - 192.168.1.240/28\n    - 192.168.1.9\n    - 192.168.1.9-192.168.1.2\n---\napiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: { name: q }\n`;
    const { problems } = readManifests(text, () => true);
    expect(problems.map(({ line, what }) => `${line} ${what}`)).toEqual([
      '7 IPAddressPool p: spec.addresses: "192.168.1.9" is a bare address: write 192.168.1.9/32',
      '8 IPAddressPool p: spec.addresses: "192.168.1.9-192.168.1.2" runs backwards: write 192.168.1.2-192.168.1.9',
      '10 IPAddressPool q: spec.addresses is missing',
    ]);
  });

  it('reads long JSON without its lines', () => {
    const long = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, pad: 'x'.repeat(5_000_000) };
    expect(objectsOf(JSON.stringify(long))).toEqual(['null a']);
    expect(objectsOf(`\ufeff${JSON.stringify(long)}`)).toEqual(['null a']);
  });

  it('tells of a kind without what would steer a terminal', () => {
    const { unread } = readManifests('"apiVersion": v1\n"kind": "A\\e[31m"\n', isRead);
    expect([...unread]).toEqual([['A?[31m', 1]]);
  });
});

function bomb(): string {
  const lines = ['apiVersion: v1', 'kind: Service', 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  return `${lines.join('\n')}\n`;
}
