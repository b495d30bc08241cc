/** The objects that belong to each Service, found by the Service's key. */
export class Grouped<Item extends { readonly service: string }> {
  readonly #onChange: (service: string) => void;
  readonly #groups = new Map<string, readonly Item[]>();

  constructor(onChange: (service: string) => void) {
    this.#onChange = onChange;
  }

  /** Whoever holds a group's list keeps it as it was. */
  of(service: string): readonly Item[] {
    return this.#groups.get(service) ?? [];
  }

  replace(before: Item | null, after: Item | null): void {
    if (before) {
      const left = this.of(before.service).filter((item) => item !== before);
      if (left.length > 0) this.#groups.set(before.service, left);
      else this.#groups.delete(before.service);
      this.#onChange(before.service);
    }
    if (after) {
      this.#groups.set(after.service, [...this.of(after.service), after]);
      this.#onChange(after.service);
    }
  }
}
