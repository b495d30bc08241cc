// What `vipwatch check` does: reads the objects, runs the checks, and writes what they say.
import { styleText } from 'node:util';
import { type CheckReport, isMet, isNothingChecked, runChecks } from '../check/checks.ts';
import { readObjects } from '../check/cluster/reading.ts';
import { Cluster } from '../check/model/cluster.ts';
import type { Facts } from '../check/model/facts.ts';
import { Inventory } from '../check/model/inventory.ts';
import { jsonLines } from '../check/output/json.ts';
import { junitText } from '../check/output/junit.ts';
import { sarifText } from '../check/output/sarif.ts';
import { type Paint, textOf } from '../check/output/text.ts';
import { RULE_IDS, type RuleId } from '../check/rules/catalogue.ts';
import type { Config } from '../config/config.ts';
import { collectEarly } from '../host/heap.ts';
import type { UserClient } from '../host/kubernetes/user-client.ts';
import { type IpRange, parseRange } from '../net/range.ts';
import { VERSION } from '../version.ts';
import { dhcpFacts } from './check-facts.ts';
import { writeForecasts } from './check-forecast.ts';
import { readLogs } from './check-logs.ts';
import { measuredHere } from './check-measured.ts';
import { askWire } from './check-wire.ts';
import type { Environment } from './command.ts';
import { readConfig } from './config-file.ts';
import { readManifestFiles } from './manifest-files.ts';
import { type Terminal, UsageError } from './terminal.ts';

export interface CheckArguments {
  readonly files: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly config?: string;
  readonly interface?: string;
  readonly active?: boolean;
  readonly logs?: boolean;
  readonly dhcpRange?: readonly string[];
  readonly also?: readonly string[];
  readonly only?: readonly string[];
  readonly ifNodeDies?: string;
  readonly output: 'text' | 'json' | 'sarif' | 'junit';
  readonly failOn: 'critical' | 'warning' | 'never';
}

const UNREADABLE = 2;
const MET = 1;
const LISTS_AT_ONCE = 2;

/** Resolves to the exit code. @throws UsageError, ConfigError */
export async function check(
  {
    files,
    kubeconfig,
    context,
    config: path,
    interface: link,
    active = false,
    logs = false,
    dhcpRange = [],
    also = [],
    only,
    ifNodeDies,
    output,
    failOn,
  }: CheckArguments,
  terminal: Terminal,
  environment: Environment,
): Promise<number> {
  if (ifNodeDies !== undefined && output !== 'text' && output !== 'json')
    throw new UsageError('--if-node-dies writes only text or json');
  const ids = only === undefined ? null : only.map(ruleIdOf);
  const ranges = dhcpRange.map(rangeOfText);
  const config = path === undefined ? null : loadConfig(path, environment);
  const show = (text: string) => terminal.isErrorTerminal && terminal.showLive(text);
  const isLive = files.length === 0 || kubeconfig !== undefined || context !== undefined;
  const inventory = new Inventory(!isLive);
  if (logs && !isLive) throw new UsageError('--logs reads the logs of a cluster: name one with --kubeconfig');
  const client = isLive ? await userClient({ kubeconfig, context }) : null;
  const isThere = client === null || (await readLive(client, inventory, terminal, show));
  // After the cluster's own: it is as it would be with the files applied.
  const isRead = await readManifestFiles(files, inventory, terminal, show);
  const others = new Inventory(true);
  const isAlsoRead = also.length === 0 || (await readManifestFiles(also, others, terminal, show));
  const facts: Facts = {
    dhcp: await dhcpFacts(ranges, config, terminal),
    wire: null,
    metallbNamespace: config?.kubernetes?.metallbNamespace ?? null,
    also: also.length === 0 ? null : others.list('ipaddresspools'),
  };
  const wanted = link === undefined ? (config?.interfaces ?? null) : [link];
  const around = await askAround(inventory, facts, { link, active, wanted, show });
  const unread = new Cluster(inventory, around);
  const cluster =
    client === null || !logs || !isThere
      ? unread
      : new Cluster(inventory, { ...around, logs: await readLogs(unread, client, show) });
  if (ifNodeDies !== undefined) {
    show('asking the agents for their measured failovers');
    const measured = client === null || !isThere ? [] : await measuredHere(client);
    show('');
    writeForecasts(cluster, ifNodeDies, measured, output === 'json' ? 'json' : 'text', terminal);
    return isRead && isThere ? 0 : UNREADABLE;
  }
  const report = runChecks(cluster, {
    only: ids,
    ignored: config?.check.ignore ?? [],
    onRule: (id) => show(id),
  });
  show('');
  for (const part of written(report, output, terminal, isRead && isAlsoRead && isThere)) terminal.write(part);
  if (!isRead || !isAlsoRead || !isThere) return UNREADABLE;
  if (isNothingChecked(report)) {
    terminal.complain('Nothing could be checked: each check says why');
    return UNREADABLE;
  }
  return isMet(report, failOn) ? MET : 0;
}

