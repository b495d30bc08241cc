import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type ConfigContext, checkConfig, parseConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/mistakes.ts';
import { parseSize } from '../../src/config/value-schemas.ts';

const folder = join(import.meta.dirname, '../data/config');
const outside = { insideCluster: false };

/** One file for each mistake, `invalid-<name>.yaml`, with exactly what must be said of it. */
const MISTAKES: Readonly<Record<string, readonly string[]>> = {
  'unknown-key': ['intrefaces: unknown key (did you mean interfaces?)'],
  'unknown-nested-key': ['http.prot: unknown key (did you mean port?)'],
  'vip-address': ['intent.static.vips[0].address: "192.168.1.300" is not an IP address'],
  'vip-without-address': ['intent.static.vips[0].address: is missing'],
  'vip-service': ['intent.static.vips[0].service: "traefik" is not a Service: expected NAMESPACE/NAME'],
  'vip-port': [
    'intent.static.vips[0].ports[0].port: must be <= 65535, found number 65536',
    'intent.static.vips[0].ports[1].protocol: expected TCP, UDP or SCTP, found "udp"',
    'probe.services: expected never, on-demand or always, found "sometimes"',
  ],
  'vip-impossible': [
    'intent.static.vips[0].address: "127.0.0.1" cannot be a VIP: no machine can have it (unspecified, loopback, multicast or broadcast)',
    'intent.static.vips[1].address: "::" cannot be a VIP: no machine can have it (unspecified, loopback, multicast or broadcast)',
    'intent.static.vips[2].address: "224.0.0.18" cannot be a VIP: no machine can have it (unspecified, loopback, multicast or broadcast)',
    'intent.static.vips[3].address: "255.255.255.255" cannot be a VIP: no machine can have it (unspecified, loopback, multicast or broadcast)',
    'intent.static.vips[4].address: "192.168.1.10" cannot be a VIP: it is a node\'s own address, at intent.static.nodes[0].addresses[0]',
  ],
  'vip-twice': [
    'intent.static.vips[1].address: "fd00:0::0050" is listed twice, first at intent.static.vips[0].address',
  ],
  'pool-backwards': [
    'intent.static.pools[0].addresses[0]: "192.168.1.245-192.168.1.240" runs backwards: write 192.168.1.240-192.168.1.245',
  ],
  'pool-prefix': [
    'intent.static.pools[0].addresses[0]: "192.168.1.0/33" has a bad prefix length: expected 0 to 32',
  ],
  'pool-twice': ['intent.static.pools[1].name: "main" is listed twice, first at intent.static.pools[0].name'],
  'pool-overlap': [
    'intent.static.pools[1].addresses[0]: "192.168.1.244/30" overlaps intent.static.pools[0].addresses[0] in 192.168.1.244-192.168.1.245',
  ],
  'pool-empty': ['intent.static.pools[0].addresses: is empty: leave it out, or list at least one'],
  'node-mac': ['intent.static.nodes[0].macs[0]: "02:00:00:00:00" is not a MAC address (02:00:00:00:00:10)'],
  'node-broadcast-mac': [
    'intent.static.nodes[0].macs[0]: "ff:ff:ff:ff:ff:ff" cannot be one machine\'s own MAC address',
  ],
  'node-twice': [
    'intent.static.nodes[1].name: "cp" is listed twice, first at intent.static.nodes[0].name',
    'intent.static.nodes[1].addresses[0]: "192.168.1.10" is listed twice, first at intent.static.nodes[0].addresses[0]',
  ],
  'node-mac-twice': [
    'intent.static.nodes[1].macs[0]: "02-00-00-00-00-aa" is listed twice, first at intent.static.nodes[0].macs[0]',
  ],
  check: [
    'check.every: "30s" is out of bounds: from 1m to 30d',
    'check.ignore[0].id: "rwo-rolout" is not a check: docs/checks.md lists them',
    'check.ignore[1].comment: is missing',
    'check.ignore[1].object: "traefik" is not an object: expected KIND/NAMESPACE/NAME, or KIND/NAME',
  ],
  source: ['intent.source: expected static or kubernetes, found "etcd"'],
  'source-kubernetes': [
    'intent.kubernetes.kubeconfig: is missing: outside a cluster there is no other way to the API',
  ],
  'source-mixed': ['intent.static: is not read: intent.source is kubernetes, set it to static'],
  'kubeconfig-relative': ['intent.kubernetes.kubeconfig: "admin.conf" is not an absolute path'],
  'http-hosts': [
    'http.hosts[0]: "agent.lan:9797" is not the name of a host: expected a name such as agent.lan, without port',
  ],
  'token-file': ['http.tokenFile: "tokens" is not an absolute path'],
  'token-file-cluster': ['http.tokenFile: is not read: with intent from Kubernetes, RBAC decides'],
  'metallb-namespace': [
    'intent.kubernetes.metallbNamespace: "metallb/../kube-system" is not the name of a namespace',
  ],
  'dhcp-range-ipv6': ['dhcp.ranges[0]: "fd00::1-fd00::9" is IPv6: DHCP ranges are IPv4'],
  'dhcp-range-backwards': [
    'dhcp.ranges[0]: "192.168.1.253-192.168.1.2" runs backwards: write 192.168.1.2-192.168.1.253',
  ],
  'dhcp-audit': ['dhcp.audit.every: "30s" is out of bounds: from 1m to 30d'],
  'dhcp-server': ['dhcp.servers[0]: "fd00::1" is not an IPv4 address'],
  'dhcp-server-twice': ['dhcp.servers[1]: "192.168.1.1" is listed twice, first at dhcp.servers[0]'],
  import: [
    'dhcp.import[0].file: is missing: dnsmasq needs it',
    'dhcp.import[0].url: is not read: dnsmasq has no use for it',
    'dhcp.import[1].file: "leases" is not an absolute path',
    'dhcp.import[1].type: "dnsmasq" is listed twice, first at dhcp.import[0].type',
    'dhcp.import[1].keyFile: is not read: dnsmasq has no use for it',
    'dhcp.import[2]: needs file or url',
    'dhcp.import[3].name: "Kea" is not the name of an import: up to 40 small letters, digits and "-"',
    'dhcp.import[3].url: only one of this and dhcp.import[3].file can be read',
    'dhcp.import[4].url: is not the address of a server: expected http://HOST:PORT or https://HOST:PORT, optionally with a path',
    'dhcp.import[4].passwordFile: is missing: kea needs both user and passwordFile',
    'dhcp.import[5].every: "1s" is out of bounds: from 10s to 1h',
    'dhcp.import[5].user: is not read: pihole has no use for it',
    'dhcp.import[6].keyFile: is missing: opnsense needs it',
    'dhcp.import[7].type: expected dnsmasq, isc, kea, pihole or opnsense, found "windows"',
  ],
  'import-twice': [
    'dhcp.import[1].type: "dnsmasq" is listed twice, first at dhcp.import[0].type',
    'dhcp.import[3].name: "other" is listed twice, first at dhcp.import[2].name',
  ],
  interface: [
    'interfaces[1]: "not an interface" is not an interface name (1 to 15 characters without spaces, "/" and ":")',
  ],
  'interface-twice': ['interfaces[1]: "eth0" is listed twice, first at interfaces[0]'],
  'interfaces-empty': ['interfaces: is empty: leave it out, or list at least one'],
  'http-address': ['http.address: "localhost" is not an IP address'],
  'http-port': ['http.port: must be <= 65535, found number 70000'],
  'probe-interval-unit': [
    'probe.interval: "5" is not a duration: write a number and a unit, such as 500ms, 1s, 2m, 12h or 7d',
  ],
  'failover-max-gap': ['failover.maxGap: "0s" is out of bounds: from 100ms to 1h'],
  'probe-broadcasts': ['probe.broadcastsPerSecond: must be >= 1, found number 0'],
  'probe-sweep': ['probe.sweep: "1s" is out of bounds: from 5s to 1h'],
  'probe-interval-bounds': ['probe.interval: "1ms" is out of bounds: from 100ms to 1h'],
  alertmanager: [
    'alertmanager.urls[1]: is not the address of an Alertmanager: expected http://HOST:PORT or https://HOST:PORT, optionally with a path',
    'alertmanager.urls[2]: is not the address of an Alertmanager: expected http://HOST:PORT or https://HOST:PORT, optionally with a path',
    'alertmanager.urls[3]: "http://am:9093" is listed twice, first at alertmanager.urls[0]',
    'alertmanager.labels: "severity" is vipwatch\'s own label, "not-a-label" is not the name of a label',
    'alertmanager.resend: "500ms" is out of bounds: from 1s to 1h',
    'alertmanager.tls.caFile: "ca.pem" is not an absolute path',
    'alertmanager.tls.keyFile: is missing: alertmanager.tls.certFile needs its key',
    'alertmanager.basicAuth.username: is empty, or holds a colon',
    'alertmanager.bearerTokenFile: only one of this and alertmanager.basicAuth can be used',
  ],
  'alertmanager-nowhere': ['alertmanager.urls: is missing'],
  findings: [
    'findings.kinds.proxy-arpp: unknown key (did you mean proxy-arp?)',
    'findings.kinds.silent-vip.enabled: expected true or false, found "no"',
    'findings.kinds.silent-vip.quiet: is not used: the finding ends with its condition',
    'findings.kinds.vip-flapping.severity: expected critical or warning, found "info"',
    'findings.kinds.vip-flapping.holdDown: "8d" is out of bounds: from 0s to 7d',
    'findings.ignore[0]: does not say what it is about: expected mac, address or range',
    'findings.ignore[1].comment: is empty',
    'findings.ignore[2].comment: is missing',
    'findings.ignore[2].address: "192.168.1.0/24" is not an IP address: leave out /24',
    'findings.silences[0].until: is missing',
    'findings.silences[1].until: "2026-03-01" is not a time with its zone: write 2026-03-01T18:00:00Z or 2026-03-01T19:00:00+01:00',
    'findings.silences[2]: does not say what it is about: expected mac, address, range or kinds',
  ],
  'journal-path': [
    'journal.path: "journal.db" is not an absolute path that ends in .db or .sqlite, nor ":memory:"',
  ],
  'journal-size': [
    'journal.maxSize: "64MB" is not a size: write a number and a unit, such as 512KiB, 64MiB or 1GiB',
  ],
  'log-level': ['log.level: expected error, warn, info or debug, found "verbose"'],
  type: ['interfaces: expected a list, found "eth0"'],
  'not-a-map': ['expected a group of keys, found a list'],
  yaml: ['Flow sequence in block collection must be sufficiently indented and end with a ]'],
  'yaml-key-twice': ['Map keys must be unique'],
  'yaml-alias': ['*nowhere is not defined: no &nowhere stands before it'],
  'yaml-documents': ['a second YAML document begins here: expected one'],
  many: [
    'interfaces: expected a list, found "eth0"',
    'intrefaces: unknown key (did you mean interfaces?)',
    'intent.static.pools[0].addresses[0]: "192.168.1.245-192.168.1.240" runs backwards: write 192.168.1.240-192.168.1.245',
    'intent.static.vips[1].address: "192.168.1.300" is not an IP address',
    'intent.static.vips[2].address: "192.168.1.240" is listed twice, first at intent.static.vips[0].address',
    'intent.static.vips[3].address: is missing',
    'intent.static.nodes[0].addresses[0]: "nowhere" is not an IP address',
    'intent.static.nodes[0].macs[0]: "nothing" is not a MAC address (02:00:00:00:00:10)',
    'dhcp.ranges[0]: "fd00::1" is IPv6: DHCP ranges are IPv4',
    'dhcp.servers[0]: "router" is not an IPv4 address',
    'http.port: expected a whole number, found number 0.5',
    'probe.interval: "often" is not a duration: write a number and a unit, such as 500ms, 1s, 2m, 12h or 7d',
  ],
};

