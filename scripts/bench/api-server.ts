// Serves a cluster's objects as kube-apiserver does: HTTP/2 over TLS, lists in pages or whole and compressed, watches that
// stay open. A program of its own: `node api-server.ts FOLDER NODES SERVICES READY_AGENTS [PORT]`. Writes FOLDER/kubeconfig, says
// `ready`, and takes commands as lines on standard input:
//   `churn N`   N objects a second change from now on: heartbeats of nodes, and Services and endpoints as in a rollout
//   `add N`     the Service N comes into being, address and all; says `added N AT` (milliseconds since the Unix epoch)
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { KIND_KEYS, KINDS, type KindKey } from '../../src/check/model/kinds.ts';
import { type Kind, watchedKinds } from '../../src/cluster/objects/resources.ts';
import {
  ApiServer,
  type Asked,
  accept,
  answer,
  answerCompressed,
} from '../../test/host/kubernetes/api-server.ts';
import { checkObjects } from './check-objects.ts';
import { clusterObjects, vipOf } from './cluster-objects.ts';

const CHURN_EVERY_MS = 50;
/** Of the Pods that are made for checks, those behind Services. */
const BEHIND = '"namespace":"default"';
/** Bytes. */
const COMPRESSED_FROM = 128 * 1024;

const [folder = '.', ...counts] = process.argv.slice(2);
const [nodes = 1000, services = 10_000, readyAgents = nodes, port = 0] = counts.map(Number);
const maker = clusterObjects({ nodes, services, readyAgents });
const objects = maker.all();
const watches = new Map<Kind, Set<Asked>>();
const listed = new Map<KindKey, readonly string[]>();
let revision = 1000;

const kindOf = new Map<string, Kind>();
for (const [kind, { path, labelSelector = '' }] of Object.entries(
  watchedKinds({ metallb: 'metallb-system', agents: 'vipwatch' }),
))
  kindOf.set(path + labelSelector, kind as Kind);

/** The token after which the list goes on is the number of its first object. A list from memory comes whole. */
function list(asked: Asked, all: readonly string[]): void {
  const from = Number(asked.query.get('continue') ?? 0);
  const fromMemory = asked.query.has('resourceVersion');
  const to = from + Number((fromMemory ? undefined : asked.query.get('limit')) ?? all.length);
  const more = to < all.length ? `,"continue":"${to}","remainingItemCount":${all.length - to}` : '';
  const metadata = `{"resourceVersion":"${revision}"${more}}`;
  const items = all.slice(from, to).join(',');
  const text = `{"kind":"List","apiVersion":"v1","metadata":${metadata},"items":[${items}]}`;
  if (asked.encoding === 'gzip' && text.length > COMPRESSED_FROM) answerCompressed(asked, text);
  else answer(asked, 200, text);
}

function watch(asked: Asked, kind: Kind): void {
  const open = watches.get(kind) ?? new Set();
  watches.set(kind, open.add(asked));
  asked.stream.once('close', () => open.delete(asked));
  accept(asked);
}

function tell(kind: Kind, type: 'ADDED' | 'MODIFIED', object: string): void {
  for (const { stream } of watches.get(kind) ?? []) stream.write(`{"type":"${type}","object":${object}}\n`);
}

let churned = 0;
/** Of ten changes five are heartbeats, two rewrite a Service as it was, two move its endpoints, one gives it an address anew. */
function change(): void {
  churned += 1;
  revision += 1;
  const service = (churned % services) + 1;
  const node = (churned % nodes) + 1;
  switch (churned % 10) {
    case 0: {
      const other = vipOf((revision % services) + 1);
      return tell('services', 'MODIFIED', maker.service(service, revision).replaceAll(vipOf(service), other));
    }
    case 1:
    case 2:
      return tell('services', 'MODIFIED', maker.service(service, revision));
    case 3:
    case 4: {
      const moved = maker
        .endpointSlice(service, revision)
        .replaceAll(/"nodeName":"[^"]+"/g, `"nodeName":"node-${node}"`);
      return tell('endpointSlices', 'MODIFIED', moved);
    }
    default:
      return tell('nodes', 'MODIFIED', maker.node(node, revision));
  }
}

const tls = certificate();
const server = await ApiServer.start(tls, port);
writeFileSync(
  join(folder, 'kubeconfig'),
  JSON.stringify({
    'current-context': 'bench',
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    clusters: [
      {
        name: 'bench',
        cluster: {
          server: server.access().server,
          'certificate-authority-data': Buffer.from(tls.cert).toString('base64'),
        },
      },
    ],
    users: [{ name: 'bench', user: { token: 'bench' } }],
  }),
);
console.log('ready');

void serve();
for await (const line of createInterface({ input: process.stdin })) {
  const [command, number] = line.split(' ');
  if (command === 'churn')
    setInterval(() => {
      for (let i = 0; i < (Number(number) * CHURN_EVERY_MS) / 1000; i += 1) change();
    }, CHURN_EVERY_MS);
  else if (command === 'add') {
    const added = Number(number);
    revision += 1;
    tell('endpointSlices', 'ADDED', maker.endpointSlice(added, revision));
    console.log(`added ${added} ${performance.timeOrigin + performance.now()}`);
    tell('services', 'ADDED', maker.service(added, revision));
  } else throw new Error(`no such command: ${line}`);
}
process.exit();

async function serve(): Promise<void> {
  for (;;) {
    const asked = await server.next();
    const kind = kindOf.get(asked.path + (asked.query.get('labelSelector') ?? ''));
    const checked = KIND_KEYS.find((key) => KINDS[key].path === asked.path);
    if (asked.method === 'PATCH') answer(asked, 200, '{"kind":"Pod"}');
    else if (kind === undefined && checked !== undefined) list(asked, objectsOf(checked));
    else if (kind === undefined) answer(asked, 404, '404 page not found\n');
    else if (asked.query.has('watch')) watch(asked, kind);
    else list(asked, objects[kind]);
  }
}

/** What checks list, in all namespaces: made when it is asked for first. */
function objectsOf(key: KindKey): readonly string[] {
  const known = listed.get(key) ?? allOf(key);
  listed.set(key, known);
  return known;
}

function allOf(key: KindKey): readonly string[] {
  switch (key) {
    case 'endpointslices':
      return objects.endpointSlices;
    case 'ipaddresspools':
      return objects.pools;
    case 'l2advertisements':
      return objects.l2Advertisements;
    case 'pods':
      return [...objects.speakers, ...objects.agents, ...made(key).filter((pod) => pod.includes(BEHIND))];
    default:
      return made(key);
  }
}

/** Behind the Services that are recorded. */
function made(key: KindKey): string[] {
  const labels = (i: number) => ({
    'app.kubernetes.io/instance': `web-${i + 1}`,
    'app.kubernetes.io/name': `web-${i + 1}`,
  });
  const [count, make] = checkObjects({ namespace: 'default', labels })[key] ?? [0, () => ({})];
  return Array.from({ length: count }, (_, i) => JSON.stringify(make(i)));
}

function certificate(): { readonly key: string; readonly cert: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  // One that is started again is the one that it was.
  if (!existsSync(cert)) makeCertificate(key, cert);
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

function makeCertificate(key: string, cert: string): void {
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      '/CN=kube-apiserver',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  );
}
