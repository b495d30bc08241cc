// The configuration as the program uses it: checked, parsed, with the defaults filled in. All mistakes are reported at
// once: those of shape (the schema) and those of meaning (duplicates, overlaps).
import { Settings } from 'typebox/system';
import { Errors } from 'typebox/value';
import type { Intent } from './cluster/intent.ts';
import { checkConfigMeaning } from './config-meaning.ts';
import { type ConfigFile, ConfigSchema, parseDuration, parseSize } from './config-schema.ts';
import { type Ipv4, parseIp, parseMac } from './net/address.ts';
import { type IpRange, parseRange } from './net/range.ts';
import type { Micros } from './net/time.ts';

/** The checked configuration: parsed, with every default filled in, frozen. */
export interface Config {
  /** Null: chosen as MetalLB's speaker chooses. */
  readonly interfaces: readonly string[] | null;
  readonly intent: Intent;
  readonly dhcp: { readonly ranges: readonly IpRange[]; readonly servers: readonly Ipv4[] | null };
  readonly http: { readonly address: string; readonly port: number };
  readonly probe: { readonly interval: Micros };
  readonly journal: {
    /** Null: in memory. */
    readonly path: string | null;
    readonly maxAge: Micros;
    /** Bytes. */
    readonly maxSize: number;
  };
  readonly log: {
    readonly level: 'error' | 'warn' | 'info' | 'debug';
    readonly format: 'auto' | 'json' | 'pretty';
  };
}

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

export interface ConfigSurroundings {
  /** Inside a Kubernetes pod (`KUBERNETES_SERVICE_HOST` is set): intent's default source is then the cluster. */
  readonly insideCluster: boolean;
  /** Folder for the journal where the file names none, e.g. systemd's `STATE_DIRECTORY`. @default /var/lib/vipwatch */
  readonly stateFolder?: string;
}

/**
 * Checks a configuration that was already read from YAML and fills in the defaults.
 * @param source what to call it in errors, usually the file's name.
 * @throws ConfigError listing every mistake with its path.
 */
export function checkConfig(written: unknown, source: string, surroundings: ConfigSurroundings): Config {
  const value = withoutNulls(written) ?? {};
  const mistakes = structuralMistakes(value);
  checkConfigMeaning(value, mistakes);
  checkIntentSource(value, surroundings, mistakes);
  if (mistakes.length > 0) throw new ConfigError(source, mistakes);
  return deepFreeze(build(value as ConfigFile, surroundings));
}

/** A key without a value (`vips:` with nothing below it) means the same as no key. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object') return value;
  if (value === null) return undefined;
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutNulls(member)]));
}

function structuralMistakes(value: unknown): string[] {
  // The library stops at 8 errors by default; every mistake shall be told.
  Settings.Set({ maxErrors: 10_000 });
  const mistakes: string[] = [];
  for (const error of Errors(ConfigSchema, value)) {
    const keys = error.instancePath
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const path = pathText(keys);
    const found = keys.reduce<unknown>((member, key) => (member as Record<string, unknown>)?.[key], value);
    const say = (text: string) => mistakes.push(path === '' ? text : `${path}: ${text}`);
    switch (error.keyword) {
      case 'boolean':
        say('unknown key');
        break;
      case 'additionalProperties': // already said, key by key, as 'boolean'
        break;
      case 'required':
        for (const key of error.params.requiredProperties)
          mistakes.push(`${pathText([...keys, key])}: is missing`);
        break;
      case 'type':
        say(
          `expected ${TYPE_WORDS[String(error.params.type)] ?? error.params.type}, found ${describe(found)}`,
        );
        break;
      case 'enum':
        say(`expected ${error.params.allowedValues.join(' or ')}, found ${describe(found)}`);
        break;
      case 'minItems':
        say('is empty: leave it out, or list at least one');
        break;
      case 'minLength':
        say('is empty');
        break;
      case '~refine':
        say(error.params.message);
        break;
      default:
        say(`${error.message}, found ${describe(found)}`);
    }
  }
  return mistakes;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a group of keys',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
};

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  return typeof value === 'string' ? `"${value}"` : `${typeof value} ${value}`;
}

/** `intent.static.vips[0].address`. */
function pathText(keys: readonly string[]): string {
  return keys.reduce(
    (path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
    '',
  );
}

function checkIntentSource(value: unknown, surroundings: ConfigSurroundings, mistakes: string[]): void {
  const source = (value as ConfigFile).intent?.source;
  const advice = 'set "source: static" and list the VIPs under intent.static';
  if (source === 'kubernetes') {
    mistakes.push(`intent.source: kubernetes is not in this release: ${advice}`);
  } else if (source === undefined && surroundings.insideCluster) {
    mistakes.push(
      `intent.source: is missing, and its default inside a cluster, kubernetes, is not in this release: ${advice}`,
    );
  }
}

function build(file: ConfigFile, surroundings: ConfigSurroundings): Config {
  const { pools = [], vips = [], nodes = [] } = file.intent?.static ?? {};
  const path = file.journal?.path ?? `${surroundings.stateFolder ?? '/var/lib/vipwatch'}/journal.db`;
  return {
    interfaces: file.interfaces ?? null,
    intent: {
      pools: pools.map((pool) => ({
        name: pool.name,
        ranges: pool.addresses.map((text) => parseRange(text) as IpRange),
      })),
      vips: vips.map((vip) => ({ address: parseIp(vip.address)!, service: vip.service ?? null })),
      nodes: nodes.map((node) => ({
        name: node.name,
        addresses: node.addresses.map((text) => parseIp(text)!),
        macs: (node.macs ?? []).map((text) => parseMac(text)!),
      })),
    },
    dhcp: {
      ranges: (file.dhcp?.ranges ?? []).map((text) => parseRange(text) as IpRange),
      servers: file.dhcp?.servers?.map((text) => parseIp(text) as Ipv4) ?? null,
    },
    http: { address: file.http?.address ?? '0.0.0.0', port: file.http?.port ?? 9797 },
    probe: { interval: parseDuration(file.probe?.interval ?? '1s')! },
    journal: {
      path: path === ':memory:' ? null : path,
      maxAge: parseDuration(file.journal?.maxAge ?? '30d')!,
      maxSize: parseSize(file.journal?.maxSize ?? '64MiB')!,
    },
    log: { level: file.log?.level ?? 'info', format: file.log?.format ?? 'auto' },
  };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
