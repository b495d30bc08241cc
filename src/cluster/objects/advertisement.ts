// MetalLB's advertisements: which pools are announced for which Services, from which nodes.

import { at, items, textsAt } from '../../base/json.ts';
import type { ObjectId } from './object-id.ts';
import { type LabelSelector, parseSelector } from './selector.ts';
import { kept, type SkipReason, skipped, type Trimmed } from './trimmed.ts';

/** What L2Advertisement and BGPAdvertisement have in common: whether they select a pool and a Service. */
export interface AdvertisementObject extends ObjectId {
  /** Both empty: every pool. */
  readonly pools: readonly string[];
  readonly poolSelectors: readonly LabelSelector[];
  /** Empty: every Service. From MetalLB 0.16; older ones don't have the field. */
  readonly serviceSelectors: readonly LabelSelector[];
}

export interface L2AdvertisementObject extends AdvertisementObject {
  /** Empty: every node. */
  readonly nodeSelectors: readonly LabelSelector[];
  /** Empty: every interface. */
  readonly interfaces: readonly string[];
  /** From MetalLB 0.16.2: the nodes with the highest sum of weights come first. */
  readonly preferences: readonly Preference[];
}

interface Preference {
  readonly weight: number;
  readonly selector: LabelSelector;
}

export function trimAdvertisement(raw: unknown, id: ObjectId): Trimmed<AdvertisementObject> {
  const reader = new SpecReader(at(raw, 'spec'));
  const advertisement = { ...id, ...reader.common() };
  return reader.problems.length === 0 ? kept(advertisement) : skipped(...reader.problems);
}

/** One that MetalLB would refuse is left out whole: whom it meant to select cannot be guessed. */
export function trimL2Advertisement(raw: unknown, id: ObjectId): Trimmed<L2AdvertisementObject> {
  const reader = new SpecReader(at(raw, 'spec'));
  const advertisement: L2AdvertisementObject = {
    ...id,
    ...reader.common(),
    nodeSelectors: reader.selectors('nodeSelectors'),
    interfaces: textsAt(raw, 'spec', 'interfaces'),
    preferences: reader.preferences(),
  };
  return reader.problems.length === 0 ? kept(advertisement) : skipped(...reader.problems);
}

class SpecReader {
  readonly #spec: unknown;
  readonly problems: SkipReason[] = [];

  constructor(spec: unknown) {
    this.#spec = spec;
  }

  common(): Omit<AdvertisementObject, keyof ObjectId> {
    const pools = textsAt(this.#spec, 'ipAddressPools');
    this.#refuseTwice(pools);
    return {
      pools,
      poolSelectors: this.selectors('ipAddressPoolSelectors'),
      serviceSelectors: this.selectors('serviceSelectors'),
    };
  }

  selectors(key: string): LabelSelector[] {
    const raws = items(at(this.#spec, key));
    for (const raw of raws) {
      const expressions = expressionsOf(raw);
      for (const { values } of expressions) this.#refuseTwice(values);
      this.#refuseTwice(expressions);
    }
    this.#refuseTwice(raws.map((raw) => [labelsWanted(raw), expressionsOf(raw)]));
    return raws.map((raw) => this.#selector(raw));
  }

  preferences(): Preference[] {
    return items(at(this.#spec, 'preferredNodeSelectors')).map((raw) => {
      const weight = at(raw, 'weight');
      if (typeof weight !== 'number') this.problems.push('bad-selector');
      return { weight: Number(weight), selector: this.#selector(at(raw, 'preference') ?? {}) };
    });
  }

  #selector(raw: unknown): LabelSelector {
    const selector = parseSelector(raw);
    if (selector === undefined) this.problems.push('bad-selector');
    return selector ?? null;
  }

  /** MetalLB calls it an invalid configuration where a list says the same thing twice; of preferences it doesn't. */
  #refuseTwice(list: readonly unknown[]): void {
    if (new Set(list.map((item) => JSON.stringify(item))).size < list.length)
      this.problems.push('duplicate-entry');
  }
}

function labelsWanted(selector: unknown): unknown[] {
  const labels = at(selector, 'matchLabels');
  return typeof labels === 'object' && labels !== null ? Object.entries(labels).toSorted() : [];
}

function expressionsOf(selector: unknown) {
  return items(at(selector, 'matchExpressions')).map((expression) => ({
    key: at(expression, 'key'),
    operator: at(expression, 'operator'),
    values: textsAt(expression, 'values').toSorted(),
  }));
}
