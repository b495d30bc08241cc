// What `vipwatch dhcp-audit` does: asks for the addresses, or finds the range, and says what became of it.
import { freeOf, MAX_FREE, vipsOf } from '../audit/addresses.ts';
import type { AuditRow } from '../audit/audit.ts';
import type { Config } from '../config/config.ts';
import { safeRange } from '../dhcp/safe-range.ts';
import type { Intent } from '../intent/intent.ts';
import { type IpAddress, type Ipv4, isIpv4, parseIp } from '../net/address.ts';
import { joinedRanges } from '../net/joined-ranges.ts';
import { type IpRange, rangeContains, rangeOf, rangeOverlap, rangeText } from '../net/range.ts';
import type { Environment } from './command.ts';
import { readConfig } from './config-file.ts';
import { auditPlace, findRange, type Place, placesToAsk } from './dhcp-asking.ts';
import { foundJson, foundText, rowJson, rowText } from './dhcp-audit-words.ts';
import { configSurroundings } from './in-cluster.ts';
import { type Terminal, UsageError } from './terminal.ts';

export interface AuditArguments {
  readonly addresses: readonly string[];
  readonly config?: string;
  readonly interface?: string;
  readonly findRange?: boolean;
  readonly output: 'text' | 'json';
}

type Outcome = 'none' | 'some' | 'nothing-told';
const EXIT_CODES: Readonly<Record<Outcome, number>> = { none: 0, some: 1, 'nothing-told': 2 };

/** Resolves to the exit code. @throws UsageError, ConfigError, KubeconfigError, NoPacketSocketPermission */
export async function dhcpAudit(
  { addresses, config: path, interface: name, findRange, output }: AuditArguments,
  terminal: Terminal,
  environment: Environment,
): Promise<number> {
  const wanted = addresses.map(ipv4Of);
  const config = path === undefined ? null : readConfig(path, configSurroundings(environment));
  const isNeeded = wanted.length === 0 && !findRange;
  const intent = config && (await intentOf(config, { environment, terminal, isNeeded }));
  const isJson = output === 'json';
  const say = (text: string, json: readonly unknown[]) =>
    terminal.write(isJson ? json.map((one) => `${JSON.stringify(one)}\n`).join('') : `${text}\n`);
  const job = { intent, terminal, say };
  const places = placesToAsk(name === undefined ? (config?.interfaces ?? null) : [name]);
  if (places.length === 0) throw new UsageError('Cannot ask: no interface has an IPv4 address');
  const outcomes: Outcome[] = [];
  if (findRange) {
    if (places.length > 1)
      terminal.complain(
        `Searching the range on ${places[0]!.interface}: name another interface with --interface`,
      );
    outcomes.push(await findRangeOn(places[0]!, job));
  }
  if (!findRange || wanted.length > 0) {
    const asked = wanted.length > 0 ? wanted : configuredAddresses(intent, path);
    outcomes.push(await auditOn(places, asked, job));
  }
  return EXIT_CODES[together(outcomes)];
}

interface Job {
  readonly intent: Intent | null;
  readonly terminal: Terminal;
  readonly say: (text: string, json: readonly unknown[]) => void;
}

async function auditOn(places: readonly Place[], asked: readonly Ipv4[], job: Job): Promise<Outcome> {
  const { intent, terminal, say } = job;
  const isSpokenFor = (ip: Ipv4) => intent !== null && isOfCluster(intent, ip);
  const rows: AuditRow[] = [];
  for (const place of places) {
    const addresses = asked.filter((ip) => placeOf(places, ip) === place);
    if (addresses.length === 0) continue;
    await auditPlace(place, {
      addresses,
      isSpokenFor,
      onRow: (row) => {
        rows.push(row);
        showProgress(terminal, '');
        say(rowText(row, whoseOf(intent, row.ip)), [rowJson(row)]);
      },
      onProgress: (text) => showProgress(terminal, text),
    });
  }
  for (const ip of asked.filter((one) => !placeOf(places, one)))
    terminal.complain(`Cannot ask for ${ip}: no interface has an address in its network`);
  if (rows.some(({ verdict }) => verdict === 'would-lease')) {
    const remedy =
      'What to do: shrink the DHCP range so that it leaves these addresses out; --find-range finds the current range.';
    say(remedy, []);
    return 'some';
  }
  return rows.some(({ verdict }) => verdict !== 'unknown') ? 'none' : 'nothing-told';
}

