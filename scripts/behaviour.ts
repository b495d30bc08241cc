// `node scripts/behaviour.ts FOLDER`: writes what vipwatch says into a folder, to be compared before and after the code is moved
// (diff -r): each capture replayed, as text and as JSON; the HTTP answers and metrics of a sample; help; and all that is
// rendered, the chart with Go alone. Captures that are not part of this repository are read where VIPWATCH_CAPTURES and
// VIPWATCH_CASES say, if they are there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CHART, ROOT } from '../test/chart/objects.ts';
import { findGo } from '../test/cluster/toolchain.ts';
import { sampleServer } from '../test/serve/server.ts';
import { renderedFiles, renderManifests } from './render-manifests.ts';

const PROGRAM = join(ROOT, 'bin/vipwatch');
const HOME_LAN = join(ROOT, 'test/data/home-lan.yaml');
const CAPTURE = /\.pcap(ng)?$/;
const CAPTURE_FOLDERS = [
  join(ROOT, 'test/data'),
  process.env.VIPWATCH_CAPTURES ?? resolve(ROOT, '../shared/captures'),
  process.env.VIPWATCH_CASES ?? resolve(ROOT, '../shared/cases'),
];
const ROUTES = [
  ...['/metrics', '/healthz', '/readyz', '/openapi.json', '/', '/nowhere', '/api/v1/findings?wrong=1'],
  ...['vips', 'claims', 'leases', 'dhcp-servers', 'findings?state=all', 'takeovers', 'failover-tests'].map(
    (list) => `/api/v1/${list}`,
  ),
];
const HELP = [['--help'], ...['run', 'replay', 'failover-test'].map((command) => [command, '--help'])];
const VALUES = [
  [],
  [
    'podMonitor.enabled=true',
    'serviceMonitor.enabled=true',
    'prometheusRule.enabled=true',
    'dashboard.enabled=true',
  ],
  [
    'config.failoverTest.modes={observe,drain,delete-pod,freeze}',
    'alertmanager.secretName=am',
    'rbac.create=false',
  ],
  ['config.intent.source=static'],
];

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  console.error('usage: behaviour.ts FOLDER');
  process.exit(2);
}
rmSync(folder, { recursive: true, force: true });

function write(name: string, text: string): void {
  const path = join(folder!, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function told(program: string, words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', cwd: ROOT });
  return `${stdout}\n--- said on standard error\n${stderr}\n--- exit code ${status}\n`;
}

let captures = 0;
for (const from of CAPTURE_FOLDERS.filter((path) => existsSync(path))) {
  const names = readdirSync(from, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((one) => CAPTURE.test(one)).sort()) {
    const path = join(from, name);
    const own = path.replace(CAPTURE, '.yaml');
    const config = existsSync(own) ? own : HOME_LAN;
    for (const output of ['text', 'json']) {
      const words = ['replay', '--config', config, '--output', output, '--fail-on', 'critical', path];
      write(`replay/${basename(from)}/${name}.${output}`, told(PROGRAM, words));
    }
    captures += 1;
  }
  console.error(`${captures} captures replayed`);
}
for (const words of HELP) write(`help/${words.join(' ')}.txt`, told(PROGRAM, words));

const { server } = await sampleServer();
for (const url of ROUTES) {
  const { statusCode, headers, body } = await server.fastify.inject({ method: 'GET', url });
  const { date: _, ...fixed } = headers;
  const text = url === '/openapi.json' ? JSON.stringify(JSON.parse(body), null, 1) : body;
  write(`http/${encodeURIComponent(url)}.txt`, `${statusCode} ${JSON.stringify(fixed)}\n${text}\n`);
}
await server.close();

for (const [path, text] of renderedFiles()) write(`rendered/${path.slice(ROOT.length)}`, text);
const search = findGo();
if (search.ok) {
  const helm = join(await search.go.build('chart', (line) => console.error(line)), 'helm');
  write('rendered/manifests.yaml', renderManifests(helm));
  VALUES.forEach((values, i) => {
    const set = ['image.repository=localhost/vipwatch', ...values].flatMap((value) => ['--set', value]);
    write(`rendered/chart-${i}.yaml`, told(helm, ['template', 'vipwatch', CHART, ...set]));
  });
} else console.error(`The chart is left out: ${search.reason}`);
