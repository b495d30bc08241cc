// The documents' own commands, typed as their reader types them: out of a section, at a machine with kubectl, Helm and the checkout.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { KUBECONFIG } from '../cluster/control-plane.ts';
import type { RealHome } from './home.ts';
import type { NodeSetup } from './setup.ts';

const FOLDER = '/run/lab/reader';
const TIMEOUT_MS = 300_000;

interface Block {
  readonly language: string;
  readonly text: string;
}

/** What stands below a heading of a document, up to the next of its kind. */
export class Section {
  readonly text: string;

  /** @throws {Error} where there is no such heading. */
  constructor(document: string, heading: string) {
    const text = readFileSync(join(PROJECT_FOLDER, document), 'utf8');
    const [, ...sections] = text.split(/^## /m);
    const found = sections.find((section) => section.startsWith(`${heading}\n`));
    if (found === undefined) throw new Error(`Cannot find "${heading}" in ${document}`);
    this.text = found;
  }

  /** Of `sh` blocks, and what is typed in `console` blocks. */
  get commands(): string[] {
    return this.#blocks.flatMap(({ language, text }) => {
      if (language === 'sh') return text;
      const typed = language === 'console' ? text.split('\n').filter((line) => line.startsWith('$ ')) : [];
      return typed.map((line) => `${line.slice(2)}\n`);
    });
  }

  /** The commands within sentences that begin with this program. */
  inline(program: string): string[] {
    return [...this.text.matchAll(/`([^`\n]+)`/g)]
      .map((match) => match[1]!)
      .filter((words) => words.startsWith(`${program} `));
  }

  /** The text of the first block in this language. @throws {Error} where there is none. */
  block(language: string): string {
    const found = this.#blocks.find((block) => block.language === language);
    if (!found) throw new Error(`Cannot find a block of ${language} below ${this.text.split('\n')[0]}`);
    return found.text;
  }

  /** What the first `console` block shows below what is typed. */
  get shown(): string {
    const lines = this.block('console').split('\n');
    return lines.filter((line) => !line.startsWith('$ ')).join('\n');
  }

  get #blocks(): Block[] {
    return [...this.text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
      language: match[1]!,
      text: match[2]!,
    }));
  }
}

/** Somebody at a shell, in the folder of the checkout; with rights to the whole cluster. */
export class Reader {
  readonly #home: RealHome;
  /** What the documents leave to their reader, and what stands in its place. */
  readonly #fillings: (text: string) => string;

  private constructor(home: RealHome, fillings: (text: string) => string) {
    this.#home = home;
    this.#fillings = fillings;
  }

  static async sit(home: RealHome, setup: NodeSetup, fillings: (text: string) => string): Promise<Reader> {
    const { host } = home.cluster.controlPlane;
    const script = `set -e
mkdir -p ${FOLDER}/programs
ln -s ${setup.cluster.kubectl} ${setup.node.helm} ${FOLDER}/programs
ln -s ${PROJECT_FOLDER}/deploy ${FOLDER}/deploy`;
    await host.run(['sh', '-c', script]);
    return new Reader(home, fillings);
  }

  /** Writes a file that a document shows. */
  async save(name: string, text: string): Promise<void> {
    await this.#home.cluster.controlPlane.host.writeFile(`${FOLDER}/${name}`, this.#fillings(text));
  }

  /** What the commands print. @throws {Error} where one of them fails, with what it said. */
  async type(...commands: readonly string[]): Promise<string> {
    const script = `set -eo pipefail
export KUBECONFIG=${KUBECONFIG} HOME=${FOLDER} PATH=${FOLDER}/programs:$PATH
cd ${FOLDER}
${this.#fillings(commands.join('\n'))}`;
    const { stdout } = await this.#home.cluster.controlPlane.host.run(['/bin/bash', '-c', script], {
      timeoutMs: TIMEOUT_MS,
    });
    return stdout;
  }
}
