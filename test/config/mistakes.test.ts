// Twenty wrong configurations as people write them, and all that is said of each, word for word.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/mistakes.ts';

const CASES: readonly (readonly [what: string, text: string, said: readonly string[]])[] = [
  [
    'a key mistyped',
    'inten:\n  source: static\n',
    ['vipwatch.yaml:1:1: inten: unknown key (did you mean intent?)'],
  ],
  [
    'a key of the right group, in the singular',
    'intent:\n  static:\n    vip: [{ address: 10.0.0.1 }]\n',
    ['vipwatch.yaml:3:5: intent.static.vip: unknown key (did you mean vips?)'],
  ],
  [
    'a key in the wrong group',
    'vips: [{ address: 10.0.0.1 }]\n',
    ['vipwatch.yaml:1:1: vips: unknown key (did you mean intent.static.vips?)'],
  ],
  ['a key that is like none', 'http:\n  colour: red\n', ['vipwatch.yaml:2:3: http.colour: unknown key']],
  [
    'a length of time without its unit',
    'probe:\n  interval: 1\n',
    [
      'vipwatch.yaml:2:3: probe.interval: "1" is not a duration: write a number and a unit, such as 500ms, 1s, 2m, 12h or 7d',
    ],
  ],
  [
    'a range cut short',
    'dhcp:\n  ranges: [192.168.1.2-253]\n',
    ['vipwatch.yaml:2:12: dhcp.ranges[0]: "192.168.1.2-253" is cut short: write 192.168.1.2-192.168.1.253'],
  ],
  [
    'a range that runs backwards',
    'dhcp:\n  ranges:\n    - 192.168.1.253-192.168.1.2\n',
    [
      'vipwatch.yaml:3:7: dhcp.ranges[0]: "192.168.1.253-192.168.1.2" runs backwards: write 192.168.1.2-192.168.1.253',
    ],
  ],
  [
    'an address with its zone',
    'intent:\n  static:\n    nodes:\n      - name: cp\n        addresses: [192.168.1.10, "fe80::1%eth0"]\n',
    [
      'vipwatch.yaml:5:35: intent.static.nodes[0].addresses[1]: "fe80::1%eth0" is not an IP address: leave out the zone %eth0',
    ],
  ],
  [
    'an address with its prefix',
    'dhcp:\n  servers: [192.168.1.1/24]\n',
    ['vipwatch.yaml:2:13: dhcp.servers[0]: "192.168.1.1/24" is not an IPv4 address'],
  ],
  [
    'a number for a text',
    'interfaces: [5]\n',
    ['vipwatch.yaml:1:14: interfaces[0]: expected text, found number 5: put it into quotes'],
  ],
  [
    'a text for a list',
    'interfaces: eth0\n',
    ['vipwatch.yaml:1:1: interfaces: expected a list, found "eth0"'],
  ],
  [
    'the same twice',
    'intent:\n  static:\n    vips:\n      - address: 10.0.0.1\n      - address: 10.0.0.1\n',
    [
      'vipwatch.yaml:5:9: intent.static.vips[1].address: "10.0.0.1" is listed twice, first at intent.static.vips[0].address',
    ],
  ],
  [
    'something missing',
    'intent:\n  static:\n    vips:\n      - service: traefik/traefik\n',
    ['vipwatch.yaml:4:9: intent.static.vips[0].address: is missing'],
  ],
  [
    "a node's own address as a VIP",
    'intent: { static: { vips: [{ address: 10.0.0.1 }], nodes: [{ name: cp, addresses: [10.0.0.1] }] } }\n',
    [
      'vipwatch.yaml:1:30: intent.static.vips[0].address: "10.0.0.1" cannot be a VIP: it is a node\'s own address, at intent.static.nodes[0].addresses[0]',
    ],
  ],
  [
    'the values of the chart',
    'config:\n  probe: { interval: 2s }\nimage:\n  tag: "1.0"\n',
    [
      'vipwatch.yaml:1:1: looks like the values of the Helm chart, not like a configuration: write the part below its key `config` into its own file',
    ],
  ],
  ['YAML with a tab', 'http:\n\tport: 9797\n', ['vipwatch.yaml:2:1: Tabs are not allowed as indentation']],
  [
    'two documents',
    'http: {}\n---\nprobe: {}\n',
    ['vipwatch.yaml:2:1: a second YAML document begins here: expected one'],
  ],
  [
    'an alias of nothing',
    'interfaces: *lan\n',
    ['vipwatch.yaml:1:13: *lan is not defined: no &lan stands before it'],
  ],
  [
    'a text of another file',
    `log: { level: "${'watch the LAN and tell what is wrong; '.repeat(9)}" }\n${'x'.repeat(90)}: 1\n`,
    [
      'vipwatch.yaml:1:8: log.level: expected error, warn, info or debug, found "watch the LAN and tell what is wrong; wa…"',
      'vipwatch.yaml:2:1: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…: unknown key',
    ],
  ],
  [
    'more mistakes than a screen holds',
    Array.from({ length: 36 }, (_, i) => `heading-${i}: text\n`).join(''),
    [
      'vipwatch.yaml:1:1: heading-0: unknown key',
      'vipwatch.yaml:2:1: heading-1: unknown key',
      'vipwatch.yaml:3:1: heading-2: unknown key',
      'vipwatch.yaml:4:1: heading-3: unknown key',
      'vipwatch.yaml:5:1: heading-4: unknown key',
      'vipwatch.yaml:6:1: heading-5: unknown key',
      'vipwatch.yaml:7:1: heading-6: unknown key',
      'vipwatch.yaml:8:1: heading-7: unknown key',
      'vipwatch.yaml:9:1: heading-8: unknown key',
      'vipwatch.yaml:10:1: heading-9: unknown key',
      'and 26 more mistakes',
    ],
  ],
];

function saidOf(text: string): string {
  try {
    parseConfig(text, 'vipwatch.yaml', { insideCluster: false });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'nothing';
}

describe('what is said of a wrong configuration', () => {
  it.each(CASES)('%s', (_what, text, said) => {
    expect(saidOf(text).split('\n')).toEqual(said);
  });
});
