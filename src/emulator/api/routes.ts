/** Every route of the emulated APIs. What is not here is answered 501. */
import { act } from './act.ts';
import { listActions, oneAction } from './action-reads.ts';
import { alertsMachine, listAlerts, oneAlert } from './alerts.ts';
import { cancel } from './cancel.ts';
import { ACTION_APIS } from './catalogue.ts';
import { graphHunting, hunting } from './hunting.ts';
import { oneIncident } from './incidents.ts';
import { startInvestigation } from './investigations.ts';
import { LIVE_RESPONSE, runLiveResponse } from './live-response.ts';
import { findByIp, findByTag, tagMachine } from './machine-finds.ts';
import { listMachines, oneMachine } from './machine-reads.ts';
import { packageUri } from './packages.ts';
import { READ, reading, windowsOf, type Route } from './route.ts';

const CANCEL = [...new Set(ACTION_APIS.map(({ permission }) => permission)), 'Machine.LiveResponse'];
const ALERTS = ['Alert.Read.All', 'Alert.ReadWrite.All'];
const INCIDENTS = ['Incident.Read.All', 'Incident.ReadWrite.All'];

const ACTIONS = ACTION_APIS.map((api): Route => ({
  method: 'POST',
  pattern: new RegExp(`^machines/([^/]+)/${api.segment}$`, 'i'),
  name: api.segment,
  permissions: [api.permission],
  ...(api.readsToo && { andOneOf: READ, wording: 'permissions' }),
  faults: 'of actions',
  answer: (context) => act(context, api),
}));

/** Limits are the tenant's. @see mde-actions.md §5 */
const HUNTING = { method: 'POST', windows: windowsOf(45, 1500), perTenant: true } as const;

/** The first whose pattern fits is meant. */
export const ROUTES: readonly Route[] = [
  ...ACTIONS,
  {
    method: 'POST',
    pattern: /^machines\/([^/]+)\/runliveresponse$/i,
    name: LIVE_RESPONSE.segment,
    permissions: [LIVE_RESPONSE.permission],
    windows: windowsOf(10, 1500),
    faults: 'of actions',
    answer: runLiveResponse,
  },
  {
    method: 'POST',
    pattern: /^machines\/([^/]+)\/startInvestigation$/i,
    name: 'startInvestigation',
    permissions: ['Alert.ReadWrite.All'],
    windows: [{ limit: 50, ms: 3_600_000 }],
    answer: startInvestigation,
  },
  {
    method: 'POST',
    pattern: /^machines\/([^/]+)\/tags$/i,
    name: 'tags',
    permissions: ['Machine.ReadWrite.All'],
    answer: tagMachine,
  },
  { method: 'POST', pattern: /^machineactions\/([^/]+)\/cancel$/i, name: 'cancel', permissions: CANCEL, answer: cancel },
  { ...reading(/^machines$/i, 'GET machines', listMachines), faults: 'of reads' },
  reading(/^machines\/findbyip\(ip='([^']+)',\s*timestamp=([^)]+)\)$/i, 'GET findbyip', findByIp),
  reading(/^machines\/findbytag$/i, 'GET findbytag', findByTag),
  reading(/^machines\/([^/]+)$/i, 'GET machines/{id}', oneMachine),
  { ...reading(/^machineactions$/i, 'GET machineactions', listActions), faults: 'of reads' },
  reading(/^machineactions\/([^/]+)$/i, 'GET machineactions/{id}', oneAction),
  {
    ...reading(/^machineactions\/([^/]+)\/getPackageUri$/i, 'GET getPackageUri', packageUri),
    windows: windowsOf(2, 120),
    wording: 'permissions',
  },
  { ...reading(/^alerts$/i, 'GET alerts', listAlerts), permissions: ALERTS, faults: 'of reads' },
  { ...reading(/^alerts\/([^/]+)$/i, 'GET alerts/{id}', oneAlert), permissions: ALERTS },
  reading(/^alerts\/([^/]+)\/machine$/i, 'GET alerts/{id}/machine', alertsMachine),
  {
    ...reading(/^incidents\/([^/]+)$/i, 'GET incidents/{id}', oneIncident),
    permissions: INCIDENTS,
    audiences: ['defender', 'xdr'],
    windows: windowsOf(50, 1500),
  },
  { ...HUNTING, pattern: /^advancedqueries\/run$/i, name: 'advancedqueries/run', permissions: ['AdvancedQuery.Read.All'], answer: hunting },
  {
    ...HUNTING,
    pattern: /^advancedhunting\/run$/i,
    name: 'advancedhunting/run',
    permissions: ['AdvancedHunting.Read.All'],
    audiences: ['defender', 'xdr'],
    answer: hunting,
  },
  {
    ...HUNTING,
    pattern: /^graph\/security\/(?:microsoft\.graph\.security\.)?runHuntingQuery$/i,
    name: 'runHuntingQuery',
    permissions: ['ThreatHunting.Read.All'],
    audiences: ['graph'],
    answer: graphHunting,
  },
];
