import { describe, expect, it } from 'vitest';
import { describeOvertaking, openTwins, overtaking, type SeenAction } from '../../src/core/twins.ts';
import { anAction, machineId } from '../support/builders.ts';

const action = (id: string, overrides: Partial<SeenAction> = {}): SeenAction => ({ ...anAction({ id, type: 'Isolate' }), ...overrides });
const isOurs = ({ requestorComment }: SeenAction): boolean => requestorComment?.startsWith('[cordon') ?? false;

describe('isolations that are open beside one another', () => {
  it('are told apart: ours oldest first, and those of others', () => {
    const actions = [
      action('new', { creationDateTimeUtc: '2026-11-23T10:00:00.2Z' }),
      action('old', { creationDateTimeUtc: '2026-11-23T10:00:00.13Z', machineId: machineId(1).toUpperCase() }),
      action('theirs', { requestorComment: 'by hand', status: 'InProgress' }),
      action('ended', { status: 'Succeeded' }),
      action('elsewhere', { machineId: machineId(2) }),
      action('nowhere', { machineId: null }),
      action('release', { type: 'Unisolate' }),
    ];
    const { ours, others } = openTwins(actions, machineId(1), 'Isolate', isOurs);
    expect([ours, others].map((found) => found.map(({ id }) => id))).toEqual([['old', 'new'], ['theirs']]);
  });
});

describe('who has the last word', () => {
  const release = action('release', { type: 'Unisolate', status: 'Succeeded', lastUpdateDateTimeUtc: '2026-11-23T10:00:05.5Z' });
  const after = (...actions: SeenAction[]): string | undefined => overtaking(release, 'Isolate', actions)?.id;

  it('is ours when every isolation ended before it, or badly, or elsewhere', () => {
    expect(
      after(
        action('a', { status: 'Succeeded', lastUpdateDateTimeUtc: '2026-11-23T10:00:05.4999999Z' }),
        action('b', { status: 'Cancelled', lastUpdateDateTimeUtc: '2026-11-23T11:00:00Z' }),
        action('c', { machineId: machineId(2) }),
      ),
    ).toBeUndefined();
  });

  it('is an isolation’s that ended later, is still open, or ended nobody knows when', () => {
    expect(after(action('a', { status: 'Succeeded', lastUpdateDateTimeUtc: '2026-11-23T10:00:05.51Z' }))).toBe('a');
    expect(after(action('a', { status: 'Pending' }))).toBe('a');
    expect(after(action('a', { status: 'Succeeded' }))).toBe('a');
    expect(after(action('a', { status: 'Succeeded', lastUpdateDateTimeUtc: null }), action('b', { status: 'Pending' }))).toBe('b');
  });

  it('is said', () => {
    expect(describeOvertaking(action('a', { requestor: 'ana' }))).toBe(
      'an Isolate action of ana is still Pending: this machine may be left as it says',
    );
    expect(describeOvertaking(action('a', { status: 'Succeeded', requestor: null }))).toContain('of somebody Succeeded after this one');
  });
});