/** Without the place of each, which `mistakes.test.ts` is about. */
function mistakesOf(text: string, context = outside): readonly string[] {
  try {
    parseConfig(text, 'vipwatch.yaml', context);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.mistakes.map((line) => line.replace(/^vipwatch\.yaml(:\d+:\d+)?: /, ''));
    throw error;
  }
  return [];
}

const NO_IMPORT = {
  file: null,
  configFile: null,
  url: null,
  user: null,
  passwordFile: null,
  keyFile: null,
  caFile: null,
};

describe('parseConfig() names every mistake', () => {
  it.each(Object.entries(MISTAKES))('%s', (name, expected) => {
    expect(mistakesOf(readFileSync(join(folder, `invalid-${name}.yaml`), 'utf8'))).toEqual(expected);
  });

  it('has a case for each file', () => {
    const files = readdirSync(folder).filter((file) => file.startsWith('invalid-'));
    expect(files.sort()).toEqual(
      Object.keys(MISTAKES)
        .map((name) => `invalid-${name}.yaml`)
        .sort(),
    );
  });

  it('on one line, whatever the file holds', () => {
    expect(mistakesOf('interfaces: ["a\\nb"]')[0]).toMatch(
      /^interfaces\[0\]: "a\?b" is not an interface name/,
    );
  });

  it('a name from Object.prototype is a key like any other', () => {
    expect(mistakesOf('constructor: 1\n__proto__: 2\nhttp: { toString: 1 }')).toEqual([
      'constructor: unknown key',
      '__proto__: unknown key',
      'http.toString: unknown key',
    ]);
  });
});

