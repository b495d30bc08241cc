// A scenario is data: who is on the LAN, what is meant to be served, and what happens when. So it can be made from a seed, printed,
// written by hand as a case, and shrunk by leaving out actions.
import type { Micros } from '../../src/base/time.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import type { ClaimHabits } from './address-claim.ts';
import type { ActionName } from './catalogue.ts';
import type { PoolPlan } from './cluster.ts';
import type { DhcpServerHabits } from './dhcp-server.ts';
import type { CardPlan } from './host.ts';
import type { ServiceSpec } from './services.ts';

export interface NodePlan {
  readonly name: string;
  /** The first one has the node's address, which the cluster knows it by. */
  readonly cards: readonly CardPlan[];
  /** Where none runs, nobody says whose MACs the node's are: they are learned. */
  readonly agent: { readonly clockAhead: Micros } | null;
}

export interface RouterPlan {
  readonly ip: Ipv4;
  readonly mac: Mac;
  /** Null: the LAN has no DHCP server. */
  readonly dhcp: DhcpServerHabits | null;
}

/** A machine that is no node. */
export interface StationPlan {
  readonly name: string;
  readonly kind: 'phone' | 'computer';
  readonly mac: Mac;
  readonly wifi: boolean;
  /** Null: by DHCP. */
  readonly ip: Ipv4 | null;
  readonly claim: ClaimHabits;
  /** DHCP's option 61 as hex; null: made of the MAC. Clones of one disk share theirs. */
  readonly clientId: string | null;
  /** From the beginning. */
  readonly present: boolean;
}

/** What happens. What it is about depends on its kind: see the catalogue. */
export interface Action {
  readonly kind: ActionName;
  /** Since the start. */
  readonly at: Micros;
  /** Until it is undone; 0: it is over at once. */
  readonly lasts: Micros;
  /** A node's or a station's name; empty where it is about none. */
  readonly who: string;
  readonly ip: Ipv4 | null;
}

/** A scenario but for what happens in it. */
export interface Plan {
  /** Of all that is left to chance while it is played. */
  readonly seed: string;
  readonly length: Micros;
  readonly nodes: readonly NodePlan[];
  readonly pools: readonly PoolPlan[];
  readonly services: readonly ServiceSpec[];
  readonly router: RouterPlan;
  readonly stations: readonly StationPlan[];
}

export interface Scenario extends Plan {
  /** In the order of their times. */
  readonly actions: readonly Action[];
}
