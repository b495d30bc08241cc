// The configuration as the program uses it: checked, parsed, with the defaults filled in. All mistakes are reported at
// once: those against the schema, and those that only a comparison shows (duplicates, overlaps).
import { LineCounter, parseDocument, visit } from 'yaml';
import type { Intent } from '../intent/intent.ts';
import { crossCheckMistakes } from './cross-checks.ts';
import { ConfigError, type Keys, type Mistake, type Place, placeAt, placeIn } from './mistakes.ts';
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
 * @throws ConfigError listing every mistake with its place: those of the YAML, else those of the configuration.
 */
export function parseConfig(text: string, source: string, context: ConfigContext): Config {
  const lines = new LineCounter();
  // Its warnings would reach standard error by themselves, with the file's own characters in them.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const second = document.errors.find((error) => error.code === 'MULTIPLE_DOCS');
  const mistakes = second
    ? [inYaml('a second YAML document begins here: expected one', second.pos[0])]
    : document.errors.map(({ message, pos }) => inYaml(message, pos[0]));
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined)
        mistakes.push(
          inYaml(`*${alias.source} is not defined: no &${alias.source} stands before it`, alias.range![0]),
        );
    },
  });
  if (mistakes.length > 0) throw new ConfigError(source, mistakes);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // Aliases that multiply.
    throw new ConfigError(source, [{ keys: [], text: (error as Error).message }]);
  }
  return checkConfig(value, source, context, (keys) => placeIn(document.contents, lines, keys));

  function inYaml(text: string, offset: number): Mistake {
    return { keys: [], text: text.split('\n', 1)[0]!, place: placeAt(lines, offset) };
  }
}

/** Where a file that may be wrong elsewhere says that the journal is; undefined where it does not, or cannot be read that far. */
export function readableJournalPath(text: string): string | undefined {
  const path: unknown = parseDocument(text, { prettyErrors: false }).getIn(['journal', 'path']);
  return typeof path === 'string' && isJournalPath(path) ? path : undefined;
}

/**
 * Checks a configuration that was already read from YAML and fills in the defaults.
 * @param source what to call it in errors, usually the file's name.
 * @param placeOf where what the keys lead to was read.
 * @throws ConfigError listing every mistake with its path.
 */
export function checkConfig(
  written: unknown,
  source: string,
  context: ConfigContext,
  placeOf?: (keys: Keys) => Place | null,
): Config {
  const value = withoutNulls(written) ?? {};
  const chartKey = CHART_KEYS.find((key) => Object.hasOwn(value, key));
  if (chartKey !== undefined) {
    const place = placeOf?.([chartKey]) ?? undefined;
    throw new ConfigError(source, [{ keys: [], text: CHART_VALUES, ...(place && { place }) }]);
  }
  const mistakes = [
    ...schemaMistakes(value),
    ...crossCheckMistakes(value),
    ...sourceMistakes(value, context),
  ];
  if (mistakes.length > 0) throw new ConfigError(source, mistakes, placeOf);
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

const CHART_VALUES =
  'looks like the values of the Helm chart, not like a configuration: write the part below its key `config` into its own file';

/** Keys of the chart that no configuration has; `config` is the one that every values file for vipwatch has. */
const CHART_KEYS = [
  'config',
  'image',
  'imagePullSecrets',
  'metallb',
  'podMonitor',
  'prometheusRule',
  'resources',
  'serviceAccount',
  'tolerations',
];

function sourceMistakes(value: unknown, context: ConfigContext): Mistake[] {
  const intent = (value as ConfigFile).intent;
  const source = sourceOf(value as ConfigFile, context);
  const mistakes: Mistake[] = [];
  const unread = source === 'kubernetes' ? 'static' : 'kubernetes';
  if (intent?.[unread] !== undefined)
    mistakes.push({
      keys: ['intent', unread],
      text: `is not read: intent.source is ${source}, set it to ${unread}`,
    });
  if (source === 'kubernetes' && (value as ConfigFile).http?.tokenFile !== undefined)
    mistakes.push({
      keys: ['http', 'tokenFile'],
      text: 'is not read: with intent from Kubernetes, RBAC decides',
    });
  const kubeconfig = intent?.kubernetes?.kubeconfig;
  if (source === 'kubernetes' && kubeconfig === undefined && !context.insideCluster)
    mistakes.push({
      keys: ['intent', 'kubernetes', 'kubeconfig'],
      text: 'is missing: outside a cluster there is no other way to the API',
    });
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
