/** Lists that are read from the tenant (`--from`) join those that were read from files. */
import { readFile } from 'node:fs/promises';
import { messageOf, UsageError } from '../core/errors.ts';
import { PackedRows } from '../core/packed-rows.ts';
import { readTargets } from '../targets/index.ts';
import { servicesOf } from '../wiring/services.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import { hashed, type TargetList } from './list.ts';
import { asTargets, describeSources, readSources } from './sources.ts';
import { haltOfReads } from './stop.ts';

/**
 * The list with the rows of all sources after its own.
 * @throws UsageError for a source that makes no sense or is empty; AuthError, UserError when it cannot be read: nothing was sent
 */
export async function withSources(list: TargetList, session: Session): Promise<TargetList> {
  const { settings, state, identity, tools } = session;
  if (settings.from.length === 0) return list;
  const reading = haltOfReads(tools.signal, 'stopped while the list was read');
  const { halt } = reading;
  tools.listener({ kind: 'reading', what: settings.from.join(', ') });
  try {
    const ports = { ...servicesOf(session, halt), state, halt, tenant: identity.tenant, emulated: settings.emulator, readText };
    const reads = await readSources(settings.from, ports, { allowEmpty: settings.allowEmpty, now: clock.now });
    const { resolve, column } = settings;
    const added = await readTargets(asTargets(reads), { resolve: resolve !== false, ...(column !== undefined && { column }) });
    return { ...list, ...hashed(new PackedRows(list.rows, added)), notes: [...list.notes, ...describeSources(reads)], fromTenant: true };
  } finally {
    reading.release();
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`the query cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