async function findRangeOn(place: Place, { intent, terminal, say }: Job): Promise<Outcome> {
  const found = await findRange(place, (text) => showProgress(terminal, text));
  say(foundText(found, found.discovers), foundJson(found));
  if (found.server === null) return 'nothing-told';
  const ofCluster = intent === null ? [] : ofClusterIn(intent);
  const overlapping = found.ranges.filter((range) => ofCluster.some((part) => rangeOverlap(range, part)));
  const keptOut = [...ofCluster, rangeOf(found.server), ...(intent?.nodes ?? []).flatMap(nodeRanges)];
  for (const range of overlapping) {
    const safe = safeRange(range, keptOut);
    const parts = joinedRanges(ofCluster.filter((part) => rangeOverlap(range, part))).map(rangeText);
    const what = safe === null ? 'give DHCP another range' : `set the DHCP range to ${rangeText(safe)}`;
    say(`What to do: ${what}, which leaves ${parts.join(', ')} to the cluster.`, []);
  }
  return overlapping.length > 0 ? 'some' : 'none';
}

interface Reading {
  readonly environment: Environment;
  readonly terminal: Terminal;
  /** Without it there is nothing to ask for. */
  readonly isNeeded: boolean;
}

async function intentOf({ kubernetes, intent }: Config, reading: Reading): Promise<Intent | null> {
  if (kubernetes === null) return intent;
  const { readClusterIntent } = await import('./cluster-intent.ts');
  try {
    return await readClusterIntent(kubernetes, reading.environment);
  } catch (error) {
    if (reading.isNeeded || !(error instanceof UsageError)) throw error;
    reading.terminal.complain(error.message);
    return null;
  }
}

function configuredAddresses(intent: Intent | null, path: string | undefined): Ipv4[] {
  if (intent === null)
    throw new UsageError('Name the addresses to ask for, or a configuration with --config');
  const addresses = [...vipsOf(intent), ...freeOf(intent, MAX_FREE)];
  if (addresses.length === 0) throw new UsageError(`${path}: names neither an IPv4 VIP nor an IPv4 pool`);
  return addresses;
}

/** @throws UsageError */
function ipv4Of(text: string): Ipv4 {
  const ip = parseIp(text);
  if (ip === undefined || !isIpv4(ip)) throw new UsageError(`"${text}" is not an IPv4 address`);
  return ip;
}

function placeOf(places: readonly Place[], ip: Ipv4): Place | undefined {
  return places.find(({ source }) => rangeContains(source.network, ip));
}

function ofClusterIn({ pools, vips }: Intent): IpRange[] {
  return [...pools.flatMap(({ ranges }) => ranges), ...vips.map(({ address }) => rangeOf(address))];
}

function nodeRanges({ addresses }: Intent['nodes'][number]): IpRange[] {
  return addresses.map(rangeOf);
}

function isOfCluster(intent: Intent, ip: IpAddress): boolean {
  const ranges = [...ofClusterIn(intent), ...intent.nodes.flatMap(nodeRanges)];
  return ranges.some((range) => rangeContains(range, ip));
}

function whoseOf(intent: Intent | null, ip: Ipv4): string {
  const vip = intent?.vips.find(({ address }) => address === ip);
  if (vip) return vip.service === null ? 'the VIP' : `the VIP of ${vip.service}`;
  const pool = intent?.pools.find(({ ranges }) => ranges.some((range) => rangeContains(range, ip)));
  return pool ? `a free address of pool ${pool.name}` : '';
}

/** What was found outweighs that nothing was, and that outweighs that nobody told. */
function together(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('some')) return 'some';
  return outcomes.includes('none') ? 'none' : 'nothing-told';
}

/** In a last line that lives, on a terminal. */
function showProgress(terminal: Terminal, text: string): void {
  if (terminal.isErrorTerminal) terminal.showLive(text);
}
