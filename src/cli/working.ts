/** A use case at work: signals stop it, a bar or log lines and notices tell how far it is. */
import type { RunEvent } from '../core/events.ts';
import type { Listener } from '../core/ports.ts';
import type { Settings } from '../settings/settings.ts';
import type { Tools } from '../wiring/tools.ts';
import type { Cli } from './context.ts';
import { createBar } from './listeners/bar.ts';
import { createLogLines } from './listeners/log-lines.ts';
import { createMetrics } from './listeners/metrics.ts';
import { createNotices } from './listeners/notices.ts';
import { createPage } from './listeners/page.ts';
import { stopOnSignals } from './listeners/signals.ts';

/** Runs a use case and hands on what it came to. @throws what the use case throws */
export async function working<T>(cli: Cli, settings: Settings, useCase: (tools: Tools) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const notices = createNotices(settings, cli);
  const page = createPage(settings, cli.display, quietTools(cli));
  const metrics = createMetrics(settings.metricsFile, cli.display.log, () => cli.io.now());
  const shown = cli.display.terminal
    ? { listener: createBar(cli.display), close: () => undefined }
    : endingLast(createLogLines(cli.display));
  const listeners: readonly Listener[] = [
    stopOnSignals(controller, cli),
    shown.listener,
    notices.listener,
    page.listener,
    metrics.listener,
  ];
  const listener = (event: RunEvent): void => listeners.forEach((listen) => listen(event));
  try {
    return await useCase({ ...quietTools(cli), listener, signal: controller.signal });
  } finally {
    await Promise.all([notices.close(), page.close(), metrics.close()]);
    shown.close();
  }
}

/** Tells the end of a run only when all others have had their say about it: it is the last line. */
function endingLast(listen: Listener): { readonly listener: Listener; readonly close: () => void } {
  let end: RunEvent | undefined;
  const close = (): void => {
    if (end) listen(end);
    end = undefined;
  };
  const listener = (event: RunEvent): void => {
    close();
    if (event.kind === 'ended') end = event;
    else listen(event);
  };
  return { listener, close };
}

/** For use cases that are over at once. */
export function quietTools({ io, display, secrets }: Cli): Tools {
  return { env: io.env, log: display.log, secrets, listener: () => undefined };
}
