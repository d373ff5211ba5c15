/** Plan files on disk: written whole or not at all, read byte by byte. */
import { buffer } from 'node:stream/consumers';
import { resolve } from 'node:path';
import { PLAN_FORMAT, planText, readPlan, type PlanHead, type SavedPlan } from '../core/plan-file.ts';
import { parseRole } from '../core/roles.ts';
import { messageOf, PlanError, UserError } from '../core/errors.ts';
import type { Preview, SavedFile } from './preview-report.ts';
import { operatorOf } from '../wiring/identity.ts';
import { openBytes } from '../system/reading.ts';
import { replaceFile } from '../system/replace.ts';
import { VERSION } from '../wiring/version.ts';

/** @throws UserError (exit 1) when the file cannot be written */
export async function savePlan(path: string, preview: Preview): Promise<SavedFile> {
  const { sha256, pieces } = planText(headOf(preview), preview.prepared.plan.rows);
  try {
    await replaceFile(path, pieces, { mode: 0o600 });
    return { file: path, sha256 };
  } catch (error) {
    throw new UserError(`the plan cannot be written: ${messageOf(error)}`, {
      exitCode: 1,
      hint: 'Nothing was sent. Name another file with --out.',
      cause: error,
    });
  }
}

/** How a role stands among a plan's exclusions: whoever carries the plan out must find the same there. */
export function roleName(role: string): string {
  return `--exclude-role ${parseRole(role).written}`;
}

function headOf({ job, parameters, identity, host, settings, comment, list, prepared, now, env }: Preview): PlanHead {
  const { plan, refusals, facts } = prepared;
  return {
    format: PLAN_FORMAT,
    cordon: VERSION,
    createdAt: new Date(now).toISOString(),
    operator: operatorOf(settings, env),
    job: job.name,
    ...(Object.keys(parameters).length > 0 && { parameters }),
    tenant: identity.tenant,
    host,
    emulated: settings.emulator,
    comment: comment ?? null,
    order: settings.order,
    listHash: list.hash(),
    calls: plan.calls,
    exclusions: {
      files: [...settings.exclude.map((file) => resolve(file)), ...settings.excludeRole.map(roleName)],
      entries: list.exclusions.entries.length,
      unmatched: plan.unmatched.map(({ written, file, line }) => `${written} (${file}:${line})`),
    },
    guards: refusals.filter(({ guard }) => guard !== 'confirmation'),
    onboarded: facts?.onboarded ?? null,
    facts: facts !== undefined,
  };
}

/** @throws PlanError (exit 7) when the file cannot be read, or is not what a preview saved */
export async function loadPlan(path: string): Promise<SavedPlan> {
  const plan = readPlan(await bytesOf(path));
  if (typeof plan === 'string')
    throw new PlanError(`the plan ${path} is not carried out: ${plan}`, {
      hint: 'Nothing was sent. Make a new one with cordon preview --out.',
    });
  return plan;
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await buffer(openBytes(path));
  } catch (error) {
    throw new PlanError(`the plan cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
