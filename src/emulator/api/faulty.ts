/** What an answer becomes when something goes wrong on purpose. */
import type { FaultName } from '../world/faults.ts';
import { refusal, only, type Context, type Reaction } from '../reaction.ts';
import { html } from '../replies.ts';
import { notFound } from './act.ts';
import { unauthorized } from './authority.ts';
import type { Route } from './route.ts';

/** The reaction to a request that this fault hits. */
export function faulty(context: Context, route: Route, fault: FaultName): Reaction {
  switch (fault) {
    case '503':
      return only(refusal(context, 503, 'ServiceUnavailable', 'The service is temporarily unavailable'));
    case '500':
      return only(refusal(context, 500, 'InternalServerError', 'Internal server error'));
    case 'html502':
      return only(html(502, '502 Bad Gateway'));
    case '404':
      return only(notFound(context, context.parts[0] ?? ''));
    case '401':
      return only(unauthorized(context, 'The token could not be validated'));
    case 'reset-before':
      return { answer: 'reset', effects: [] };
    case 'hang-before':
      return { answer: 'never', effects: [] };
    case 'late':
      return { answer: 'never', effects: [], laterMs: context.world.options.lateMs };
    case 'reset-after':
      return { ...route.answer(context), answer: 'reset' };
    case 'hang-after':
      return { ...route.answer(context), answer: 'never' };
    default:
      return fault satisfies never;
  }
}
