/** POST machineactions/{id}/cancel: only what is still open can be cancelled. */
import { parseObject } from '../json.ts';
import { wireOf, isOpen } from '../world/lifecycle.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { entity } from '../replies.ts';

/** A comment is not required. Unknown: 404; final: 400 (assumed by public clients, mde-actions.md §3). */
export function cancel(context: Context): Reaction {
  const { world, now, request, caller, random } = context;
  const [id = ''] = context.parts;
  const action = world.actions.find(id);
  const body = request.body.trim() === '' ? {} : parseObject(request.body);
  if (body === undefined || isMiscased(body)) return only(refusal(context, 400, 'InvalidRequestBody', 'Request body is incorrect'));
  if (!action) return only(refusal(context, 404, 'ResourceNotFound', `Machine action ${id} was not found`));
  if (!isOpen(action, now)) return only(refusal(context, 400, 'InvalidInput', `Machine action ${id} is not active any more`));
  const comment = typeof body['Comment'] === 'string' ? body['Comment'] : null;
  const inVain = random() < world.options.cancelledInVain;
  const cancellation = { at: now, inVain, requestor: caller.app, comment };
  return {
    answer: entity(200, 'MachineActions', wireOf({ ...action, cancellation }, now)),
    effects: [{ kind: 'cancel', id: action.id, cancellation }],
  };
}

function isMiscased(body: object): boolean {
  return Object.keys(body).some((key) => key !== 'Comment' && key.toLowerCase() === 'comment');
}
