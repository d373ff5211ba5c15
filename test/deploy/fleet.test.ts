/** The fleet's manifests parse, hold no secret, and use only variables that exist. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { envName, flagNames } from '../../src/settings/settings.ts';
import { parseAddress } from '../../src/state/postgres/address.ts';

const FILES = ['workers.yaml', 'container-app-job.yaml', 'compose.yaml'] as const;
const textOf = (name: string): string => readFileSync(new URL(`../../deploy/fleet/${name}`, import.meta.url), 'utf8');
const documentsOf = (name: string) => parseAllDocuments(textOf(name), { merge: true });
const kinds = documentsOf('workers.yaml').map((document) => Object(document.toJS()));

describe('the fleet’s manifests', () => {
  it.each(FILES)('%s parses without errors or warnings', (name) => {
    expect(documentsOf(name).flatMap((document) => ('errors' in document ? [...document.errors, ...document.warnings] : []))).toEqual([]);
  });

  it.each(FILES)('%s uses only variables that exist', (name) => {
    const known = new Set(flagNames().map(envName));
    const used = textOf(name).match(/\bCORDON_(?!DB_PASSWORD)[A-Z_]+/g) ?? [];
    expect(used.filter((variable) => !known.has(variable))).toEqual([]);
    expect(used).toContain('CORDON_STATE');
  });

  it.each(FILES)('%s holds no password, and addresses that can be read', (name) => {
    const addresses = textOf(name).match(/postgres:\/\/[^\s'"]+/g) ?? [];
    expect(addresses.length).toBeGreaterThan(0);
    // The authority's file is there only where the pod runs.
    for (const address of addresses) expect(() => parseAddress(address.replace(/[?&]sslrootcert=[^&]*/, ''), {})).not.toThrow();
  });

  it('keep a worker while another is taken away, and give it time to hand its runs back', () => {
    expect(kinds.map(({ kind }) => String(kind))).toEqual(['ServiceAccount', 'ConfigMap', 'Deployment', 'PodDisruptionBudget']);
    const [, , deployment, budget] = kinds;
    expect(budget).toMatchObject({ spec: { maxUnavailable: 1, selector: deployment.spec.selector } });
    expect(deployment.spec.replicas).toBeGreaterThan(1);
    expect(deployment.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(60);
  });

  it('run workers without root, on a root file system that is read-only', () => {
    const [, , deployment] = kinds;
    const { securityContext, containers } = deployment.spec.template.spec;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});
