/** Collected packages: the link to one, and what is behind the link. */
import { parseObject } from '../json.ts';
import { guid, shareOf } from '../random.ts';
import { only, refusal, type Context, type Reaction, type Stranger } from '../reaction.ts';
import { json, odata, type Reply } from '../replies.ts';
import { drawDownloadFault } from '../world/faults.ts';
import { isOpen, statusAt } from '../world/lifecycle.ts';
import type { World } from '../world/world.ts';
import { zipOf } from '../zip.ts';
import { visibleAction } from './action-reads.ts';

/** Where links lead to; the name is the real one (mde-actions.md §2). */
const PATH = '/safedownload/WDATP_Investigation_Package.zip';

/** GET machineactions/{id}/getPackageUri: a link once the package is there. */
export function packageUri(context: Context): Reaction {
  const action = visibleAction(context);
  if ('status' in action) return only(action);
  if (action.type !== 'CollectInvestigationPackage')
    return only(refusal(context, 400, 'InvalidInput', 'Provided Guid is not a valid id for a CollectInvestigationPackage action'));
  if (isOpen(action, context.now) || statusAt(action, context.now) !== 'Succeeded')
    return only(refusal(context, 404, 'ResourceNotFound', 'The package is not ready yet'));
  const link = linkTo(context, action.id);
  return only(odata(200, { value: context.world.options.quotedLinks ? `"${link}"` : link }));
}

/** Whether a path is that of a package. */
export function isPackagePath(path: string): boolean {
  return path === PATH;
}

/** GET of a link: no bearer, for it would be given to a host that is not the API's. */
export function download({ world, request, now, random }: Stranger): Reply {
  if (request.headers['authorization'] !== undefined) return json(400, { Message: 'A link to a package takes no bearer token' });
  const ticket = ticketOf(world, request.query.get('token') ?? '');
  if (!ticket) return json(401, { Message: 'Invalid token' });
  if (now >= ticket.until) return json(401, { Message: 'Expired token' });
  const fault = drawDownloadFault(world.faults, random);
  if (fault === 'download-503') return json(503, { Message: 'Service unavailable' });
  const reply = zipReply(world, ticket.id);
  return fault === 'download-cut' ? { ...reply, cutAfter: Math.floor(reply.body.length / 2) } : reply;
}

interface Ticket {
  readonly id: string;
  /** Emulated ms since the epoch. */
  readonly until: number;
}

function linkTo({ world, request, now, random }: Context, id: string): string {
  const ticket = { id, until: now + world.options.linkLifetimeMs, nonce: guid(random, world.scale.origin) };
  const token = Buffer.from(JSON.stringify({ ...ticket, seal: sealOf(world, ticket) })).toString('base64url');
  return `http://${request.headers['host'] ?? '127.0.0.1'}${PATH}?token=${token}`;
}

function ticketOf(world: World, token: string): Ticket | undefined {
  const { id, until, seal } = parseObject(Buffer.from(token, 'base64url').toString()) ?? {};
  if (typeof id !== 'string' || typeof until !== 'number' || !world.actions.find(id)) return undefined;
  return seal === sealOf(world, { id, until }) ? { id, until } : undefined;
}

function sealOf(world: World, { id, until }: Ticket): number {
  return shareOf(`${id} ${until}`, `seal ${world.options.seed}`);
}

/** The same bytes for the same action, always. */
function zipReply({ options, actions }: World, id: string): Reply {
  const [least, most] = options.packageBytes;
  const size = Math.round(least + (most - least) * shareOf(id, 'size'));
  const about = JSON.stringify({ emulated: true, machineId: actions.find(id)?.machineId, actionId: id });
  const body = zipOf([
    ['about.json', Buffer.from(about)],
    ['collected.bin', Buffer.alloc(size, id)],
  ]);
  return { status: 200, headers: { 'content-type': 'application/zip', 'content-length': String(body.length) }, body };
}
