// The configuration as the program uses it: checked, parsed, with the defaults filled in. All mistakes are reported at
// once: those of shape (the schema) and those of meaning (duplicates, overlaps).
import type { Static } from 'typebox/type';
import { LineCounter, parseDocument } from 'yaml';
import { parseDuration } from '../base/duration.ts';
import { type Micros, parseIso } from '../base/time.ts';
import type { Intent } from '../intent/intent.ts';
import { type Ipv4, parseIp, parseMac } from '../net/address.ts';
import { type IpRange, parseRange } from '../net/range.ts';
import type { IgnoreRule, NoiseSettings } from '../watch/finding/suppression.ts';
import { meaningMistakes } from './cross-checks.ts';
import type { ConfigFile, KindSettingsSchema } from './schema.ts';
import { shapeMistakes } from './schema-errors.ts';
import { parseSize } from './value-schemas.ts';

/** The checked configuration: parsed, with every default filled in, frozen. */
export interface Config {
  /** Null: chosen as MetalLB's speaker chooses. */
  readonly interfaces: readonly string[] | null;
  /** From the file; empty where it comes from Kubernetes. */
  readonly intent: Intent;
  /** Null: the intent is static. */
  readonly kubernetes: KubernetesConfig | null;
  readonly dhcp: { readonly ranges: readonly IpRange[]; readonly servers: readonly Ipv4[] | null };
  readonly http: {
    readonly address: string;
    readonly port: number;
    /** Null: no token may change anything. */
    readonly tokenFile: string | null;
  };
  readonly probe: { readonly interval: Micros; readonly services: 'never' | 'on-demand' | 'always' };
  readonly failover: { readonly maxGap: Micros };
  readonly failoverTest: {
    readonly modes: readonly ('observe' | 'drain' | 'delete-pod' | 'freeze')[];
    readonly cooldown: Micros;
  };
  /** Null: alerts are sent to none. */
  readonly alertmanager: AlertmanagerConfig | null;
  readonly findings: NoiseSettings;
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

export interface AlertmanagerConfig {
  readonly urls: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly resend: Micros;
  /** Files, in PEM. */
  readonly tls: {
    readonly caFile: string | null;
    readonly client: { readonly certFile: string; readonly keyFile: string } | null;
  };
  readonly credentials:
    | { readonly kind: 'basic'; readonly username: string; readonly passwordFile: string }
    | { readonly kind: 'bearer'; readonly tokenFile: string }
    | null;
}

export interface KubernetesConfig {
  /** Null: by the Pod's service account. */
  readonly kubeconfig: string | null;
  readonly metallbNamespace: string;
  /** Findings are told by Events of the objects concerned. */
  readonly events: boolean;
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
  /** MetalLB's namespace where the file names none, e.g. by the chart. @default metallb-system */
  readonly metallbNamespace?: string;
}

/**
 * Reads a configuration from YAML 1.2: one document.
 * @param source what to call the text in errors, usually the file's name.
 * @throws ConfigError listing every mistake: those of the YAML with their line, else those of the configuration.
 */
export function parseConfig(text: string, source: string, surroundings: ConfigSurroundings): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
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
  return checkConfig(value, source, surroundings);
}

/**
 * Checks a configuration that was already read from YAML and fills in the defaults.
 * @param source what to call it in errors, usually the file's name.
 * @throws ConfigError listing every mistake with its path.
 */
