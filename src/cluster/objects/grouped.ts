/** Nearly always there is one, and ten thousand lists of one are a MiB. No item is a list itself. */
export type OneOrMore<Item> = Item | readonly Item[];

/** The objects that belong to each Service, found by the Service's key. */
export class Grouped<Item extends { readonly service: string }> {
  readonly #onChange: (service: string) => void;
  readonly #groups = new Map<string, OneOrMore<Item>>();

  constructor(onChange: (service: string) => void) {
    this.#onChange = onChange;
  }

  /** Whoever holds a group's list keeps it as it was. */
  of(service: string): readonly Item[] {
    return listOf(this.#groups.get(service));
  }

  replace(before: Item | null, after: Item | null): void {
    if (before) {
      const left = this.of(before.service).filter((item) => item !== before);
      this.#set(before.service, left);
      this.#onChange(before.service);
    }
    if (after) {
      this.#set(after.service, [...this.of(after.service), after]);
      this.#onChange(after.service);
    }
  }
  #set(service: string, items: readonly Item[]): void {
    const group = oneOrMore(items);
    if (group === undefined) this.#groups.delete(service);
    else this.#groups.set(service, group);
  }
}

/** One is kept without a list; undefined for none. */
export function oneOrMore<Item>(items: readonly Item[]): OneOrMore<Item> | undefined {
  return items.length > 1 ? items : items[0];
}

export function listOf<Item>(group: OneOrMore<Item> | undefined): readonly Item[] {
  if (group === undefined) return [];
  return isList(group) ? group : [group];
}

function isList<Item>(group: OneOrMore<Item>): group is readonly Item[] {
  return Array.isArray(group);
}
