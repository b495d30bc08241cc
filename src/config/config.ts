// The configuration as the program uses it: checked, parsed, with the defaults filled in. All mistakes are reported at
// once: those against the schema, and those that only a comparison shows (duplicates, overlaps).
import { LineCounter, parseDocument } from 'yaml';
import type { Intent } from '../intent/intent.ts';
import { crossCheckMistakes } from './cross-checks.ts';
import { parsed } from './option.ts';
import { type ConfigFile, ConfigSchema, type ParsedFile } from './schema.ts';
import { schemaMistakes } from './schema-errors.ts';
import { isJournalPath } from './value-schemas.ts';

/** The checked configuration: parsed, with every default filled in, frozen. */
export type Config = Frozen<Omit<ParsedFile, 'intent'>> & {
  /** From the file; empty where it comes from Kubernetes. */
  readonly intent: Intent;
  /** Null: the intent is static. */
  readonly kubernetes: KubernetesConfig | null;
};

export type KubernetesConfig = ParsedFile['intent']['kubernetes'];

type Frozen<Value> = Value extends string | number | bigint | boolean | null | undefined
  ? Value
  : { readonly [Key in keyof Value]: Frozen<Value[Key]> };

/** The configuration is wrong; `mistakes` holds one line for each thing to put right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(source: string, found: readonly string[]) {
    const mistakes = found.map((mistake) => mistake.replaceAll(/\p{Cc}/gu, '?'));
    const count = mistakes.length === 1 ? '' : `${mistakes.length} mistakes: `;
    super(`${source}: ${count}${mistakes.join('; ')}`);
    this.mistakes = mistakes;
  }
}

/** Where the configuration is read: what it is where the file leaves it to that. */
export interface ConfigContext {
  /** Inside a Kubernetes pod (`KUBERNETES_SERVICE_HOST` is set): intent's default source is then the cluster. */
  readonly insideCluster: boolean;
  /** Folder for the journal where the file names none, e.g. systemd's `STATE_DIRECTORY`. */
  readonly stateFolder?: string;
  /** MetalLB's namespace where the file names none, e.g. by the chart. */
  readonly metallbNamespace?: string;
}

/**
 * Reads a configuration from YAML 1.2: one document.
 * @param source what to call the text in errors, usually the file's name.
 * @throws ConfigError listing every mistake: those of the YAML with their line, else those of the configuration.
 */
export function parseConfig(text: string, source: string, context: ConfigContext): Config {
  const lines = new LineCounter();
  // Its warnings would reach standard error by themselves, with the file's own characters in them.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  if (document.errors.some((error) => error.code === 'MULTIPLE_DOCS')) {
    throw new ConfigError(source, ['holds several YAML documents: expected one']);
  }
  if (document.errors.length > 0) {
    const mistakes = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return `line ${line}, column ${col}: ${error.message.split('\n', 1)[0]}`;
    });
    throw new ConfigError(source, mistakes);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or aliases that multiply.
    throw new ConfigError(source, [(error as Error).message]);
  }
  return checkConfig(value, source, context);
}

/** Where a file that may be wrong elsewhere says that the journal is; undefined where it does not, or cannot be read that far. */
export function readableJournalPath(text: string): string | undefined {
  const path: unknown = parseDocument(text, { prettyErrors: false }).getIn(['journal', 'path']);
  return typeof path === 'string' && isJournalPath(path) ? path : undefined;
}

/**
 * Checks a configuration that was already read from YAML and fills in the defaults.
 * @param source what to call it in errors, usually the file's name.
 * @throws ConfigError listing every mistake with its path.
 */
export function checkConfig(written: unknown, source: string, context: ConfigContext): Config {
  const value = withoutNulls(written) ?? {};
  const mistakes = [
    ...schemaMistakes(value),
    ...crossCheckMistakes(value),
    ...sourceMistakes(value, context),
  ];
  if (mistakes.length > 0) throw new ConfigError(source, mistakes);
  return deepFreeze(configOf(value as ConfigFile, context));
}

/** A key without a value (`vips:` with nothing below it) means the same as no key. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object') return value;
  if (value === null) return undefined;
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutNulls(member)]));
}

function sourceMistakes(value: unknown, context: ConfigContext): string[] {
  const intent = (value as ConfigFile).intent;
  const source = sourceOf(value as ConfigFile, context);
  const mistakes: string[] = [];
  const unread = source === 'kubernetes' ? 'static' : 'kubernetes';
  if (intent?.[unread] !== undefined)
    mistakes.push(`intent.${unread}: is not read: intent.source is ${source}, set it to ${unread}`);
  if (source === 'kubernetes' && (value as ConfigFile).http?.tokenFile !== undefined)
    mistakes.push('http.tokenFile: is not read: where intent comes from Kubernetes, its RBAC says who may');
  const kubeconfig = intent?.kubernetes?.kubeconfig;
  if (source === 'kubernetes' && kubeconfig === undefined && !context.insideCluster)
    mistakes.push(
      'intent.kubernetes.kubeconfig: is missing: outside a cluster there is no other way to its API',
    );
  return mistakes;
}

function sourceOf(file: ConfigFile, { insideCluster }: ConfigContext): 'static' | 'kubernetes' {
  return file.intent?.source ?? (insideCluster ? 'kubernetes' : 'static');
}

/** Where the journal is in a folder that was given for it. */
export function journalIn(stateFolder: string): string {
  return `${stateFolder}/journal.db`;
}

/** With what the context says of keys that the file leaves out. */
function inContext(file: ConfigFile, { stateFolder, metallbNamespace }: ConfigContext): ConfigFile {
  return {
    ...file,
    intent: {
      ...file.intent,
      kubernetes: { ...(metallbNamespace !== undefined && { metallbNamespace }), ...file.intent?.kubernetes },
    },
    journal: { ...(stateFolder !== undefined && { path: journalIn(stateFolder) }), ...file.journal },
  };
}

function configOf(file: ConfigFile, context: ConfigContext): Config {
  const { intent, ...rest } = parsed(ConfigSchema, inContext(file, context));
  const isStatic = sourceOf(file, context) === 'static';
  return { ...rest, intent: intent.static, kubernetes: isStatic ? null : intent.kubernetes };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
