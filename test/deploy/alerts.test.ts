/** What is alerted on exists: metrics that are written, events that are logged, exit codes, files that are named. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LOG_EVENTS } from '../../src/core/log-events.ts';
import { EXIT } from '../../src/core/exit.ts';
import { API_WINDOWS } from '../../src/core/rate.ts';
import { isBadEntry, parseExclusion } from '../../src/core/exclusions.ts';
import { metricsText } from '../../src/reports/metrics.ts';
import { aRun } from '../support/builders.ts';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const rules = text('deploy/alerts/prometheus-rules.yaml');
const query = text('deploy/alerts/log-analytics.kql');
const logs = text('docs/logs.md');

describe('the alerts', () => {
  it('use only metrics that a run writes', async () => {
    const written = await metricsText({
      run: aRun({ exitCode: 0, finishedAt: 2_000_000 }),
      outcomes: { created: 1 },
      statuses: { Pending: 1 },
      quota: API_WINDOWS.map((window) => ({ api: 'x', window, used: 0 })),
      lastSuccessAt: 1,
      now: 2,
      version: '1',
    });
    const used = new Set(rules.match(/cordon_[a-z_]+/g));
    expect([...used].filter((name) => !written.includes(`# TYPE ${name} gauge`))).toEqual([]);
    expect(used.size).toBeGreaterThan(4);
  });

  it('use only events that are logged, and exit codes that exist', () => {
    const events = [...query.matchAll(/"((?:[a-z-]+\.[a-z]+|error|paused|stalled))"/g)].map(([, name]) => name);
    expect(events.length).toBeGreaterThan(3);
    expect(events.filter((name) => !(name !== undefined && name in LOG_EVENTS))).toEqual([]);
    expect(query).toContain(`exitCode !in (${EXIT.ok}, ${EXIT.outage}, ${EXIT.sigterm})`);
    expect(rules).toContain(
      `cordon_run_exit_code != ${EXIT.ok} and cordon_run_exit_code != ${EXIT.outage} and cordon_run_exit_code != ${EXIT.sigterm}`,
    );
  });
});

describe('docs/logs.md', () => {
  it('lists every event with its level, meaning and fields, and no other', () => {
    const rows = logs.split('\n').filter((line) => line.startsWith('| `') && line.split('|').length === 6);
    const expected = Object.entries(LOG_EVENTS).map(
      ([name, { level, means, fields }]) => `| \`${name}\` | ${level} | ${means} | ${fields.map((field) => `\`${field}\``).join(' ')} |`,
    );
    expect(rows).toEqual(expected);
  });

  it('names files that are there', () => {
    for (const [path] of logs.matchAll(/deploy\/alerts\/[a-z-]+\.[a-z]+/g)) expect([path, existsSync(path)]).toEqual([path, true]);
  });
});

describe('the kustomize base', () => {
  const base = parse(text('deploy/kubernetes/kustomization.yaml'));
  const example = parse(text('deploy/kubernetes-example/kustomization.yaml'));

  it('is made of files that are there, and the example builds on it', () => {
    expect(base.resources).toEqual(['cronjob.yaml', 'network-policy.yaml']);
    for (const name of base.resources) expect(existsSync(`deploy/kubernetes/${name}`)).toBe(true);
    expect(example.resources).toEqual(['../kubernetes']);
    expect(example.images[0].name).toBe('registry.example/cordon');
  });

  it('lets nobody in, and out to DNS and HTTPS only', () => {
    const { spec } = parse(text('deploy/kubernetes/network-policy.yaml'));
    expect(spec).toMatchObject({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'cordon' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
    });
    const ports = spec.egress.flatMap((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port));
    expect(ports).toEqual([53, 53, 443]);
  });

  it.each(['deploy/kubernetes/cronjob.yaml', 'deploy/kubernetes-example/lists.yaml'])('%s: every exclusion is one', (path) => {
    const documents = text(path)
      .split('\n---\n')
      .map((document) => parse(document));
    const { data } = documents.find(({ kind }) => kind === 'ConfigMap');
    const lines: string[] = data['never.txt'].trim().split('\n');
    const parsed = lines.map((line, i) => parseExclusion(line, 'never.txt', i + 1));
    expect(parsed.filter((entry) => entry === undefined || isBadEntry(entry))).toEqual([]);
  });
});
