// The rooms of the house: what each is about may know. A path belongs to the room with the longest name that leads to it.

export interface Room {
  /** The other rooms that it may import, besides packages. */
  readonly imports: readonly string[];
  /** Packages and Node's modules; `node:crypto#createHash` for one name of a module that offers more than is pure. */
  readonly packages?: readonly string[];
  /** The one file of a pure room that may touch the machine, by `host`. */
  readonly door?: string;
  /** Not pure as a whole: it may reach for clocks, timers and the process. */
  readonly isEdge?: boolean;
  /** It may import other rooms' doors. */
  readonly knowsDoors?: boolean;
  /** Loaded by `import()` when it is wanted, to spare memory. */
  readonly loadsLate?: readonly string[];
}

export const ROOMS: Readonly<Record<string, Room>> = {
  base: { imports: [] },
  net: { imports: ['base'], packages: ['node:net'] },
  pcap: { imports: ['base', 'net'] },
  arp: { imports: ['net'] },
  ndp: { imports: ['net'] },
  dhcp: { imports: ['base', 'net'] },
  dhcpv6: { imports: ['base', 'dhcp', 'net'] },
  'lease-import': { imports: ['base', 'dhcp', 'net'], door: 'lease-import/importing.ts' },
  intent: { imports: ['base', 'net'] },
  'watch/lan': { imports: ['arp', 'base', 'dhcp', 'dhcpv6', 'intent', 'ndp', 'net'] },
  'watch/finding': { imports: ['base', 'intent', 'net', 'watch/lan'] },
  'watch/ledger': { imports: ['base', 'net', 'watch/lan'] },
  'watch/takeover': { imports: ['arp', 'base', 'intent', 'net', 'watch/lan', 'watch/ledger'] },
  'watch/detect': {
    imports: [
      'arp',
      'base',
      'dhcp',
      'dhcpv6',
      'intent',
      'ndp',
      'net',
      'watch/finding',
      'watch/lan',
      'watch/ledger',
      'watch/takeover',
    ],
  },
  watch: {
    imports: [
      'base',
      'dhcp',
      'intent',
      'net',
      'watch/detect',
      'watch/finding',
      'watch/lan',
      'watch/ledger',
      'watch/takeover',
    ],
  },
  'cluster/objects': { imports: ['base', 'intent', 'net'] },
  'cluster/metallb': { imports: ['cluster/objects', 'intent', 'net'], packages: ['node:crypto#hash'] },
  cluster: {
    imports: ['base', 'cluster/metallb', 'cluster/objects', 'intent', 'net'],
    door: 'cluster/reader.ts',
  },
  probe: {
    imports: ['arp', 'base', 'intent', 'ndp', 'net', 'watch', 'watch/lan', 'watch/takeover'],
    packages: ['node:crypto#createHmac'],
    door: 'probe/probing.ts',
  },
  audit: { imports: ['arp', 'base', 'dhcp', 'intent', 'net', 'probe'], door: 'audit/auditing.ts' },
  'lease-import/cluster': {
    imports: ['base', 'failover'],
    door: 'lease-import/cluster/sharing.ts',
  },
  failover: {
    imports: ['base', 'cluster/objects', 'intent', 'net', 'probe', 'watch', 'watch/takeover'],
    packages: ['node:crypto#hash'],
  },
  'failover/cluster': {
    imports: ['base', 'cluster/objects', 'failover', 'intent', 'net', 'watch', 'watch/takeover'],
    door: 'failover/cluster/tests.ts',
  },
  'alert/alertmanager': {
    imports: ['base', 'intent', 'watch', 'watch/finding'],
    door: 'alert/alertmanager/sender.ts',
  },
  'alert/events': {
    imports: ['alert/alertmanager', 'base', 'intent', 'net', 'watch', 'watch/finding'],
    packages: ['node:crypto#createHash'],
    door: 'alert/events/writer.ts',
  },
  journal: {
    imports: [
      'base',
      'dhcp',
      'failover',
      'intent',
      'net',
      'serve/render',
      'watch',
      'watch/finding',
      'watch/lan',
      'watch/takeover',
    ],
    packages: ['typebox/compile', 'typebox/type', 'typebox/value'],
    door: 'journal/saver.ts',
  },
  'serve/render': {
    imports: [
      'base',
      'cluster',
      'dhcp',
      'failover',
      'net',
      'watch',
      'watch/finding',
      'watch/lan',
      'watch/takeover',
    ],
    packages: ['typebox/type'],
  },
  'serve/tables': {
    imports: [
      'alert/alertmanager',
      'alert/events',
      'base',
      'cluster',
      'failover',
      'lease-import',
      'net',
      'probe',
      'watch',
      'watch/lan',
    ],
    packages: ['node:crypto#hash'],
  },
  'serve/metrics': {
    imports: ['base', 'dhcp', 'intent', 'net', 'serve/tables', 'watch', 'watch/finding', 'watch/takeover'],
  },
  'serve/http': {
    imports: [
      'base',
      'dhcp',
      'failover',
      'net',
      'serve/metrics',
      'serve/render',
      'serve/tables',
      'watch',
      'watch/finding',
      'watch/lan',
      'watch/takeover',
    ],
    packages: [
      'fastify',
      'node:crypto#createHash',
      'node:http',
      'node:net',
      'node:stream',
      'node:timers/promises',
      'serve/http/findings-page.json',
      'typebox/type',
      'typebox/value',
    ],
    isEdge: true,
  },
  config: {
    imports: ['alert/alertmanager', 'base', 'intent', 'lease-import', 'net', 'watch/finding'],
    packages: ['node:util#isDeepStrictEqual', 'typebox/system', 'typebox/type', 'typebox/value', 'yaml'],
  },
  host: {
    imports: ['base'],
    packages: [
      'koffi',
      'node:crypto',
      'node:fs',
      'node:fs/promises',
      'node:http',
      'node:https',
      'node:os',
      'node:path',
      'node:perf_hooks',
      'node:sqlite',
      'node:tty',
      'node:util',
      'node:v8',
      'pino',
    ],
    isEdge: true,
  },
  'host/capture': {
    imports: ['base', 'host', 'net', 'pcap'],
    packages: ['node:fs', 'node:stream', 'node:stream/promises', 'node:zlib'],
    isEdge: true,
  },
  'host/kubernetes': {
    imports: ['base'],
    packages: [
      'node:crypto',
      'node:fs',
      'node:http2',
      'node:path',
      'node:stream',
      'node:timers/promises',
      'node:zlib',
      'yaml',
    ],
    isEdge: true,
  },
  daemon: {
    imports: [
      'alert/alertmanager',
      'alert/events',
      'audit',
      'base',
      'cluster',
      'config',
      'failover',
      'failover/cluster',
      'host',
      'host/capture',
      'intent',
      'journal',
      'lease-import',
      'lease-import/cluster',
      'net',
      'probe',
      'serve/http',
      'serve/metrics',
      'serve/render',
      'serve/tables',
      'version.ts',
      'watch',
    ],
    packages: ['node:crypto#randomBytes', 'node:os', 'node:util#isDeepStrictEqual'],
    loadsLate: [
      'alert/alertmanager/sender.ts',
      'daemon/auditing.ts',
      'daemon/cluster-side.ts',
      'daemon/importing.ts',
      'daemon/serving.ts',
    ],
    isEdge: true,
    knowsDoors: true,
  },
  cli: {
    imports: [
      'audit',
      'base',
      'cluster',
      'config',
      'daemon',
      'dhcp',
      'failover',
      'host',
      'host/capture',
      'intent',
      'net',
      'probe',
      'serve/render',
      'serve/tables',
      'version.ts',
      'watch',
      'watch/finding',
      'watch/takeover',
    ],
    packages: [
      'commander',
      'node:crypto#randomBytes',
      'node:fs',
      'node:net',
      'node:path',
      'node:timers/promises',
      'node:tty',
      'node:util',
    ],
    loadsLate: [
      'cli/capture-replay.ts',
      'cli/cluster-intent.ts',
      'cli/config-file.ts',
      'cli/daemon-process.ts',
      'cli/dhcp-auditor.ts',
      'cli/failover-test-client.ts',
    ],
    isEdge: true,
    knowsDoors: true,
  },
  'version.ts': { imports: [], packages: ['../package.json'], isEdge: true },
  'main.ts': {
    imports: ['cli'],
    loadsLate: ['cli/program.ts'],
    isEdge: true,
  },
};

/** Undefined where no room leads to the path, which is below src/. */
export function roomOf(path: string, rooms: Readonly<Record<string, Room>> = ROOMS): string | undefined {
  const leading = Object.keys(rooms).filter((room) => path === room || path.startsWith(`${room}/`));
  return leading.toSorted((a, b) => b.length - a.length)[0];
}
