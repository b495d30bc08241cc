// What `vipwatch config validate`, `schema`, `example` and `from-cluster` do.
import { stringify } from 'yaml';
import { at, textAt } from '../base/json.ts';
import { checkConfig } from '../config/config.ts';
import { ConfigError } from '../config/mistakes.ts';
import { ConfigSchema } from '../config/schema.ts';
import { doubtsOf } from '../intent/doubts.ts';
import { AgentError, problemIn } from './agent-answer.ts';
import { finderOf, type Whom } from './agents-asked.ts';
import type { Environment } from './command.ts';
import { readConfig } from './config-file.ts';
import { FIRST_CONFIG } from './first-config.ts';
import { configSurroundings } from './in-cluster.ts';
import type { Terminal } from './terminal.ts';

const DRAFT = 'http://json-schema.org/draft-07/schema#';
const WIDTH = 100;
/** More of them are in docs/config.md. */
const MAX_WORDS = 6;

/** @throws UsageError, ConfigError */
export function validate(
  path: string,
  insideCluster: boolean,
  terminal: Terminal,
  environment: Environment,
): void {
  const surroundings = configSurroundings(environment);
  const config = readConfig(path, {
    ...surroundings,
    insideCluster: insideCluster || surroundings.insideCluster,
  });
  // No mistake, but most likely not what was meant.
  if (config.kubernetes === null)
    for (const doubt of doubtsOf(config.intent, 'file')) terminal.complain(`warning: ${doubt}`);
  terminal.write(`${path} is right.\n`);
}

export function writeSchema(terminal: Terminal): void {
  const schema = { $schema: DRAFT, title: 'Configuration of vipwatch', ...ConfigSchema };
  terminal.write(`${JSON.stringify(schema, null, 2)}\n`);
}

/** As far as it is walked here. */
interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
}

export function writeExample(terminal: Terminal): void {
  const { properties = {} } = ConfigSchema as unknown as SchemaNode;
  const others = Object.entries(properties).flatMap(([key, node]) => ['', ...commented(key, node, '')]);
  terminal.write(
    `# A configuration of vipwatch. \`vipwatch config validate FILE\` says whether it is right; docs/config.md explains every key.\n\n` +
      `${FIRST_CONFIG}\n# All options, each with its default or what it is.\n${others.join('\n')}\n`,
  );
}

/** The lines of an option and of all below it, as comments. */
function commented(key: string, node: SchemaNode, indent: string): string[] {
  const lead = `# ${indent}${key}:`;
  const description = node.description === undefined ? '' : `   # ${node.description}`;
  const { properties } = node;
  // What is alike for every kind is shown once.
  if (properties && key === 'kinds') {
    const [[kind, first] = ['', {}]] = Object.entries(properties);
    return [`${lead}   # each kind of finding, such as`, ...commented(kind, first, `${indent}  `)];
  }
  if (properties)
    return [
      `${lead}${description}`,
      ...Object.entries(properties).flatMap(([name, member]) => commented(name, member, `${indent}  `)),
    ];
  if (node.items?.properties) {
    const [first = '', ...rest] = Object.entries(node.items.properties).flatMap(([name, member]) =>
      commented(name, member, `${indent}    `),
    );
    const dash = first.replace(`# ${indent}    `, `# ${indent}  - `);
    return [`${lead}${description}`, dash, ...rest];
  }
  return [`${lead} ${valueText(node)}${description}`];
}

function valueText({ default: value, type, enum: words, items }: SchemaNode): string {
  if (value !== undefined) return String(value);
  if (words) return words.join(' | ');
  if (type === 'array') return items?.enum ? `[${shortList(items.enum)}]` : '[…]';
  return type === 'object' ? '{ … }' : '…';
}

function shortList(words: readonly unknown[]): string {
  return words.length <= MAX_WORDS ? words.join(', ') : `${words[0]}, …`;
}

/** The first that answers: all of them have the same intent. @throws UsageError, KubeconfigError, AgentError */
export async function writeFromCluster(
  options: Whom,
  terminal: Terminal,
  environment: Environment,
): Promise<void> {
  const find = await finderOf(options, environment.VIPWATCH_IS_PLUGIN === '1');
  const { agents, unasked } = await find();
  const reasons = unasked.map(({ name, reason }) => `${name}: ${reason}`);
  for (const agent of agents) {
    try {
      const { status, body } = await agent.ask('/api/v1/intent');
      const intent = at(body, 'intent');
      if (status === 200 && textAt(intent, 'source') === 'static') {
        checkConfig({ intent }, 'its answer', { insideCluster: false });
        terminal.write(
          `# What the cluster intends, as ${agent.name} knows it.\n${stringify({ intent }, { lineWidth: WIDTH })}`,
        );
        return;
      }
      reasons.push(`${agent.name}: ${problemIn(body) ?? `it answers ${status}`}`);
    } catch (error) {
      if (!(error instanceof AgentError || error instanceof ConfigError)) throw error;
      reasons.push(`${agent.name}: ${error.message.replaceAll(/\s*\n\s*/g, ', ')}`);
    }
  }
  throw new AgentError(`No agent could be asked. ${reasons.join('; ')}`);
}
