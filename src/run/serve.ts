/** The live page: a server beside whatever works on the state. */
import { findJob } from '../../jobs/index.ts';
import type { Settings } from '../settings/settings.ts';
import { serve, type Serving } from '../serve/server.ts';
import { openToRead } from '../wiring/state.ts';
import type { Tools } from '../wiring/tools.ts';

/** Serves the runs of the state that the settings mean, until it is closed. @throws UsageError when there is no state, or the port cannot be had */
export async function serveState(settings: Settings, tools: Tools): Promise<Serving> {
  const state = await openToRead(settings, tools);
  try {
    const serving = await serve({ state, findJob }, settings.port);
    const close = async (): Promise<void> => {
      await serving.close();
      await state.close();
    };
    return { ...serving, close };
  } catch (error) {
    await state.close();
    throw error;
  }
}
