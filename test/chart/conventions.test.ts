// What those who install charts expect of any: names and labels by the conventions, a chart inside another, notes, tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { Helm, helmUnavailable, IMAGE } from './helm.ts';
import { CHART, type KubernetesObject, objectOfKind, podTemplate, readObjects } from './objects.ts';
import { ACCEPTED, type Values } from './values.ts';

/** A cold build of Helm; milliseconds. */
const BUILD_TIMEOUT = 30 * 60_000;

describe.skipIf(helmUnavailable() !== undefined)('the chart', () => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await Helm.find();
  }, BUILD_TIMEOUT);

  describe('labels', () => {
    const own = ACCEPTED["labels that are the chart's"]!;

    it('are each there once, and what selects pods stays', async () => {
      const { stdout } = await helm.template(own);
      // Helm takes a key that stands twice; Kubernetes' own decoder does not.
      expect(await helm.misfits(stdout)).toBe('');
      const { metadata } = podTemplate(readObjects(stdout));
      expect(metadata.labels).toEqual({
        'app.kubernetes.io/name': 'vipwatch',
        'app.kubernetes.io/instance': 'vipwatch',
        team: 'lan',
      });
      expect(metadata.annotations['checksum/config']).toMatch(/^[0-9a-f]{64}$/);
    });

    it('of all objects are on all objects', async () => {
      for (const { kind, metadata } of readObjects((await helm.template(own)).stdout)) {
        const name = kind === 'Pod' ? 'vipwatch-test' : 'vipwatch';
        expect(metadata.labels, kind).toMatchObject({ 'app.kubernetes.io/name': name, team: 'network' });
      }
    });

    it('by which a Prometheus selects are those that were asked for', async () => {
      const { metadata } = objectOfKind(await helm.render(own), 'PodMonitor');
      expect(metadata.labels['app.kubernetes.io/instance']).toBe('prometheus');
    });
  });

  it('passes on what it does not know', async () => {
    const objects = await helm.render(ACCEPTED['more than the chart knows']!);
    const { annotations } = objectOfKind(objects, 'DaemonSet').metadata as { annotations?: object };
    expect(annotations).toEqual({ 'reloader.example/auto': 'true' });
    const { spec } = podTemplate(objects);
    const [container] = spec.containers;
    expect(container.args).toEqual(['run', '--config', '/etc/vipwatch/vipwatch.yaml', '--help']);
    expect(container.env.at(-1)).toEqual({ name: 'NODE_OPTIONS', value: '--max-old-space-size=128' });
    expect(spec.volumes.at(-1)).toEqual({ name: 'ca', configMap: { name: 'corporate-ca' } });
    expect(container.volumeMounts.at(-1)).toMatchObject({ mountPath: '/etc/corporate-ca' });
  });

  it('lets a Prometheus be told more of its targets', async () => {
    const objects = await helm.render(ACCEPTED['a monitor of many words']!);
    const { spec, metadata } = objectOfKind(objects, 'ServiceMonitor');
    expect(metadata).toMatchObject({ annotations: { a: 'b' } });
    expect((spec as { endpoints: unknown[] }).endpoints).toEqual([
      {
        port: 'http',
        path: '/metrics',
        honorLabels: true,
        interval: '30s',
        scrapeTimeout: '10s',
        relabelings: [
          { sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'instance' },
          { targetLabel: 'cluster', replacement: 'home' },
        ],
        metricRelabelings: [{ sourceLabels: ['__name__'], regex: 'nodejs_.*', action: 'drop' }],
      },
    ]);
  });

  describe('inside another chart', () => {
    let umbrella: string;
    beforeEach(() => {
      umbrella = mkdtempSync(join(tmpdir(), 'vipwatch-umbrella-'));
      mkdirSync(join(umbrella, 'charts'));
      cpSync(CHART, join(umbrella, 'charts/vipwatch'), { recursive: true });
      const dependency = {
        name: 'vipwatch',
        version: '0.1.0',
        repository: '',
        condition: 'vipwatch.enabled',
      };
      const chart = { apiVersion: 'v2', name: 'infra', version: '1.0.0', dependencies: [dependency] };
      writeFileSync(join(umbrella, 'Chart.yaml'), stringify(chart));
    });
    afterEach(() => {
      rmSync(umbrella, { recursive: true });
    });
    const objectsOf = async (values: Values, release = 'infra'): Promise<KubernetesObject[]> => {
      const { code, stdout, stderr } = await helm.templateOf(release, umbrella, values);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return readObjects(stdout).filter((object) => object !== null);
    };
    const image = { repository: IMAGE };

    it('is there where its condition holds, and else it is not', async () => {
      expect(await objectsOf({ vipwatch: { enabled: true, image } })).not.toEqual([]);
      expect(await objectsOf({ vipwatch: { enabled: false } })).toEqual([]);
    });

    it.each([
      { release: 'infra', values: {}, name: 'infra-vipwatch' },
      { release: 'vipwatch', values: {}, name: 'vipwatch' },
      { release: 'my-vipwatch-2', values: {}, name: 'my-vipwatch-2' },
      { release: 'infra', values: { nameOverride: 'lan' }, name: 'infra-lan' },
      { release: 'infra', values: { fullnameOverride: 'watcher' }, name: 'watcher' },
    ])('of the release $release with $values is named $name', async ({ release, values, name }) => {
      const objects = await objectsOf({ vipwatch: { enabled: true, image, ...values } }, release);
      // By these two names the agents know them, whatever the release is called.
      const fixed = ['vipwatch-acknowledgements', 'failovertests.vipwatch.dev'];
      const others = objects.filter(({ metadata }) => !fixed.includes(metadata.name));
      expect(objects.length - others.length).toBe(fixed.length);
      for (const kind of ['DaemonSet', 'ConfigMap', 'Service', 'ServiceAccount', 'ClusterRole'])
        expect(objectOfKind(others, kind).metadata.name).toBe(name);
      const named = others.map(({ metadata }) => metadata.name);
      expect(named.filter((one) => !one.startsWith(name))).toEqual([]);
    });
  });

  describe('the notes', () => {
    it('say where to ask', async () => {
      expect(await helm.notes({})).toMatch(
        /curl http:\/\/NODE:9797\/readyz[\s\S]*helm -n vipwatch test vipwatch/,
      );
    });

    it('name no node where each agent answers its own node alone', async () => {
      const notes = await helm.notes(ACCEPTED['only for the node itself']!);
      expect(notes).not.toContain('http://NODE');
      expect(notes).toContain('port-forward daemonset/vipwatch 9999');
    });
  });

  describe('the pod of `helm test`', () => {
    const podOf = async (values: Values) =>
      readObjects((await helm.template(values)).stdout).find(({ kind }) => kind === 'Pod') as
        | (KubernetesObject & { readonly spec: { readonly containers: [{ readonly args: string[] }] } })
        | undefined;
    const servers: Server[] = [];
    const serve = async (status: number) => {
      const server = createServer((_, answer) => answer.writeHead(status).end('{"ready":…}'));
      servers.push(server.listen(0, '127.0.0.1'));
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    };
    afterEach(() => {
      for (const server of servers.splice(0)) server.close();
    });
    const asked = async (port: number) => {
      const [script, name] = (await podOf({}))!.spec.containers[0].args as [string, string];
      expect(name).toBe('vipwatch');
      const child = spawn(process.execPath, ['--eval', script, '127.0.0.1', String(port)]);
      const [says, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
      return { code, says };
    };

    it('is content where all agents are ready', async () => {
      expect(await asked(await serve(200))).toEqual({ code: 0, says: 'ready  127.0.0.1  200 {"ready":…}\n' });
    });

    it('fails where one is not, with what it said', async () => {
      expect(await asked(await serve(503))).toEqual({
        code: 1,
        says: 'NOT READY  127.0.0.1  503 {"ready":…}\n',
      });
    });

    it('fails where none answers', async () => {
      const port = await serve(200);
      const [server] = servers.splice(0);
      await new Promise((done) => server!.close(done));
      expect(await asked(port)).toMatchObject({ code: 1, says: expect.stringContaining('ECONNREFUSED') });
    });

    it('can hear of agents that are not ready, and is none of them', async () => {
      const objects = await helm.render({});
      const { spec } = objectOfKind(objects, 'Service') as unknown as {
        spec: { selector: object; publishNotReadyAddresses: boolean };
      };
      expect(spec.publishNotReadyAddresses).toBe(true);
      const { metadata } = (await podOf({}))!;
      expect(metadata.labels).not.toMatchObject(spec.selector);
      expect(metadata).toMatchObject({ annotations: { 'helm.sh/hook': 'test' } });
    });

    it.each(['no test', 'only for the node itself'])('is left out with %s', async (name) => {
      expect(await podOf(ACCEPTED[name]!)).toBeUndefined();
    });
  });
});
