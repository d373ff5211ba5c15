/** 403s that have nothing to do with the request's form. */
import { refusal, type Context } from '../reaction.ts';
import type { Reply } from '../replies.ts';

export function forbidden(context: Context, message: string): Reply {
  return refusal(context, 403, 'Forbidden', message);
}

/** What depends on the machine's device group: microsoft-365-docs#6054. */
export function noAutomationLevel(context: Context): Reply {
  const message =
    "This device has no automation level assigned to it. You'll need to at least enable the minimum Remediation Level for a given Device Group.";
  return refusal(context, 403, 'DisallowedOperation', message);
}
