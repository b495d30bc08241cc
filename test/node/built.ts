// `node test/node/built.ts`: whether the tests on real nodes could start at once; else what is missing, and it ends with 1. For `.ci/run`,
// whose time is too short to build Kubernetes.
import type { Module } from '../cluster/recipes.ts';
import { findGo } from '../cluster/toolchain.ts';

const NEEDED: readonly Module[] = [
  'etcd',
  'kubernetes',
  'metallb',
  'metallb-0.16.2',
  'chart',
  'node',
  'pause',
  'dns',
];

const search = findGo();
const missing = search.ok ? [] : [search.reason];
if (search.ok)
  for (const module of NEEDED) if (!(await search.go.isBuilt(module))) missing.push(`${module} is not built`);
if (missing.length > 0) {
  console.error(
    `the tests on real nodes are left out here (make test-node runs them): ${missing.join(', ')}`,
  );
  process.exitCode = 1;
}