describe('parseConfig() fills in and parses', () => {
  it('every option', () => {
    const config = parseConfig(
      readFileSync(join(folder, 'valid-full.yaml'), 'utf8'),
      'valid-full.yaml',
      outside,
    );
    expect(config).toEqual({
      interfaces: ['eth0', 'eth0.10'],
      intent: {
        pools: [
          {
            name: 'main-pool',
            ranges: [
              { family: 4, first: 0xc0a801f0n, last: 0xc0a801f5n },
              { family: 6, first: 0xfdn << 120n, last: (0xfdn << 120n) + 255n },
            ],
          },
        ],
        vips: [
          {
            address: '192.168.1.240',
            service: 'traefik/traefik',
            ports: [
              { port: 443, protocol: 'TCP' },
              { port: 53, protocol: 'UDP' },
            ],
          },
          { address: 'fd00::50', service: null },
        ],
        nodes: [{ name: 'cp', addresses: ['192.168.1.10'], macs: ['02:00:00:00:00:1a'] }],
      },
      kubernetes: null,
      dhcp: {
        ranges: [{ family: 4, first: 0xc0a80102n, last: 0xc0a801fdn }],
        servers: ['192.168.1.1'],
        audit: { every: 86_400_000_000 },
        import: [
          {
            ...NO_IMPORT,
            name: 'dnsmasq',
            type: 'dnsmasq',
            file: '/var/lib/misc/dnsmasq.leases',
            configFile: '/etc/dnsmasq.conf',
            every: 60_000_000,
          },
          {
            ...NO_IMPORT,
            name: 'site',
            type: 'kea',
            url: 'https://kea:8000/',
            user: 'vip',
            passwordFile: '/etc/kea/password',
            caFile: '/etc/kea/ca.crt',
            every: 300_000_000,
          },
        ],
      },
      http: {
        address: '::',
        port: 8080,
        hosts: ['agent.lan'],
        page: false,
        tokenFile: '/etc/vipwatch/tokens',
      },
      probe: { interval: 500_000, sweep: 60_000_000, broadcastsPerSecond: 10, services: 'always' },
      failover: { maxGap: 6_500_000 },
      failoverTest: { modes: ['observe', 'freeze'], cooldown: 300_000_000 },
      alertmanager: {
        urls: ['https://am-0.example:9093/alerts', 'http://am-1:9093'],
        labels: { cluster: 'home' },
        resend: 60_000_000,
        tls: {
          caFile: '/etc/am/ca.crt',
          client: { certFile: '/etc/am/tls.crt', keyFile: '/etc/am/tls.key' },
        },
        credentials: { kind: 'basic', username: 'vipwatch', passwordFile: '/etc/am/password' },
      },
      findings: {
        kinds: {
          'vip-flapping': { severity: 'critical', holdDown: 1_800_000_000, quiet: 3_600_000_000 },
          'proxy-arp': { enabled: false },
        },
        ignore: [
          {
            mac: '02:00:00:00:00:99',
            ranges: [{ family: 4, first: 0xc0a801f5n, last: 0xc0a801f5n }],
            kinds: ['pool-address-taken'],
            comment: 'the printer, until it moves',
          },
        ],
        silences: [
          {
            mac: null,
            ranges: [{ family: 4, first: 0xc0a801f0n, last: 0xc0a801f3n }],
            kinds: null,
            until: 1_772_386_200_000_000,
            comment: 'the new router is being set up',
          },
        ],
      },
      check: {
        every: 7_200_000_000,
        ignore: [
          {
            id: 'rwo-rollout',
            object: 'Deployment/traefik/traefik',
            comment: 'one replica on purpose',
          },
        ],
      },
      journal: { path: '/tmp/journal.db', maxAge: 12 * 3600 * 1_000_000, maxSize: 1024 ** 3 },
      log: { level: 'debug', format: 'json' },
    });
  });

  it('the defaults, for an empty file and for keys without a value', () => {
    const defaults = {
      interfaces: null,
      intent: { pools: [], vips: [], nodes: [] },
      kubernetes: null,
      dhcp: { ranges: [], servers: null, audit: null, import: [] },
      http: { address: '0.0.0.0', port: 9797, hosts: [], page: true, tokenFile: null },
      probe: { interval: 1_000_000, sweep: 30_000_000, broadcastsPerSecond: 5, services: 'on-demand' },
      failover: { maxGap: 10_000_000 },
      failoverTest: { modes: ['observe', 'drain'], cooldown: 60_000_000 },
      alertmanager: null,
      findings: { kinds: {}, ignore: [], silences: [] },
      journal: {
        path: '/var/lib/vipwatch/journal.db',
        maxAge: 30 * 86_400 * 1_000_000,
        maxSize: 64 * 1024 ** 2,
      },
      check: { every: null, ignore: [] },
      log: { level: 'info', format: 'auto' },
    };
    expect(parseConfig('', 'empty.yaml', outside)).toEqual(defaults);
    expect(parseConfig('# nothing yet\nhttp:\nintent: { static: { vips: } }', 'empty.yaml', outside)).toEqual(
      defaults,
    );
    expect(checkConfig({}, 'defaults', outside)).toEqual(defaults);
  });

  it('defaults that may as well be written in the file', () => {
    const written = {
      http: { address: '0.0.0.0', port: 9797 },
      probe: { interval: '1s', services: 'on-demand' },
      failover: { maxGap: '10s' },
      failoverTest: { modes: ['observe', 'drain'], cooldown: '1m' },
      journal: { path: '/var/lib/vipwatch/journal.db', maxAge: '30d', maxSize: '64MiB' },
      log: { level: 'info', format: 'auto' },
    };
    expect(checkConfig(written, 'written', outside)).toEqual(checkConfig({}, 'defaults', outside));
  });

  it('durations of several units', () => {
    const config = parseConfig(
      'probe: { interval: 1m30s }\njournal: { maxAge: 1d12h }',
      'vipwatch.yaml',
      outside,
    );
    expect(config.probe.interval).toBe(90_000_000);
    expect(config.journal.maxAge).toBe(129_600_000_000);
    expect(mistakesOf('probe: { interval: 30s1m }\njournal: { maxAge: 0m59s }')).toEqual([
      'probe.interval: "30s1m" is not a duration: write a number and a unit, such as 500ms, 1s, 2m, 12h or 7d',
      'journal.maxAge: "0m59s" is out of bounds: from 1m to 3650d',
    ]);
  });

  it('a frozen value, down to the leaves', () => {
    const config = parseConfig(
      'intent: { static: { vips: [{ address: 10.0.0.1 }] } }',
      'vipwatch.yaml',
      outside,
    );
    expect(() => Object.assign(config.http, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.intent.vips[0]!, { address: '10.0.0.2' })).toThrow(TypeError);
  });

  it('the journal below the folder that the service manager names', () => {
    const config = checkConfig({}, 'defaults', {
      insideCluster: false,
      stateFolder: '/var/lib/private/vipwatch',
    });
    expect(config.journal.path).toBe('/var/lib/private/vipwatch/journal.db');
    expect(parseConfig('journal: { path: ":memory:" }', 'vipwatch.yaml', outside).journal.path).toBeNull();
  });
});

