/** The objects that belong to each Service, found by the Service's key. */
export class Grouped<Item extends object> {
  readonly #groupOf: (item: Item) => string;
  readonly #onChange: (group: string) => void;
  readonly #groups = new Map<string, readonly Item[]>();

  constructor(groupOf: (item: Item) => string, onChange: (group: string) => void) {
    this.#groupOf = groupOf;
    this.#onChange = onChange;
  }

  /** Whoever holds a group's list keeps it as it was. */
  of(group: string): readonly Item[] {
    return this.#groups.get(group) ?? [];
  }

  replace(before: Item | null, after: Item | null): void {
    if (before) {
      const group = this.#groupOf(before);
      const left = this.of(group).filter((item) => item !== before);
      if (left.length > 0) this.#groups.set(group, left);
      else this.#groups.delete(group);
      this.#onChange(group);
    }
    if (after) {
      const group = this.#groupOf(after);
      this.#groups.set(group, [...this.of(group), after]);
      this.#onChange(group);
    }
  }
}
