// A link in a namespace of its own: `flood0` to send into, and a reader that captures on `lan0` as the daemon does.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createNamespace, type Namespace } from '../../test/host/namespace.ts';

export interface CapturedLink {
  readonly namespace: Namespace;
  readonly reader: ChildProcess;
  /** Ends the reader, and gives what it counted (live-reader.ts). */
  readonly counted: () => Promise<{ received: number; dropped: number; cpuSeconds: number; rssMiB: number }>;
}

/** Resolves once the reader captures. */
export async function createCapturedLink(): Promise<CapturedLink> {
  const namespace = await createNamespace();
  namespace.run('ip', 'link', 'add', 'flood0', 'type', 'veth', 'peer', 'name', 'lan0');
  for (const name of ['flood0', 'lan0']) {
    namespace.run('sysctl', '-qw', `net.ipv6.conf.${name}.disable_ipv6=1`);
    namespace.run('ip', 'link', 'set', name, 'up');
  }
  const words = [join(import.meta.dirname, 'live-reader.ts'), 'lan0'];
  const reader = namespace.spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: reader.stdout! })[Symbol.asyncIterator]();
  await lines.next();
  return {
    namespace,
    reader,
    counted: async () => {
      reader.stdin!.end();
      return JSON.parse((await lines.next()).value ?? '{}');
    },
  };
}
