// What a running daemon takes in of another configuration.
import { describe, expect, it } from 'vitest';
import { type Config, checkConfig } from '../../src/config/config.ts';
import { RELOADING, reloaded } from '../../src/config/reload.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { LIVE_OPTIONS } from '../../src/daemon/live-options.ts';

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/** Options, and groups of which no part is one; lists are not looked into. */
function optionsOf(node: SchemaNode, path = ''): string[] {
  return node.properties
    ? Object.entries(node.properties).flatMap(([key, member]) =>
        optionsOf(member, path === '' ? key : `${path}.${key}`),
      )
    : [path];
}

const config = (written: object): Config => checkConfig(written, 'test', { insideCluster: false });
const STATIC = { source: 'static', static: { vips: [{ address: '192.168.1.50' }] } };
const CLUSTER = { source: 'kubernetes', kubernetes: { kubeconfig: '/etc/kubeconfig' } };

describe('a reload', () => {
  it('has a row for every option, and only one', () => {
    for (const option of optionsOf(ConfigSchema as SchemaNode)) {
      const rows = RELOADING.filter((row) => option === row.option || option.startsWith(`${row.option}.`));
      expect(rows, option).toHaveLength(1);
    }
  });

  it('takes in every option that needs no restart', () => {
    const live = RELOADING.filter(({ kept }) => kept === null).map(({ option }) => option);
    expect(Object.keys(LIVE_OPTIONS).toSorted()).toEqual(live.toSorted());
  });

  it('of the same configuration changes nothing', () => {
    const written = { intent: STATIC, dhcp: { ranges: ['192.168.1.2-192.168.1.9'] } };
    expect(reloaded(config(written), config(written))).toMatchObject({ changed: [], needsRestart: [] });
  });

  it('takes in what can be, and keeps what needs a restart', () => {
    const before = config({ intent: STATIC, http: { port: 9797 }, log: { level: 'info', format: 'json' } });
    const file = config({
      interfaces: ['eth1'],
      intent: { source: 'static', static: {} },
      http: { port: 9798 },
      probe: { interval: '2s' },
      failoverTest: { modes: [] },
      alertmanager: { urls: ['http://127.0.0.1:9093'] },
      journal: { path: ':memory:' },
      log: { level: 'debug', format: 'pretty' },
    });
    const result = reloaded(before, file);
    expect(result.changed).toEqual(['intent.static', 'probe', 'alertmanager', 'log.level']);
    expect(result.needsRestart).toEqual(['interfaces', 'http', 'failoverTest', 'journal', 'log.format']);
    const { intent, probe, alertmanager } = file;
    expect(result.config).toEqual({
      ...before,
      intent,
      probe,
      alertmanager,
      log: { level: 'debug', format: 'json' },
    });
    // It stays to be told for as long as it holds.
    expect(reloaded(result.config, file)).toMatchObject({ changed: [], needsRestart: result.needsRestart });
    expect(reloaded(result.config, before).needsRestart).toEqual([]);
  });

  it.each([
    ['from a static one', STATIC, CLUSTER],
    ['to a static one', CLUSTER, STATIC],
  ])('keeps the intent where its source is another, %s', (_, before, after) => {
    const inForce = config({ intent: before });
    const result = reloaded(inForce, config({ intent: after, probe: { interval: '2s' } }));
    expect(result).toMatchObject({
      changed: ['probe'],
      needsRestart: ['intent.source', 'intent.kubernetes'],
    });
    expect(result.config).toMatchObject({ intent: inForce.intent, kubernetes: inForce.kubernetes });
  });
});
