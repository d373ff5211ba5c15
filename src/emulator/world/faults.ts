/** What goes wrong on purpose, and how often. */
import { UsageError } from '../../core/errors.ts';
import type { Random } from '../random.ts';

/**
 * What may hit a POST of a machine action. Where several are drawn for one request, the earliest of this list happens.
 * `reset-*`: the connection is reset, before or after the effect. `hang-*`: no answer ever, without or with the effect.
 * `late`: no answer, and the effect comes `lateMs` after the request. `404`: a transient ResourceNotFound.
 * `403-*`: every recorded wording. `400-empty`: an error whose code is empty. `429`: somebody else used the quota up.
 * `comment-*`, `other-*`: the action is made, but its comment is rewritten or dropped, or it carries another machine or type.
 * `unreadable`: made, and the answer is cut. `huge`: made, and the answer is of `hugeBytes`; `huge-error`: an error as long.
 */
const OF_ACTIONS = [
  '503',
  '500',
  'reset-before',
  'reset-after',
  'hang-before',
  'hang-after',
  'late',
  'html502',
  '404',
  '401',
  '403-roles',
  '403-scopes',
  '403-permissions',
  '403-disallowed',
  '403-feature',
  '400-empty',
  '429',
  'comment-rewritten',
  'comment-dropped',
  'other-machine',
  'other-type',
  'unreadable',
  'huge',
  'huge-error',
] as const;

/** What may hit a read of a list. `read-html404`, as a front end answers; `read-cut`: half an answer; `read-empty`: 400 with an empty code. */
const OF_READS = [
  'read-401',
  'read-403',
  'read-429',
  'read-500',
  'read-503',
  'read-reset',
  'read-hang',
  'read-html404',
  'read-empty',
  'read-cut',
  'read-huge',
] as const;

/** What may hit the download of a package: the connection ends half way, or nothing is to be had now. */
const OF_DOWNLOADS = ['download-cut', 'download-503'] as const;

export type ActionFault = (typeof OF_ACTIONS)[number];
export type ReadFault = (typeof OF_READS)[number];
type DownloadFault = (typeof OF_DOWNLOADS)[number];
export type FaultName = ActionFault | ReadFault | DownloadFault;
/** Every fault there is. */
export const FAULT_NAMES: readonly FaultName[] = [...OF_ACTIONS, ...OF_READS, ...OF_DOWNLOADS];

/** Probabilities from 0 to 1 for each request that a fault may hit; 0 where nothing is said. */
export type Faults = Readonly<Partial<Record<FaultName, number>>>;

/** Nothing goes wrong. */
export const NO_FAULTS: Faults = {};

/**
 * Faults from `503=0.03,reset-after=0.01` (commas or spaces between).
 * @throws UsageError for an unknown name or a share that is not between 0 and 1.
 */
export function parseFaults(text: string): Faults {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  return Object.fromEntries(parts.map(parseFault));
}

function parseFault(part: string): [FaultName, number] {
  const [given = '', value = ''] = part.split('=', 2);
  const name = FAULT_NAMES.find((known) => known === given);
  if (name === undefined) throw new UsageError(`unknown fault "${given}": known are ${FAULT_NAMES.join(', ')}`);
  const share = value === '' ? Number.NaN : Number(value);
  if (!(share >= 0 && share <= 1)) throw new UsageError(`fault ${name} needs a share from 0 to 1, such as ${name}=0.03`);
  return [name, share];
}

/** The fault of one action, if any. */
export function drawFault(faults: Faults, random: Random): ActionFault | undefined {
  return drawn(OF_ACTIONS, faults, random);
}

/** The fault of one read, if any. */
export function drawReadFault(faults: Faults, random: Random): ReadFault | undefined {
  return drawn(OF_READS, faults, random);
}

/** The fault of one download, if any. */
export function drawDownloadFault(faults: Faults, random: Random): DownloadFault | undefined {
  return drawn(OF_DOWNLOADS, faults, random);
}

/** Takes one number per fault, hit or not, so that the draws stay independent. */
function drawn<T extends FaultName>(names: readonly T[], faults: Faults, random: Random): T | undefined {
  const draws = names.map((name) => ({ name, hit: random() < (faults[name] ?? 0) }));
  return draws.find(({ hit }) => hit)?.name;
}
