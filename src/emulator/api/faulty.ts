/** What the answer to an action becomes when something goes wrong on purpose. */
import type { ActionFault } from '../world/faults.ts';
import { dropped, ofOtherType, onOther, rewritten } from '../world/twists.ts';
import { refusal, only, type Context, type Reaction } from '../reaction.ts';
import { html } from '../replies.ts';
import { notFound } from './act.ts';
import { lacking, lackingRoles, lackingScopes, unauthorized } from './authority.ts';
import { cut, emptyCode, padded, reshaped } from './misshapen.ts';
import { forbidden, noAutomationLevel } from './refusals.ts';
import type { Route } from './route.ts';
import { throttled } from './throttled.ts';

/** Long for an error, short beside the limit. */
const ERROR_BYTES = 5_000_000;

/** The reaction to an action that this fault hits. */
export function faulty(context: Context, route: Route, fault: ActionFault): Reaction {
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
    case '403-roles':
      return only(forbidden(context, lackingRoles(route.permissions, ['Machine.Read.All'])));
    case '403-scopes':
      return only(forbidden(context, lackingScopes(route.permissions, ['Machine.Read'])));
    case '403-permissions':
      return only(forbidden(context, lacking(route.permissions)));
    case '403-disallowed':
      return only(noAutomationLevel(context));
    case '403-feature':
      return only(refusal(context, 403, 'DisabledFeature', 'The feature is disabled for this tenant'));
    case '400-empty':
      return only(emptyCode());
    case '429':
      return only(throttled(context, 30_000, context.world.options.rate[0] ?? { limit: 100, ms: 60_000 }));
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
    case 'comment-rewritten':
      return route.answer({ ...context, twist: rewritten });
    case 'comment-dropped':
      return route.answer({ ...context, twist: dropped });
    case 'other-machine':
      return route.answer({ ...context, twist: onOther });
    case 'other-type':
      return route.answer({ ...context, twist: ofOtherType });
    case 'unreadable':
      return reshaped(route.answer(context), cut);
    case 'huge':
      return reshaped(route.answer(context), (reply) => padded(reply, context.world.options.hugeBytes));
    case 'huge-error':
      return only(refusal(context, 400, 'InvalidInput', 'x'.repeat(Math.min(ERROR_BYTES, context.world.options.hugeBytes))));
    default:
      return fault satisfies never;
  }
}
