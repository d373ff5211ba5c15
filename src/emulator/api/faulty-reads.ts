/** What the answer to a read becomes when something goes wrong on purpose. */
import type { ReadFault } from '../world/faults.ts';
import { refusal, only, type Context, type Reaction } from '../reaction.ts';
import { html } from '../replies.ts';
import { lacking, unauthorized } from './authority.ts';
import { cut, emptyCode, padded, reshaped } from './misshapen.ts';
import { forbidden } from './refusals.ts';
import type { Route } from './route.ts';
import { throttled } from './throttled.ts';

/** The reaction to a read of a list that this fault hits. */
export function faultyRead(context: Context, route: Route, fault: ReadFault): Reaction {
  switch (fault) {
    case 'read-401':
      return only(unauthorized(context, 'The token could not be validated'));
    case 'read-403':
      return only(forbidden(context, lacking(route.permissions)));
    case 'read-429':
      return only(throttled(context, 30_000, context.world.options.rate[0] ?? { limit: 100, ms: 60_000 }));
    case 'read-500':
      return only(refusal(context, 500, 'InternalServerError', 'Internal server error'));
    case 'read-503':
      return only(refusal(context, 503, 'ServiceUnavailable', 'The service is temporarily unavailable'));
    case 'read-reset':
      return { answer: 'reset', effects: [] };
    case 'read-hang':
      return { answer: 'never', effects: [] };
    case 'read-html404':
      return only(html(404, '404 Not Found'));
    case 'read-empty':
      return only(emptyCode());
    case 'read-cut':
      return reshaped(route.answer(context), cut);
    case 'read-huge':
      return reshaped(route.answer(context), (reply) => padded(reply, context.world.options.hugeBytes));
    default:
      return fault satisfies never;
  }
}