describe('intent.source', () => {
  const inside = { insideCluster: true };
  const kubernetesOf = (text: string, context: ConfigContext) =>
    parseConfig(text, 'vipwatch.yaml', context).kubernetes;

  it('defaults to kubernetes inside a cluster, by the service account', () => {
    expect(kubernetesOf('', inside)).toEqual({
      kubeconfig: null,
      metallbNamespace: 'metallb-system',
      events: true,
    });
    expect(kubernetesOf('intent: { kubernetes: { events: false } }', inside)).toMatchObject({
      events: false,
    });
    expect(kubernetesOf('intent: { source: static }', inside)).toBeNull();
    expect(kubernetesOf('', outside)).toBeNull();
  });

  it("takes MetalLB's namespace from the file, else from the context", () => {
    const told = { ...inside, metallbNamespace: 'lb' };
    expect(kubernetesOf('', told)).toMatchObject({ metallbNamespace: 'lb' });
    expect(kubernetesOf('intent: { kubernetes: { metallbNamespace: mine } }', told)).toMatchObject({
      metallbNamespace: 'mine',
    });
  });

  it('takes a kubeconfig outside a cluster', () => {
    const text = 'intent: { source: kubernetes, kubernetes: { kubeconfig: /etc/vipwatch/kubeconfig } }';
    expect(kubernetesOf(text, outside)).toMatchObject({ kubeconfig: '/etc/vipwatch/kubeconfig' });
  });

  it('refuses a list of VIPs that nobody would read', () => {
    expect(mistakesOf('intent: { static: { vips: [{ address: 10.0.0.1 }] } }', inside)).toEqual([
      'intent.static: is not read: intent.source is kubernetes, set it to static',
    ]);
    expect(mistakesOf('intent: { kubernetes: {} }', outside)).toEqual([
      'intent.kubernetes: is not read: intent.source is static, set it to kubernetes',
    ]);
  });
});

describe('what the YAML reader has to say', () => {
  it('is not written to standard error, where the file could put anything', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    expect(() => parseConfig('? [\u001b, eth0]\n: 1\n', 'file', outside)).toThrow(ConfigError);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });
});

describe('parseSize()', () => {
  it.each([
    ['512KiB', 524_288],
    ['64MiB', 67_108_864],
    ['1GiB', 1_073_741_824],
    ['64MB', undefined],
    ['64', undefined],
  ])('%j is %j bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});
