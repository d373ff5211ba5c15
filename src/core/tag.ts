/**
 * Our mark in an action's comment. It comes first, so that a server which cuts comments keeps it, and it alone tells
 * our actions from others': neither creation times nor the requestor do (other tools may use the same app).
 */

/** Longest comment that is sent. The API documents no limit; this one is ours (design §5). */
export const MAX_COMMENT = 1000;

/** The tag of a run: `[cordon r-20261123-101530-k3f9]`. */
export function tagOf(runId: string): string {
  return `[cordon ${runId}]`;
}

/** The comment as it is sent. */
export function tagged(runId: string, text: string): string {
  return `${tagOf(runId)} ${text}`;
}

/**
 * Whether an action's comment says that this run asked for it: at its start only, because what an operator quotes further
 * on is text, and punctuation aside, because nobody has recorded what the API makes of brackets.
 */
export function carriesTag(comment: string | null, runId: string): boolean {
  return comment !== null && new RegExp(`^\\W*cordon\\W+${runId.replaceAll(/[^\w-]/g, '\\$&')}\\b`, 'i').test(comment);
}

const ANY_TAG = /^\W*cordon\W+((?:[a-z]+-)?r-\d{8}-\d{6}-[a-z0-9]+)\b/i;

/** The run that asked for the action, as its comment says; undefined where it does not. */
export function taggedRun(comment: string | null): string | undefined {
  return ANY_TAG.exec(comment ?? '')?.[1]?.toLowerCase();
}

/** Whether it says that another run did. */
export function carriesAnotherTag(comment: string | null, runId: string): boolean {
  const found = taggedRun(comment);
  return found !== undefined && found !== runId.toLowerCase();
}
