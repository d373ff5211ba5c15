/** Answers of a wrong shape. */
import type { Reaction } from '../reaction.ts';
import { json, type Reply } from '../replies.ts';

/** An error without a code, a target or a word that helps, as recorded in microsoft-365-docs#12682. */
export function emptyCode(): Reply {
  const message = 'The query specified in the URI is not valid. The requested resource is not a collection.';
  return json(400, { error: { code: '', message, details: [] } });
}

/** The first half of the body. */
export function cut(reply: Reply): Reply {
  return { ...reply, body: textOf(reply).slice(0, textOf(reply).length / 2) };
}

const PADDED = ',"padding":""}';

/** The same object with one more member that makes it so many bytes long. */
export function padded(reply: Reply, bytes: number): Reply {
  const text = textOf(reply);
  const padding = 'x'.repeat(Math.max(0, bytes - text.length - PADDED.length + 1));
  return { ...reply, body: `${text.slice(0, -1)}${PADDED.slice(0, -2)}${padding}"}` };
}

/** The same effects with an answer of another shape. */
export function reshaped(reaction: Reaction, shape: (reply: Reply) => Reply): Reaction {
  return { ...reaction, answer: typeof reaction.answer === 'string' ? reaction.answer : shape(reaction.answer) };
}

function textOf({ body }: Reply): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString();
}
