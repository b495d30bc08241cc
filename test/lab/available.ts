import { spawnSync } from 'node:child_process';
import { isRoot } from '../../lab/cell.ts';
import { missingTool, type Tool, toolPath } from '../../lab/tools.ts';

/** The user without privileges, for `spawn`. */
export const NOBODY = { uid: 65534, gid: 65534 };

/**
 * True, with a line on the console that says why, where this machine cannot make a lab or lacks one of the tools: for
 * `describe.skipIf`.
 */
export function labUnavailable(...tools: Tool[]): boolean {
  const reason = missingTool('unshare', 'nsenter', 'ip', 'tcpdump', ...tools) ?? namespacesRefused();
  if (reason) console.warn(`skipped: ${reason}`);
  return reason !== undefined;
}

function namespacesRefused(): string | undefined {
  const user = isRoot() ? [] : ['--user', '--map-root-user'];
  const words = [...user, '--net', '--mount', '--pid', '--fork', '--mount-proc', 'true'];
  const { status, stderr } = spawnSync(toolPath('unshare'), words, { encoding: 'utf8' });
  return status === 0 ? undefined : `this machine lets nobody make namespaces: ${stderr.trim()}`;
}

/** True, with a line on the console that says why, where root cannot run this checkout as that user. */
export function cannotBeNobody(): boolean {
  if (!isRoot()) return false;
  const script = new URL('owner.ts', import.meta.url).pathname;
  const probe = spawnSync(process.execPath, ['--check', script], { ...NOBODY, encoding: 'utf8' });
  if (probe.status === 0) return false;
  console.warn(`skipped: the user nobody cannot read this checkout: ${probe.error ?? probe.stderr}`);
  return true;
}
