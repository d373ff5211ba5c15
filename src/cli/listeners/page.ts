/** `run --page`: a live page for as long as the run works. */
import type { Listener } from '../../core/ports.ts';
import { messageOf } from '../../core/errors.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Tools } from '../../wiring/tools.ts';
import type { Display } from '../views/display.ts';

export interface LivePage {
  readonly listener: Listener;
  close(): Promise<void>;
}

/** Says the run's address once it has begun. A page that cannot be served is a warning: it never stops a run. */
export function createPage(settings: Settings, display: Display, tools: Tools): LivePage {
  let close: Promise<() => Promise<void>> | undefined;
  const open = async (runId: string): Promise<() => Promise<void>> => {
    try {
      const { serveState } = await import('../../run/serve.ts');
      const serving = await serveState(settings, tools);
      display.say(`Live page, for this machine alone:  ${serving.url}runs/${runId}`);
      return () => serving.close();
    } catch (error) {
      display.log.warn({ error: messageOf(error) }, 'the live page cannot be served');
      return async () => undefined;
    }
  };
  return {
    listener: (event) => {
      if (settings.page && event.kind === 'begun') close ??= open(event.run.id);
    },
    close: async () => {
      if (close) await (await close)();
    },
  };
}
