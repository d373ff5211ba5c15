/** Events that a person wants to read as a sentence. */
import { formatDuration } from '../../core/durations.ts';
import { describeWave } from '../../core/waves.ts';
import { handle, type Handlers, type RunEvent } from '../../core/events.ts';
import { EXIT } from '../../core/exit.ts';

/** What goes as it should. */
const SENTENCES: Handlers<string | undefined> = {
  begun: (event) => beginning(event),
  wave: ({ stage, wave, of, result }) =>
    stage === 'sent'
      ? `Wave ${wave} of ${of} was sent, ${result.calls} calls: waiting for its actions`
      : `Wave ${wave} of ${of}: ${describeWave(result)}`,
  recovered: ({ api }) => `${api} answers again`,
};

/** What somebody should not miss. */
const WARNINGS: Handlers<string | undefined> = {
  stalled: ({ why }) => `Nothing has gone out for a while: ${why}`,
  paused: ({ api, waitMs }) => `429 from ${api}: somebody else uses this quota; waiting ${formatDuration(waitMs)}, then at an even pace`,
  outage: ({ api, why }) => `No usable answers from ${api} (${why}): probing one at a time`,
  // A signal's own words are said by whoever caught it.
  stopping: ({ exitCode, why }) =>
    exitCode === EXIT.sigint || exitCode === EXIT.sigterm
      ? undefined
      : `Sending has stopped: ${why}; waiting for answers that are on their way`,
};

/** Undefined for what a person does not want to read. */
export function sentenceOf(event: RunEvent): string | undefined {
  return handle(SENTENCES, event);
}

/** Undefined for what is no warning. */
export function warningOf(event: RunEvent): string | undefined {
  return handle(WARNINGS, event);
}

function beginning({ run, resumed, progress }: Extract<RunEvent, { kind: 'begun' }>): string {
  const { calls, done } = progress();
  const emulated = run.emulated ? 'EMULATED: ' : '';
  if (!resumed) return `${emulated}Run ${run.id}: ${calls} calls. Ctrl-C stops it; it can be resumed.`;
  return `${emulated}Resuming run ${run.id} of ${new Date(run.createdAt).toISOString().slice(0, 16).replace('T', ' ')}Z: ${calls - done} of ${calls} calls open`;
}
