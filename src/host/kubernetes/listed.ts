// What becomes of a list of the API that is read once.

export type Listed =
  /** All of it was given, or as much as was wanted. */
  | { readonly kind: 'listed' }
  | { readonly kind: 'not-served' }
  /** `isAway`: nobody answers at all, so that asking for more is of no use. */
  | { readonly kind: 'failed'; readonly reason: string; readonly isAway: boolean };

/** Whoever reads such lists. */
export interface Lists {
  /**
   * Gives the items of a list, page by page. Never throws.
   * @param path with a query, where only some are wanted.
   * @param onItem whether more of them are wanted.
   */
  list(path: string, onItem: (raw: unknown) => boolean): Promise<Listed>;
}
