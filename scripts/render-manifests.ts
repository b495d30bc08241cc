// `node scripts/render-manifests.ts`: writes what is made from other files below deploy/: the alert rules, the chart's README and
// the schema of its values, and the manifests for `kubectl apply`, which are the chart rendered with its defaults. Needs Go, which
// builds Helm.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findGo } from '../test/cluster/toolchain.ts';
import { alertRulesText } from './alerts/rules.ts';
import { chartReadmeText } from './chart-readme.ts';
import { dashboardText } from './dashboard.ts';
import { findingsPageText } from './findings-page.ts';
import { valuesSchema } from './values-schema.ts';

const DEPLOY = join(import.meta.dirname, '../deploy');
const CHART = join(DEPLOY, 'chart/vipwatch');

const HEADER = `# vipwatch for \`kubectl apply --server-side -f\`: the chart, rendered by scripts/render-manifests.ts with its defaults.
# The image is one that you loaded into every node; kustomization.yaml names another. MetalLB is looked for in the namespace
# metallb-system. docs/install.md says more.
`;
/** Which no registry has. */
const IMAGE = 'localhost/vipwatch';

export function schemaText(): string {
  return `${JSON.stringify(valuesSchema(), null, 2)}\n`;
}

/** @param helm the path of Helm 4. */
export function renderManifests(helm: string): string {
  const set = `namespace.create=true,tests.enabled=false,image.repository=${IMAGE}`;
  const words = ['template', 'vipwatch', CHART, '--namespace=vipwatch', `--set=${set}`];
  const rendered = execFileSync(helm, words, { encoding: 'utf8' });
  // Helm has no part in what is applied without it.
  const lines = rendered
    .replaceAll(/^ *annotations:\n *helm\.sh\/resource-policy: .*\n/gm, '')
    .split('\n')
    .filter((line) => !/^# Source: |^ *(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): /.test(line));
  return HEADER + lines.join('\n').replace(/^---\n/, '');
}

/** Files that are made, and their texts; a chart can read nothing outside its own folder. */
export function renderedFiles(): ReadonlyMap<string, string> {
  return new Map([
    [join(CHART, 'values.schema.json'), schemaText()],
    [join(CHART, 'README.md'), chartReadmeText(join(CHART, 'values.yaml'))],
    [join(DEPLOY, 'alerts/vipwatch.rules.yaml'), alertRulesText()],
    [join(CHART, 'files/vipwatch.rules.yaml'), alertRulesText()],
    [join(DEPLOY, 'dashboards/vipwatch.json'), dashboardText()],
    [join(CHART, 'files/vipwatch.json'), dashboardText()],
    [join(DEPLOY, '../src/serve/http/findings-page.json'), findingsPageText()],
  ]);
}

if (import.meta.main) {
  for (const [path, text] of renderedFiles()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const search = findGo();
  if (!search.ok) throw new Error(`Cannot render the manifests: ${search.reason}`);
  const programs = await search.go.build('chart', (line) => console.error(line));
  writeFileSync(join(DEPLOY, 'manifests/vipwatch.yaml'), renderManifests(join(programs, 'helm')));
}
