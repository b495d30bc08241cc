// What a failover test needs to know, from the parts of the daemon that know it.

import type { Micros } from '../../base/time.ts';
import type { SpeakerSettings } from '../../cluster/objects/speaker.ts';
import type { ClusterNode, Intent, Vip } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import { networkOf, rangeContains } from '../../net/range.ts';
import type { Watcher } from '../../watch/watcher.ts';
import type { TestedVip } from '../choice.ts';
import type { TestMode } from '../failover-test.ts';
import type { Answering } from '../witness.ts';
import type { PodName } from './injections.ts';

/** Who is asked. */
export interface ContextSources {
  readonly kubernetes: {
    /** Null before the cluster is known. */
    readonly intent: () => Intent | null;
    readonly ownNode: () => string | null;
    readonly speakerOn: (node: string) => PodName | undefined;
    /** Null while they are not known. */
    readonly speakerSettings: () => SpeakerSettings | null;
  };
  readonly watcher: Pick<Watcher, 'findings' | 'announcers'>;
  readonly probing: {
    readonly askersOf: (vip: IpAddress) => readonly string[];
    readonly prober: { readonly probeFast: (vip: IpAddress, until: Micros) => void };
  };
  readonly now: () => Micros;
}

/** What the daemon knows of the cluster and the LAN. */
export interface TestContext {
  /** Null: this agent's own Pod is not known yet. */
  readonly ownNode: () => string | null;
  /** The nodes whose agents are ready. */
  readonly ready: () => readonly string[];
  /** Those of them that are on the VIP's network. */
  readonly agents: (vip: IpAddress) => readonly string[];
  /** The nodes whose agents ask for a VIP all the time. */
  readonly askers: (vip: IpAddress) => readonly string[];
  readonly vip: (address: IpAddress) => TestedVip | null;
  readonly speakerOn: (node: string) => PodName | undefined;
  /** The kinds of the critical findings that are active on a VIP, as this agent sees it. */
  readonly critical: (vip: IpAddress) => readonly string[];
  /** Who was seen to answer since a point in time. */
  readonly answering: (vip: IpAddress, since: Micros) => Answering | null;
  /** Ask for the VIP much more often, until then. */
  readonly probeFast: (vip: IpAddress, until: Micros) => void;
}

/** Of the VIPs that would go dark; there may be thousands. */
const STRANDED_NAMED = 3;

export function contextOf({ kubernetes, watcher, probing, now }: ContextSources): TestContext {
  const readyNodes = () => (kubernetes.intent()?.nodes ?? []).filter(({ agentReady }) => agentReady);
  const critical = (vip: IpAddress) => [
    ...new Set(
      watcher
        .findings()
        .filter(({ ip, state, severity }) => ip === vip && state === 'active' && severity === 'critical')
        .map(({ kind }) => kind),
    ),
  ];
  return {
    ownNode: () => kubernetes.ownNode(),
    critical,
    ready: () => readyNodes().map(({ name }) => name),
    askers: (vip) => probing.askersOf(vip),
    agents: (vip) => {
      const ready = readyNodes();
      const onLink = ready.filter((node) => watches(node, vip));
      // Where the VIP is on no agent's network, any of them may hear of it.
      return (onLink.length > 0 ? onLink : ready).map(({ name }) => name);
    },
    speakerOn: (node) => kubernetes.speakerOn(node),
    vip: (address): TestedVip | null => {
      const vip = kubernetes.intent()?.vips.find((one) => one.address === address);
      if (!vip) return null;
      const announcer = vip.elector?.elect()?.node ?? null;
      const successor = announcer === null ? null : (vip.elector?.elect(new Set([announcer]))?.node ?? null);
      return {
        service: vip.service,
        announcer,
        successor,
        critical: critical(address),
        futile: (mode, node) => futile(kubernetes, mode, node),
        stranded: (node) => stranded(kubernetes.intent()?.vips ?? [], address, node),
      };
    },
    answering: (address, since) => {
      const latest = watcher
        .announcers(address, now())
        .filter(({ lastSeen }) => lastSeen >= since)
        .toSorted((a, b) => b.lastSeen - a.lastSeen)[0];
      return latest ? { node: latest.node, interface: latest.segment.name } : null;
    },
    probeFast: (address: IpAddress, until) => probing.prober.probeFast(address, until),
  };
}

function stranded(vips: readonly Vip[], tested: IpAddress, node: string): string[] {
  const names: string[] = [];
  for (const { address, service, elector } of vips) {
    if (address === tested || elector?.sole?.() !== node) continue;
    if (names.length === STRANDED_NAMED) return [...names, 'and others'];
    names.push(service === null ? address : `${address} (${service})`);
  }
  return names;
}

function watches({ interfaces = [] }: ClusterNode, vip: IpAddress): boolean {
  return interfaces.some(
    ({ segment, addresses }) =>
      segment !== null &&
      addresses.some(({ ip, prefixLength }) => rangeContains(networkOf(ip, prefixLength), vip)),
  );
}

function futile(kubernetes: ContextSources['kubernetes'], mode: TestMode, node: string): string | null {
  const settings = kubernetes.speakerSettings();
  switch (mode) {
    case 'observe':
      return null;
    case 'drain':
      return settings?.ignoreExcludeLabel
        ? "MetalLB's speakers run with --ignore-exclude-lb: the label would move no VIP."
        : null;
    case 'delete-pod':
    case 'freeze':
      if (!kubernetes.speakerOn(node)) return `The Pod of the speaker on ${node} is not known.`;
      return settings?.memberlist === false
        ? "MetalLB's speakers run without memberlist: no speaker would notice that another is gone."
        : null;
    default:
      return mode satisfies never;
  }
}
