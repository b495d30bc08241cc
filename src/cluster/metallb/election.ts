// MetalLB's election: the candidate with the highest preference, and among equals the one whose SHA-256 of
// "node#address" is the lowest, byte by byte (speaker/layer2_controller.go).
import { hash } from 'node:crypto';
import type { IpAddress } from '../../net/address.ts';

/** The nodes that may announce, with the sum of their preference weights: 0 where no preference names them. */
export type Candidates = ReadonlyMap<string, number>;

/** The winner; undefined where there is no candidate. A thousand candidates take about a millisecond. */
export function elect(
  candidates: Iterable<readonly [string, number]>,
  address: IpAddress,
): string | undefined {
  let winner: string | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  let lowest = '';
  for (const [node, weight] of candidates) {
    if (weight < highest) continue;
    // One character a byte, so that texts compare as bytes do.
    const digest = hash('sha256', `${node}#${address}`, 'latin1');
    if (weight === highest && digest >= lowest) continue;
    winner = node;
    highest = weight;
    lowest = digest;
  }
  return winner;
}

/** The winners known for one set of candidates. */
interface Round {
  readonly candidates: Candidates;
  readonly winners: Map<IpAddress, string>;
}

const MAX_ROUNDS = 32;
const MAX_WINNERS = 65_536;

/**
 * Remembers winners, also from one set of candidates to the next: where one node came or went, an election takes one
 * hash, not one for each node. Each address is remembered in one round only.
 */
export class Elections {
  /** The latest first. */
  #rounds: Round[] = [];
  readonly #newcomers = new WeakMap<
    Candidates,
    WeakMap<Candidates, readonly (readonly [string, number])[]>
  >();
  /** How many hashes the elections took, at most. */
  hashes = 0;

  winner(address: IpAddress, candidates: Candidates): string | undefined {
    const round = this.#roundOf(candidates);
    const known = round.winners.get(address);
    if (known !== undefined) return known;
    const winner = this.#fromEarlier(address, round) ?? this.#elect([...round.candidates], address);
    // So that addresses of Services long gone don't pile up.
    if (round.winners.size >= MAX_WINNERS) round.winners.clear();
    if (winner !== undefined) round.winners.set(address, winner);
    return winner;
  }

  #roundOf(candidates: Candidates): Round {
    const latest = this.#rounds[0];
    if (latest?.candidates === candidates) return latest;
    let round = this.#rounds.find((other) => isEqual(other.candidates, candidates));
    round ??= { candidates, winners: new Map() };
    this.#rounds = [round, ...this.#rounds.filter((other) => other !== round)].slice(0, MAX_ROUNDS);
    return round;
  }

  /** Who won before loses only to newcomers, unless it left itself or its weight changed. */
  #fromEarlier(address: IpAddress, round: Round): string | undefined {
    const earlier = this.#rounds.find(({ winners }) => winners.has(address));
    if (!earlier) return undefined;
    const winner = earlier.winners.get(address)!;
    earlier.winners.delete(address);
    const weight = round.candidates.get(winner);
    if (weight === undefined || weight !== earlier.candidates.get(winner)) return undefined;
    const newcomers = this.#newcomersOf(round.candidates, earlier.candidates);
    return newcomers.length === 0 ? winner : this.#elect([[winner, weight], ...newcomers], address);
  }

  #newcomersOf(candidates: Candidates, before: Candidates): readonly (readonly [string, number])[] {
    const known = this.#newcomers.get(candidates) ?? new WeakMap();
    this.#newcomers.set(candidates, known);
    const newcomers =
      known.get(before) ?? [...candidates].filter(([node, weight]) => before.get(node) !== weight);
    known.set(before, newcomers);
    return newcomers;
  }

  #elect(candidates: readonly (readonly [string, number])[], address: IpAddress): string | undefined {
    this.hashes += candidates.length;
    return elect(candidates, address);
  }
}

function isEqual(a: Candidates, b: Candidates): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [node, weight] of a) if (b.get(node) !== weight) return false;
  return true;
}
