/** One request in, one reaction out: where the API, the sign-in and the emulator's own control part. */
import { messageOf, UsageError } from '../core/errors.ts';
import { answerApi, apiPath } from './api/api.ts';
import { download, isPackagePath } from './api/packages.ts';
import { parseFaults, type Faults } from './world/faults.ts';
import { bodyOf, type ActionBody } from './world/lifecycle.ts';
import type { Random } from './random.ts';
import { only, type Reaction } from './reaction.ts';
import { json, type Incoming } from './replies.ts';
import { answerSignIn } from './sign-in/sign-in.ts';
import { inForceOf } from './world/mitigation.ts';
import { statsOf } from './world/stats.ts';
import type { World } from './world/world.ts';

/**
 * What the emulator does about a request. Changes nothing: `apply` carries the effects out.
 * @param now emulated ms since the epoch
 */
export function respond(world: World, request: Incoming, now: number, random: Random): Reaction {
  const path = apiPath(request.path);
  if (path !== undefined) return answerApi({ world, request, now, random }, path);
  if (isPackagePath(request.path)) return only(download({ world, request, now, random }));
  if (request.path.startsWith('/_emulator/')) return control(world, request, now);
  return answerSignIn(request, world, now, random);
}

/** Every action as a read would show it now, read lag or not, oldest first. */
export function allActions(world: World, now: number): ActionBody[] {
  return [...world.actions.between('', '~', false)].map((action) => bodyOf(action, now));
}

function control(world: World, { method, path, body }: Incoming, now: number): Reaction {
  switch (`${method} ${path}`) {
    case 'GET /_emulator/stats':
      return only(json(200, statsOf(world)));
    case 'GET /_emulator/actions':
      return only(json(200, { value: allActions(world, now) }));
    case 'GET /_emulator/in-force':
      return only(json(200, { value: inForceOf(world, now) }));
    case 'POST /_emulator/faults':
      return changeFaults(body);
    default:
      return only(json(404, { error: `nothing at ${method} ${path}` }));
  }
}

/** The new faults replace the old ones; the body is the text of `parseFaults` or the same as a JSON object. */
function changeFaults(body: string): Reaction {
  try {
    const faults = readFaults(body);
    return { answer: json(200, faults), effects: [{ kind: 'faults', faults }] };
  } catch (error) {
    if (error instanceof UsageError || error instanceof SyntaxError) return only(json(400, { error: messageOf(error) }));
    throw error;
  }
}

function readFaults(body: string): Faults {
  if (!body.trimStart().startsWith('{')) return parseFaults(body);
  const shares = Object.entries<unknown>(JSON.parse(body));
  return parseFaults(shares.map(([name, share]) => `${name}=${String(share)}`).join(','));
}
