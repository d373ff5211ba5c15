/** What goes wrong on purpose, and how often. */
import { UsageError } from '../../core/errors.ts';
import type { Random } from '../random.ts';

/** Every fault there is. Where several are drawn for one request, the earliest of this list happens. */
export const FAULT_NAMES = [
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
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/**
 * Probabilities from 0 to 1 for each POST of a machine action.
 * `reset-*`: the connection is reset, before or after the effect. `hang-*`: no answer ever, without or with the effect.
 * `late`: no answer, and the effect comes `lateMs` after the request. `404`: a transient ResourceNotFound.
 */
export type Faults = Readonly<Record<FaultName, number>>;

/** Nothing goes wrong. */
export const NO_FAULTS: Faults = {
  '503': 0,
  '500': 0,
  'reset-before': 0,
  'reset-after': 0,
  'hang-before': 0,
  'hang-after': 0,
  late: 0,
  html502: 0,
  '404': 0,
  '401': 0,
};

/**
 * Faults from `503=0.03,reset-after=0.01` (commas or spaces between); those not named are 0.
 * @throws UsageError for an unknown name or a share that is not between 0 and 1.
 */
export function parseFaults(text: string): Faults {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  return { ...NO_FAULTS, ...Object.fromEntries(parts.map(parseFault)) };
}

function parseFault(part: string): [FaultName, number] {
  const [given = '', value = ''] = part.split('=', 2);
  const name = FAULT_NAMES.find((known) => known === given);
  if (name === undefined) throw new UsageError(`unknown fault "${given}": known are ${FAULT_NAMES.join(', ')}`);
  const share = value === '' ? Number.NaN : Number(value);
  if (!(share >= 0 && share <= 1)) throw new UsageError(`fault ${name} needs a share from 0 to 1, such as ${name}=0.03`);
  return [name, share];
}

/** The fault of one request, if any. Takes one number per fault, hit or not, so that the draws stay independent. */
export function drawFault(faults: Faults, random: Random): FaultName | undefined {
  const draws = FAULT_NAMES.map((name) => ({ name, hit: random() < faults[name] }));
  return draws.find(({ hit }) => hit)?.name;
}
