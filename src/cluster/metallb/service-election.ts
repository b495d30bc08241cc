// Who announces one Service: the questions in the order in which MetalLB's speaker asks them.

import type { Election, NoAnnouncer } from '../../intent/intent.ts';
import type { L2AdvertisementObject } from '../objects/advertisement.ts';
import type { EndpointSliceObject, ServiceObject } from '../objects/service.ts';
import { type Candidates, type Elections, elect } from './election.ts';
import type { MetalLb } from './metallb.ts';

/** What holds before any hash is compared. */
type Eligibility =
  | { readonly kind: 'untold' }
  | { readonly kind: 'nobody'; readonly reason: NoAnnouncer }
  | {
      readonly kind: 'contest';
      readonly advertisements: readonly L2AdvertisementObject[];
      readonly candidates: Candidates;
      readonly doubtful: ReadonlySet<string>;
      /** The candidates are those of many Services, and a winner among them worth remembering. */
      readonly common: boolean;
    };

const NONE: readonly never[] = [];
const UNTOLD: Eligibility = { kind: 'untold' };

/** Of one moment, like the objects it is made of. Nothing is worked out before it is asked for. */
export class ServiceElection {
  readonly service: ServiceObject;
  readonly #metallb: MetalLb;
  readonly #elections: Elections;
  readonly #slices: readonly EndpointSliceObject[];
  #eligibility: Eligibility | undefined;
  /** The winner, who would win without it, and so on, as far as was asked. */
  #ranked: readonly (Election & { readonly node: string })[] = NONE;

  constructor(
    metallb: MetalLb,
    elections: Elections,
    service: ServiceObject,
    slices: readonly EndpointSliceObject[],
  ) {
    this.#metallb = metallb;
    this.#elections = elections;
    this.service = service;
    this.#slices = slices;
  }

  elect(without?: ReadonlySet<string>): Election | null {
    this.#eligibility ??= this.#judge();
    const eligibility = this.#eligibility;
    if (eligibility.kind === 'untold') return null;
    if (eligibility.kind === 'nobody') return { node: null, reason: eligibility.reason };
    for (let place = 0; ; place += 1) {
      const elected = this.#ranked[place] ?? this.#next(eligibility);
      if (elected === undefined) return { node: null, reason: 'no-speaker' };
      if (without?.has(elected.node)) continue;
      // Dead or alive: the wire may know.
      return eligibility.doubtful.has(elected.node) ? null : elected;
    }
  }

  sole(): string | null {
    this.#eligibility ??= this.#judge();
    if (this.#eligibility.kind !== 'contest') return null;
    const { candidates, doubtful } = this.#eligibility;
    let only: string | null = null;
    for (const node of candidates.keys()) {
      if (doubtful.has(node)) continue;
      if (only !== null) return null;
      only = node;
    }
    return only;
  }

  /** The nodes that may win; null: it cannot be told, or there is none. */
  candidates(): readonly string[] | null {
    this.#eligibility ??= this.#judge();
    return this.#eligibility.kind === 'contest' ? [...this.#eligibility.candidates.keys()] : null;
  }

  #judge(): Eligibility {
    const { speakers, certain } = this.#metallb;
    const { loadBalancerClass, ingressComplete, ingress, sharesAddress, local } = this.service;
    if (!certain) return UNTOLD;
    // Which class MetalLB answers to is known from its speakers only.
    if (speakers.settings === null && loadBalancerClass !== null) return UNTOLD;
    if (loadBalancerClass !== (speakers.settings?.loadBalancerClass ?? null))
      return nobody('other-load-balancer-class');
    if (!ingressComplete) return nobody('bad-ingress');
    const pool = this.#metallb.poolOf(ingress);
    if (!pool) return nobody('outside-pools');
    if (!this.#slices.some(({ servable }) => servable)) return nobody('no-endpoint');
    const advertisements = this.#metallb.l2Advertisements(pool, this.service);
    if (advertisements.length === 0) {
      const bgp = this.#metallb.isBgpAdvertised(pool, this.service);
      return nobody(bgp ? 'bgp-only' : 'no-advertisement');
    }
    // MetalLB 0.16.1 announces such a Service, 0.16.2 refuses to.
    if (sharesAddress && advertisements.some(({ serviceSelectors }) => serviceSelectors.length > 0))
      return UNTOLD;
    const { candidates, doubtful, ifEmpty } = this.#metallb.field(advertisements);
    if (candidates.size === 0) return nobody(ifEmpty);
    if (!local) return { kind: 'contest', advertisements, candidates, doubtful, common: true };
    const own = new Map<string, number>();
    for (const node of this.#slices.flatMap(({ nodes }) => nodes)) {
      const weight = candidates.get(node);
      if (weight !== undefined) own.set(node, weight);
    }
    if (own.size === 0) return nobody('no-local-endpoint');
    return { kind: 'contest', advertisements, candidates: own, doubtful, common: false };
  }

  #next({ candidates, common, advertisements }: Eligibility & { kind: 'contest' }) {
    const ranked = this.#ranked;
    const address = this.service.ingress[0]!;
    const passedOver = new Set(ranked.map(({ node }) => node));
    const node =
      common && ranked.length === 0
        ? this.#elections.winner(address, candidates)
        : elect(
            [...candidates].filter(([name]) => !passedOver.has(name)),
            address,
          );
    if (node === undefined) return undefined;
    const elected = { node, interfaces: this.#metallb.interfaces(advertisements, node) };
    this.#ranked = [...ranked, elected];
    return elected;
  }
}

function nobody(reason: NoAnnouncer): Eligibility {
  return { kind: 'nobody', reason };
}
