/** The bill of materials, CycloneDX 1.6: what is in the bundle, and the Node in each executable. Nothing in it changes between two builds of one commit. */
import type { ThirdParty } from './third-party.ts';
import type { Target } from './targets.ts';

export interface Program {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

export function sbomOf(program: Program, parties: readonly ThirdParty[], targets: readonly Target[]): object {
  const root = { ...componentOf('application', program), 'bom-ref': refOf(program) };
  const libraries = parties.map((party) => ({ ...componentOf('library', party), 'bom-ref': refOf(party), scope: 'required' }));
  const runtimes = [...new Set(targets.map(({ node }) => node.spec))].map(runtimeOf);
  const parts = [...libraries, ...runtimes];
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: root },
    components: parts,
    dependencies: [{ ref: root['bom-ref'], dependsOn: parts.map((part) => part['bom-ref']) }],
  };
}

function componentOf(type: 'application' | 'library', { name, version, license }: Program): object {
  return { type, name, version, licenses: [{ license: { id: license } }], purl: refOf({ name, version }) };
}

/** The package URL; an @ of a scope is written as %40. */
function refOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function runtimeOf(spec: string): { readonly 'bom-ref': string } {
  const [name = '', version = ''] = spec.split('@');
  const ref = refOf({ name, version });
  return Object.assign(
    { 'bom-ref': ref },
    { type: 'platform', name: 'Node.js', version, description: `of the npm package ${name}, in the executables only`, purl: ref },
  );
}