interface AskingAround {
  readonly link: string | undefined;
  readonly active: boolean;
  /** The interfaces to ask DHCP servers on; null: those that MetalLB would announce on. */
  readonly wanted: readonly string[] | null;
  readonly show: (text: string) => void;
}

/** What the LAN and its DHCP servers say, as far as they are to be asked. @throws UsageError */
async function askAround(
  inventory: Inventory,
  facts: Facts,
  { link, active, wanted, show }: AskingAround,
): Promise<Facts> {
  const unasked = new Cluster(inventory, facts);
  show(link === undefined ? '' : `probing the LAN of ${link}`);
  const wire = link === undefined ? null : await askWire(link, unasked);
  if (!active) return { ...facts, wire };
  const { askDhcp } = await import('./check-dhcp.ts');
  const knowsRange = facts.dhcp.ranges.length > 0;
  const { asked, ranges } = await askDhcp(unasked, { interfaces: wanted, knowsRange, show });
  return { ...facts, wire, asked, dhcp: { ...facts.dhcp, ranges: [...facts.dhcp.ranges, ...ranges] } };
}

/** @throws KubeconfigError */
async function userClient({
  kubeconfig,
  context,
}: {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}): Promise<UserClient> {
  // A large cluster's lists are garbage but for a few fields of each object.
  collectEarly();
  const { UserClient: Client } = await import('../host/kubernetes/user-client.ts');
  return new Client({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
}

/** Whether its API server answered. */
async function readLive(
  client: UserClient,
  inventory: Inventory,
  terminal: Terminal,
  show: (text: string) => void,
): Promise<boolean> {
  const awayFor = await readObjects(client, inventory, {
    atOnce: LISTS_AT_ONCE,
    onKind: (key, count) => show(`${count} ${key}`),
  });
  show('');
  if (awayFor !== null) terminal.complain(`Cannot ask the API server: ${awayFor}`);
  return awayFor === null;
}

function written(
  report: CheckReport,
  output: CheckArguments['output'],
  terminal: Terminal,
  isRead: boolean,
): Iterable<string> {
  switch (output) {
    case 'text':
      return [textOf(report, terminal.columns, painter(terminal.color))];
    case 'json':
      return jsonLines(report);
    case 'sarif':
      return [sarifText(report, VERSION, isRead)];
    case 'junit':
      return [junitText(report)];
    default:
      return output satisfies never;
  }
}

const STYLES = {
  ok: 'green',
  info: 'cyan',
  warning: 'yellow',
  critical: 'red',
  skipped: 'dim',
  head: 'bold',
  faint: 'dim',
} as const satisfies Record<Parameters<Paint>[0], Parameters<typeof styleText>[0]>;

function painter(color: boolean): Paint {
  return (look, text) => (color ? styleText(STYLES[look], text, { validateStream: false }) : text);
}

/** @throws UsageError */
function ruleIdOf(text: string): RuleId {
  const id = RULE_IDS.find((one) => one === text.trim());
  if (id === undefined) throw new UsageError(`"${text}" is not a check: docs/checks.md lists them`);
  return id;
}

/** @throws UsageError */
function rangeOfText(text: string): IpRange {
  const range = parseRange(text);
  if (typeof range === 'string') throw new UsageError(`--dhcp-range: ${range}`);
  if (range.family === 6) throw new UsageError(`--dhcp-range: "${text}" is IPv6: DHCP ranges are IPv4`);
  return range;
}

function loadConfig(path: string, environment: Environment): Config {
  return readConfig(path, {
    insideCluster: environment.KUBERNETES_SERVICE_HOST !== undefined,
    ...(environment.METALLB_NAMESPACE ? { metallbNamespace: environment.METALLB_NAMESPACE } : {}),
  });
}