export function checkConfig(written: unknown, source: string, surroundings: ConfigSurroundings): Config {
  const value = withoutNulls(written) ?? {};
  const mistakes = [
    ...shapeMistakes(value),
    ...meaningMistakes(value),
    ...sourceMistakes(value, surroundings),
  ];
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

function sourceMistakes(value: unknown, surroundings: ConfigSurroundings): string[] {
  const intent = (value as ConfigFile).intent;
  const source = sourceOf(value as ConfigFile, surroundings);
  const mistakes: string[] = [];
  const unread = source === 'kubernetes' ? 'static' : 'kubernetes';
  if (intent?.[unread] !== undefined)
    mistakes.push(`intent.${unread}: is not read: intent.source is ${source}, set it to ${unread}`);
  if (source === 'kubernetes' && (value as ConfigFile).http?.tokenFile !== undefined)
    mistakes.push('http.tokenFile: is not read: where intent comes from Kubernetes, its RBAC says who may');
  const kubeconfig = intent?.kubernetes?.kubeconfig;
  if (source === 'kubernetes' && kubeconfig === undefined && !surroundings.insideCluster)
    mistakes.push(
      'intent.kubernetes.kubeconfig: is missing: outside a cluster there is no other way to its API',
    );
  return mistakes;
}

function sourceOf(file: ConfigFile, { insideCluster }: ConfigSurroundings): 'static' | 'kubernetes' {
  return file.intent?.source ?? (insideCluster ? 'kubernetes' : 'static');
}

function kubernetesOf(file: ConfigFile, surroundings: ConfigSurroundings): KubernetesConfig | null {
  if (sourceOf(file, surroundings) === 'static') return null;
  const { kubeconfig = null, metallbNamespace, events = true } = file.intent?.kubernetes ?? {};
  return {
    kubeconfig,
    metallbNamespace: metallbNamespace ?? surroundings.metallbNamespace ?? 'metallb-system',
    events,
  };
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
      vips: vips.map(({ address, service = null, ports }) => ({
        address: parseIp(address)!,
        service,
        ...(ports && { ports: ports.map(({ port, protocol = 'TCP' }) => ({ port, protocol })) }),
      })),
      nodes: nodes.map((node) => ({
        name: node.name,
        addresses: node.addresses.map((text) => parseIp(text)!),
        macs: (node.macs ?? []).map((text) => parseMac(text)!),
      })),
    },
    kubernetes: kubernetesOf(file, surroundings),
    dhcp: {
      ranges: (file.dhcp?.ranges ?? []).map((text) => parseRange(text) as IpRange),
      servers: file.dhcp?.servers?.map((text) => parseIp(text) as Ipv4) ?? null,
    },
    http: {
      address: file.http?.address ?? '0.0.0.0',
      port: file.http?.port ?? 9797,
      tokenFile: file.http?.tokenFile ?? null,
    },
    probe: {
      interval: parseDuration(file.probe?.interval ?? '1s')!,
      services: file.probe?.services ?? 'on-demand',
    },
    failover: { maxGap: parseDuration(file.failover?.maxGap ?? '10s')! },
    failoverTest: {
      modes: file.failoverTest?.modes ?? ['observe', 'drain'],
      cooldown: parseDuration(file.failoverTest?.cooldown ?? '1m')!,
    },
    alertmanager: alertmanagerOf(file),
    findings: findingsOf(file),
    journal: {
      path: path === ':memory:' ? null : path,
      maxAge: parseDuration(file.journal?.maxAge ?? '30d')!,
      maxSize: parseSize(file.journal?.maxSize ?? '64MiB')!,
    },
    log: { level: file.log?.level ?? 'info', format: file.log?.format ?? 'auto' },
  };
}

function alertmanagerOf({ alertmanager }: ConfigFile): AlertmanagerConfig | null {
  if (alertmanager === undefined) return null;
  const { urls, labels = {}, resend = '30s', tls = {}, basicAuth, bearerTokenFile } = alertmanager;
  const { caFile = null, certFile, keyFile } = tls;
  return {
    urls,
    labels,
    resend: parseDuration(resend)!,
    tls: { caFile, client: certFile && keyFile ? { certFile, keyFile } : null },
    credentials: basicAuth
      ? { kind: 'basic', ...basicAuth }
      : bearerTokenFile === undefined
        ? null
        : { kind: 'bearer', tokenFile: bearerTokenFile },
  };
}

type FindingsFile = NonNullable<ConfigFile['findings']>;
type KindInFile = Static<typeof KindSettingsSchema>;
type RuleInFile = NonNullable<FindingsFile['ignore']>[number];

function findingsOf({ findings = {} }: ConfigFile): NoiseSettings {
  const { kinds = {}, ignore = [], silences = [] } = findings;
  return {
    kinds: Object.fromEntries(
      Object.entries<KindInFile>(kinds).map(([kind, { holdDown, quiet, ...rest }]) => [
        kind,
        {
          ...rest,
          ...(holdDown !== undefined && { holdDown: parseDuration(holdDown)! }),
          ...(quiet !== undefined && { quiet: parseDuration(quiet)! }),
        },
      ]),
    ),
    ignore: ignore.map(ruleOf),
    silences: silences.map((silence) => ({ ...ruleOf(silence), until: parseIso(silence.until)! })),
  };
}

function ruleOf({ mac, address, range, kinds, comment }: RuleInFile): IgnoreRule {
  return {
    mac: mac === undefined ? null : parseMac(mac)!,
    ranges: [address, range].flatMap((text) => (text === undefined ? [] : [parseRange(text) as IpRange])),
    kinds: kinds ?? null,
    comment,
  };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
