/** The manifests say what docs and image promise, and use only flags and exit codes that exist. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { commands } from '../../src/cli/commands/index.ts';
import { EXIT } from '../../src/core/exit.ts';
import { envName, flagNames, flagOf, settingsFrom } from '../../src/settings/settings.ts';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}
interface PodSpec {
  readonly restartPolicy: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: object;
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string }[];
}
interface CronJob {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly concurrencyPolicy: string;
    readonly jobTemplate: {
      readonly spec: {
        readonly podFailurePolicy?: { readonly rules: readonly object[] };
        readonly template: { readonly metadata: object; readonly spec: PodSpec };
      };
    };
  };
}

const documents = parseAllDocuments(readFileSync(new URL('../../deploy/kubernetes/cronjob.yaml', import.meta.url), 'utf8'));
const objects: Record<string, unknown>[] = documents.map((document) => Object(document.toJS()));
const cronJobs = documents.map((document): unknown => document.toJS()).filter(isCronJob);
const run = named('cordon-restrict');
const pod = run.spec.jobTemplate.spec.template.spec;
const pods = cronJobs.map((job) => [job.metadata.name, job.spec.jobTemplate.spec.template.spec] as const);

function isCronJob(object: unknown): object is CronJob {
  return typeof object === 'object' && object !== null && 'kind' in object && object.kind === 'CronJob';
}

function named(name: string): CronJob {
  const found = cronJobs.find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`no CronJob ${name}`);
  return found;
}

describe('the manifests', () => {
  it('parse without errors or warnings, each of the kind and version that it should be', () => {
    expect(documents.flatMap((document) => ('errors' in document ? [...document.errors, ...document.warnings] : []))).toEqual([]);
    expect(objects.map(({ apiVersion, kind }) => `${String(apiVersion)} ${String(kind)}`)).toEqual([
      'v1 ServiceAccount',
      'v1 PersistentVolumeClaim',
      'v1 ConfigMap',
      'batch/v1 CronJob',
      'batch/v1 CronJob',
    ]);
  });

  it('keep the state on a volume that one pod at a time may write', () => {
    expect(objects.find(({ kind }) => kind === 'PersistentVolumeClaim')).toMatchObject({ spec: { accessModes: ['ReadWriteOncePod'] } });
    expect(pods.map(([, { volumes }]) => volumes)).toEqual(
      pods.map(() => expect.arrayContaining([{ name: 'data', persistentVolumeClaim: { claimName: 'cordon-data' } }])),
    );
  });

  it('start no second pod beside the first, and none for what trying again cannot help', () => {
    expect(run.spec.concurrencyPolicy).toBe('Forbid');
    expect(run.spec.jobTemplate.spec.podFailurePolicy?.rules).toEqual([
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      {
        action: 'FailJob',
        onExitCodes: {
          containerName: pod.containers[0].name,
          operator: 'In',
          values: [EXIT.usage, EXIT.outcomes, EXIT.guard, EXIT.plan, EXIT.credentials, EXIT.budget],
        },
      },
    ]);
  });

  it('sign in by workload identity, and hold no secret', () => {
    expect(run.spec.jobTemplate.spec.template.metadata).toMatchObject({ labels: { 'azure.workload.identity/use': 'true' } });
    expect(pod.containers[0].env).toContainEqual({ name: 'CORDON_AUTH', value: 'workload-identity' });
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it.each(pods)(
    '%s: not root, a root file system that is read-only, and nothing writable but /data',
    (_name, { restartPolicy, securityContext, containers: [container] }) => {
      expect(restartPolicy).toBe('Never');
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath)).toEqual(['/data']);
      expect(container.image).toMatch(/@sha256:[0-9a-f]{64}$/);
    },
  );

  it('give SIGTERM more time than the ten seconds that answers are waited for', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
  });

  it.each(pods)(
    '%s: every flag and variable exists, belongs to its command and can be read',
    (_name, { containers: [{ args, env = [] }] }) => {
      const command = commands.find(({ usage }) => usage.split(' ')[0] === args[0]);
      const flags = args.filter((arg) => arg.startsWith('--'));
      expect(command?.flags.map((name) => flagOf(name).usage.split(' ')[0])).toEqual(expect.arrayContaining(flags));
      expect(command?.flags.map(envName)).toEqual(expect.arrayContaining(env.map(({ name }) => name)));
      expect(() => settingsFrom({ flags: {}, env: Object.fromEntries(env.map(({ name, value }) => [name, value])) })).not.toThrow();
    },
  );

  it('take an empty list for an error, and bound what one run and many runs may do', () => {
    const names = pod.containers[0].env?.map(({ name }) => name) ?? [];
    expect(names).not.toContain('CORDON_ALLOW_EMPTY');
    expect(names).not.toContain('CORDON_ALLOW_UNMATCHED_EXCLUSIONS');
    expect(names).toEqual(expect.arrayContaining(['CORDON_EXCLUDE', 'CORDON_MAX_TARGETS', 'CORDON_CAP', 'CORDON_FAIL_ON']));
  });

  it('need no variable for what must be typed', () => {
    expect(
      flagNames()
        .filter((name) => flagOf(name).typedOnly)
        .map((name) => flagOf(name).usage.split(' ')[0]),
    ).toEqual(expect.arrayContaining(['--yes', '--confirm', '--dry-run', '--emulator']));
    expect(pod.containers[0].args).toEqual(expect.arrayContaining(['--yes', '--resume-if-interrupted']));
  });
});

describe('the Dockerfile', () => {
  const lines = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8').split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const said = (word: string): string[] => last.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  it('needs no shell: its last stage runs nothing, and starts Node itself', () => {
    expect(said('RUN')).toEqual([]);
    expect(said('ENTRYPOINT')).toEqual(['["node", "/app/dist/cli.js"]']);
  });

  it('is not root, stops by SIGTERM, and writes to /data', () => {
    expect([said('USER'), said('STOPSIGNAL'), said('WORKDIR')]).toEqual([['1000:1000'], ['SIGTERM'], ['/data']]);
    expect(last.join('\n')).toContain('XDG_STATE_HOME=/data');
  });

  it('gets nothing but what is named, so that no list, state or key is built in', () => {
    const ignored = readFileSync(new URL('../../.dockerignore', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(ignored).toEqual([
      '*',
      '!package.json',
      '!package-lock.json',
      '!LICENSE',
      '!jobs',
      '!src',
      '!build',
      '!rolldown.config.ts',
      '!tsconfig.json',
    ]);
  });
});
