/** 1,708 machines of a company that does not exist: workstations at six sites, some servers, two domain controllers. */
import { createHash } from 'node:crypto';

const SITES = ['gra', 'lyo', 'opo', 'tal', 'ghe', 'bre'];

interface Member {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly system: string;
  /** What the emulator makes of it; '' for nothing in particular. */
  readonly kind: string;
}

export function members(): Member[] {
  const workstations = Array.from({ length: 1640 }, (_, at) => workstation(at));
  const servers = Array.from({ length: 66 }, (_, at) =>
    member(`srv-${digits(at + 1)}`, SITES[at % 6] ?? '', at < 4 ? 'Linux' : 'WindowsServer2022', ''),
  );
  const controllers = [1, 2].map((n) => member(`dc0${n}`, 'gra', 'WindowsServer2022', ''));
  return [...workstations, ...servers, ...controllers];
}

/** What stands in the list, as the portal exports it. */
export function listText(list: readonly Member[]): string {
  return ['Device ID,Device name,Site', ...list.map(({ id, name, site }) => `${id},${name},${site}`), ''].join('\n');
}

/** What the emulator is told. */
export function fleetText(list: readonly Member[]): string {
  return ['id,name,system,kind', ...list.map(({ id, name, system, kind }) => [id, name, system, kind].join(',')), ''].join('\n');
}

function workstation(at: number): Member {
  return member(`ws-${digits(at + 1)}`, SITES[at % 6] ?? '', at % 5 === 0 ? 'Windows10' : 'Windows11', kindOf(at));
}

function kindOf(at: number): string {
  if (at % 9 === 4) return 'offline';
  if (at % 170 === 60) return 'open';
  if (at % 400 === 77) return 'scanning';
  if (at % 350 === 91) return 'failing';
  return at % 547 === 200 ? 'gone' : '';
}

function member(host: string, site: string, system: string, kind: string): Member {
  const id = createHash('sha1').update(host).digest('hex');
  return { id, name: `${host}.${site}.contoso.example`, site, system, kind };
}

function digits(n: number): string {
  return String(n).padStart(4, '0');
}
