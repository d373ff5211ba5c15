/** POST machines/{id}/startInvestigation: it is begun, and nothing more is known of it. */
import { parseObject } from '../json.ts';
import { guid } from '../random.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { entity } from '../replies.ts';
import { dateText, withoutTrailingZeros } from '../time.ts';
import { notFound } from './act.ts';

export function startInvestigation(context: Context): Reaction {
  const [machineId = ''] = context.parts;
  const { world, now, random } = context;
  if (!parseObject(context.request.body)?.['Comment'])
    return only(refusal(context, 400, 'MissingRequiredParameter', 'Parameter Comment is missing'));
  const machine = world.machines.find(machineId);
  if (!machine) return only(notFound(context, machineId));
  const investigation = {
    id: guid(random, world.scale.origin),
    startTime: withoutTrailingZeros(dateText(now)),
    endTime: null,
    state: 'Running',
    cancelledBy: null,
    statusDetails: null,
    machineId: machine.id,
    computerDnsName: machine.computerDnsName,
    triggeringAlertId: null,
  };
  return { answer: entity(201, 'Investigations', investigation), effects: [{ kind: 'see', machineId: machine.id }] };
}
