/** A limit on a count: a number, or a share of a whole that the limit's user names. */
export type Limit = { readonly count: number } | { readonly percent: number };
