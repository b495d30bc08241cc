// Which tests `make quick` leaves out, and `make test` runs: each folder or file with what it needs besides npm packages.
// `vitest.config.ts` makes two projects of it; `quick.test.ts` holds it against what the tests import.

export const LEFT_OUT: Readonly<Record<string, string>> = {
  'test/alerts/': 'Prometheus and Alertmanager, most of them in network namespaces',
  'test/chart/': 'Helm, which Go builds, and containers made of namespaces',
  'test/cli/check.test.ts': 'the program as a process of its own',
  'test/cli/completion.test.ts': 'the program as a process of its own',
  'test/cli/failover-test.test.ts': 'the program as a process of its own',
  'test/cli/freeze-speaker.test.ts': 'the program as a process of its own',
  'test/cli/replay.test.ts': 'the program as a process of its own',
  'test/cli/run-many-interfaces.test.ts': 'network namespaces',
  'test/cli/run-once.test.ts': 'network namespaces',
  'test/cli/run-reload.test.ts': 'network namespaces',
  'test/cli/run-signals.test.ts': 'network namespaces',
  'test/cli/run.test.ts': 'network namespaces',
  'test/cluster/': 'a cluster, built from Go modules; only `make test-cluster` runs it',
  'test/host/capture/live-capture.test.ts': 'network namespaces',
  'test/lab/': 'network namespaces, and the programs of a real LAN',
  'test/node/': 'real nodes: containers, and programs that Go builds; only `make test-node` runs it',
  'test/release/assets.test.ts': 'npm and its registry, and Helm, which Go builds',
  'test/release/publishing.test.ts': 'a shell, and stand-ins of programs',
  'test/release/workflows.test.ts': 'actionlint, which Go builds',
  'test/setup.test.ts': 'root, a mount namespace, and the tools of Debian that enable services',
  'test/web/acknowledge.test.ts': 'Chromium',
  'test/web/page.test.ts': 'Chromium',
  'test/world/oracle/seeds.test.ts': 'a minute of all cores, in a process of its own',
};

/** Quick, although they start programs: what each starts, and that it is skipped where that is not installed. */
export const STARTS: Readonly<Record<string, string>> = {
  'test/host/capture/capture-source.test.ts': 'Node',
  'test/host/journal.test.ts': 'Node, to kill it while it writes',
  'test/host/memory.test.ts': 'Node, whose memory is measured',
  'test/host/poster.test.ts': 'openssl, for certificates, or is skipped',
  'test/host/token-file.test.ts': 'mkfifo',
  'test/lease-import/importing.test.ts': 'openssl, for certificates, or is left out in part',
  'test/net/real-frames.test.ts': 'tshark, as the other opinion, or is skipped',
  'test/serve/http/generated-client.test.ts': 'Redocly CLI and the TypeScript compiler',
  'test/serve/metrics/metrics.test.ts': 'promtool, or is skipped',
};

/** What it needs; undefined where npm packages are enough. */
export function needOf(file: string): string | undefined {
  return Object.entries(LEFT_OUT).find(
    ([path]) => file === path || (path.endsWith('/') && file.startsWith(path)),
  )?.[1];
}
