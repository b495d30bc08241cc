// What the watcher is made of, and how it is joined.
import type { Micros } from '../base/time.ts';
import { RouterKnowledge } from '../dhcp/router-knowledge.ts';
import { IntentIndex, type OwnInterfaces } from '../intent/index.ts';
import { EMPTY_INTENT } from '../intent/intent.ts';
import { AddressChecks } from './conflicts.ts';
import { makeDetectors } from './detect/catalogue.ts';
import type { DetectContext } from './detect/context.ts';
import { Deferred } from './detect/deferred.ts';
import { type Detector, lookingAt } from './detect/detector.ts';
import { type DhcpExpectations, DhcpWatch } from './detect/dhcp.ts';
import { Dhcpv6Watch } from './detect/dhcpv6.ts';
import { ImportWatch } from './detect/imports.ts';
import { LeaseNews } from './detect/lease-news.ts';
import { NeighborWatch } from './detect/neighbors.ts';
import { FindingBook } from './finding/book.ts';
import { SuppressionRules, type SuppressionSettings } from './finding/suppression.ts';
import { AuditTrail } from './lan/audit-trail.ts';
import { ClaimsTable } from './lan/claims.ts';
import { WordCounters } from './lan/counters.ts';
import { DhcpServers } from './lan/dhcp-servers.ts';
import { Dissector } from './lan/dissect.ts';
import { KnownLeases } from './lan/known-leases.ts';
import { Segments } from './lan/segment.ts';
import { Ledger } from './ledger/ledger.ts';
import { DEFAULT_SETTINGS, type WatchSettings } from './settings.ts';
import { Answers } from './takeover/answers.ts';
import { type OnQuestion, Vips } from './takeover/vips.ts';
import type { WatchEvent } from './view.ts';

export interface PartsOptions {
  readonly dhcp: DhcpExpectations;
  readonly settings?: Partial<WatchSettings>;
  /** What the operator wants to hear of. @default everything, with the severity that docs/findings.md gives */
  readonly suppression?: SuppressionSettings;
  /** @default nobody is told */
  readonly onQuestion?: OnQuestion;
  /** Told when nodes' addresses are to be asked for at once: see `nodesToAsk`. @default nobody can ask */
  readonly onNodesToAsk?: () => void;
}

/** How the parts reach the watcher. */
interface Joints {
  readonly emit: (event: WatchEvent) => void;
  readonly wake: (at: Micros) => void;
  readonly now: () => Micros;
}

export interface Parts {
  /** All parts hold this very object. */
  readonly settings: { -readonly [Name in keyof WatchSettings]: WatchSettings[Name] };
  readonly context: DetectContext;
  readonly dissector: Dissector;
  readonly segments: Segments;
  readonly dismissed: WordCounters;
  readonly suppression: SuppressionRules;
  readonly vips: Vips;
  readonly answers: Answers;
  readonly servers: DhcpServers;
  /** What DHCP hands out. */
  readonly knowledge: RouterKnowledge;
  readonly audits: AuditTrail;
  readonly detectors: readonly Detector[];
  readonly observers: ReturnType<typeof lookingAt<'observed'>>;
  readonly leaseNews: LeaseNews;
  readonly dhcp: DhcpWatch;
  readonly imports: ImportWatch;
  readonly dhcpv6: Dhcpv6Watch;
  readonly neighbors: NeighborWatch;
  readonly checks: AddressChecks;
}

const NO_INTERFACES: OwnInterfaces = { addresses: [], macs: [], networks: [] };

export function makeParts(
  {
    dhcp: { ranges: configured, servers: expected },
    settings: given,
    suppression: wishes,
    onNodesToAsk,
    onQuestion = () => {},
  }: PartsOptions,
  { emit, wake, now }: Joints,
): Parts {
  const settings = { ...DEFAULT_SETTINGS, ...given };
  const segments = new Segments((segment) => {
    context.claims.forgetSegment(segment);
    for (const lease of leases.forgetSegment(segment)) leaseNews.ended(lease, now());
    servers.forgetSegment(segment);
    vips.forgetSegment(segment);
    context.ledger.forgetSegment(segment);
  });
  const dissector = new Dissector(segments);
  const dismissed = new WordCounters();
  const suppression = new SuppressionRules(wishes);
  const index = new IntentIndex(EMPTY_INTENT, null, NO_INTERFACES, 0);
  const leases = new KnownLeases({
    settings,
    roleOf: (ip) => context.index.roleOf(ip).kind,
    onEvicted: (lease) => leaseNews.ended(lease, now()),
    wake,
  });
  const context: DetectContext = {
    settings,
    index,
    own: NO_INTERFACES,
    intentConfirmedAt: Number.POSITIVE_INFINITY,
    ahead: 0,
    claims: new ClaimsTable(settings.maxClaims, index),
    ledger: new Ledger(),
    leases,
    book: new FindingBook(settings.maxFindings, suppression, emit, wake, (segment) =>
      segments.isCaptured(segment),
    ),
    deferred: new Deferred(
      wake,
      () => dismissed.add('too-many-waiting'),
      (segmentName) => segments.isCapturedAs(segmentName),
    ),
    wake,
    dismiss: (reason) => dismissed.add(reason),
    askNodes: onNodesToAsk ?? (() => {}),
    canAsk: onNodesToAsk !== undefined,
    nodeLearned: () => {
      for (const detector of ofNodes) detector.nodeLearned(now());
    },
  };
  const vips = new Vips(context, {
    emit,
    tell: (news, role, segment, at, sighting) => {
      for (const detector of ofAnnouncers) detector.announcers(news, role, segment, at, sighting);
    },
  });
  const servers = new DhcpServers(expected);
  const knowledge = new RouterKnowledge(configured);
  const detectors = makeDetectors(context, { vips, servers, knowledge });
  const ofNodes = lookingAt(detectors, 'nodeLearned');
  const ofAnnouncers = lookingAt(detectors, 'announcers');
  const leaseNews = new LeaseNews(context, { detectors, emit });
  const audits = new AuditTrail();
  const dhcp = new DhcpWatch(context, { audits, knowledge, servers, detectors, news: leaseNews });
  const dhcpv6 = new Dhcpv6Watch(context, leaseNews);
  const ignore = (reason: string) => dissector.counters.ignored(reason);
  const onClaim = dhcp.claimed.bind(dhcp);
  const checks = new AddressChecks();
  const neighbors = new NeighborWatch(context, {
    vips,
    detectors,
    ignore,
    onClaim,
    onQuestion,
    onCheck: (vip, at) => checks.note(vip, at),
  });
  const observers = lookingAt(detectors, 'observed');
  return {
    settings,
    context,
    dissector,
    segments,
    dismissed,
    suppression,
    vips,
    answers: new Answers(context),
    servers,
    knowledge,
    audits,
    detectors,
    observers,
    leaseNews,
    dhcp,
    imports: new ImportWatch(context, { segments, leaseNews }),
    dhcpv6,
    neighbors,
    checks,
  };
}
