/** POST machines/{id}/runliveresponse, as far as an action goes: nothing is run. */
import { parseObject } from '../json.ts';
import type { Reaction, Context } from '../reaction.ts';
import { only, refusal } from '../reaction.ts';
import { act } from './act.ts';
import type { ActionApi } from './catalogue.ts';

const COMMANDS = new Set(['PutFile', 'RunScript', 'GetFile']);

export const LIVE_RESPONSE: ActionApi = {
  segment: 'runliveresponse',
  type: 'LiveResponse',
  permission: 'Machine.LiveResponse',
  readsToo: false,
  windowsOnly: false,
  oldest: { version: '1903', build: 18_362, onServers: false },
  neverReturned: true,
  parameters: [],
};

/** The body must name one command or more; the rest is as for any action. */
export function runLiveResponse(context: Context): Reaction {
  const commands = parseObject(context.request.body)?.['Commands'];
  if (!Array.isArray(commands) || commands.length === 0 || !commands.every(isCommand))
    return only(refusal(context, 400, 'InvalidRequestBody', 'Request body is incorrect'));
  const shown = commands.map((command, index) => ({
    index,
    startTime: null,
    endTime: null,
    commandStatus: 'Created',
    errors: [],
    command,
  }));
  return act({ ...context, twist: (action) => ({ ...(context.twist?.(action) ?? action), commands: shown }) }, LIVE_RESPONSE);
}

function isCommand(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && COMMANDS.has(value.type);
}
