// Helm, and the decoder that knows Kubernetes' types, built from Go modules as for the cluster tests.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { say, sayLoudly } from '../cluster/say.ts';
import { findGo } from '../cluster/toolchain.ts';
import { CHART, type KubernetesObject, readObjects } from './objects.ts';
import type { Values } from './values.ts';

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why there is no Helm here, said loudly, or undefined. */
export function helmUnavailable(): string | undefined {
  const search = findGo();
  if (search.ok) return undefined;
  sayLoudly(`the tests of the Helm chart are SKIPPED: ${search.reason}`);
  return search.reason;
}

/** What an installation has loaded into its nodes. */
export const IMAGE = 'localhost/vipwatch';

export class Helm {
  readonly path: string;
  readonly #strict: string;

  private constructor(folder: string) {
    this.path = join(folder, 'helm');
    this.#strict = join(folder, 'strict');
  }

  /**
   * At once where it was built before; else many minutes.
   *
   * @throws {Error} where there is no Go, or the build fails.
   */
  static async find(): Promise<Helm> {
    const search = findGo();
    if (!search.ok) throw new Error(search.reason);
    return new Helm(await search.go.build('chart', say));
  }

  lint(values: Values): Promise<Outcome> {
    return run(this.path, ['lint', '--strict', '--values=-', CHART], valuesText(values));
  }

  /** @param flags Helm's own. */
  template(values: Values, ...flags: readonly string[]): Promise<Outcome> {
    const words = ['template', 'vipwatch', CHART, '--namespace=vipwatch', '--values=-', ...flags];
    return run(this.path, words, valuesText(values));
  }

  /**
   * Of a chart that has this one inside.
   *
   * @param chart its folder.
   */
  templateOf(release: string, chart: string, values: Values): Promise<Outcome> {
    return run(this.path, ['template', release, chart, '--values=-'], JSON.stringify(values));
  }

  /** What `helm install` tells whoever installs it. */
  async notes(values: Values): Promise<string> {
    const words = ['install', 'vipwatch', CHART, '--namespace=vipwatch', '--dry-run=client', '--values=-'];
    const { stdout } = await run(this.path, words, valuesText(values));
    return stdout.slice(stdout.indexOf('NOTES:'));
  }

  /**
   * What an installation makes, which is all but the pod of `helm test`.
   *
   * @throws {Error} where the chart does not take the values, with what Helm said.
   */
  async render(values: Values, ...flags: readonly string[]): Promise<KubernetesObject[]> {
    const { code, stdout, stderr } = await this.template(values, '--skip-tests', ...flags);
    if (code !== 0) throw new Error(stderr);
    return readObjects(stdout);
  }

  /** What Kubernetes' own types say against the manifests; empty where they fit. */
  async misfits(manifests: string): Promise<string> {
    return (await run(this.#strict, [], manifests)).stderr;
  }
}

/** JSON is YAML, whichever version of YAML the reader knows. The image has no default: it is one that was loaded. */
function valuesText(values: Values): string {
  const { image } = values as { image?: object };
  return JSON.stringify({ ...values, image: { repository: IMAGE, ...image } });
}

async function run(program: string, words: readonly string[], input: string): Promise<Outcome> {
  const child = spawn(program, words);
  child.stdin.end(input);
  const ended = new Promise<number | null>((done, failed) => child.once('close', done).once('error', failed));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
