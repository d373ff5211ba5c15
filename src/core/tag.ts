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

/** Whether an action's comment says that this run asked for it. */
export function carriesTag(comment: string | null, runId: string): boolean {
  return comment?.includes(tagOf(runId)) ?? false;
}
