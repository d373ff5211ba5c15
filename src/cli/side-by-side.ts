/** Several runs at work in one process: each with log lines and notices of its own, and signals for all of them. */
import type { RunEvent } from '../core/events.ts';
import type { Log } from '../core/ports.ts';
import type { Followed } from '../run/campaign/start.ts';
import type { Settings } from '../settings/settings.ts';
import type { Tools } from '../wiring/tools.ts';
import type { Cli } from './context.ts';
import { createLogLines, type LogTarget } from './listeners/log-lines.ts';
import { createNotices } from './listeners/notices.ts';
import { onSignals } from './listeners/signals.ts';
import { quietTools } from './working.ts';

/** Who is told of one run, in lines that say whose it is. */
export function follower(settings: Settings, cli: Cli): (about: string) => Followed {
  return (about) => {
    const notices = createNotices(settings, cli);
    const lines = createLogLines(targetAbout(about, cli.display));
    return {
      listener: (event: RunEvent) => {
        lines(event);
        notices.listener(event);
      },
      close: () => notices.close(),
    };
  };
}

/** Lines that say whose they are, beside those of other runs: run and job are told of this one alone. */
function targetAbout(about: string, { log, always }: LogTarget): LogTarget {
  let own: object = {};
  const told = (to: Log, level: keyof Log) => (fields: object, message: string) => to[level]({ about, ...own, ...fields }, message);
  const logTo = (to: Log): Log => ({
    debug: told(to, 'debug'),
    info: told(to, 'info'),
    warn: told(to, 'warn'),
    error: told(to, 'error'),
  });
  return { log: logTo(log), always: logTo(always), about: (fields) => void (own = fields) };
}

/** Runs a use case of several runs: from their beginning on signals stop all of them. @throws what the use case throws */
export async function sideBySide<T>(
  cli: Cli,
  settings: Settings,
  useCase: (tools: Tools, follow: (about: string) => Followed) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let off: (() => void) | undefined;
  const follow = follower(settings, cli);
  const listening = (about: string): Followed => {
    const followed = follow(about);
    const listener = (event: RunEvent): void => {
      if (event.kind === 'begun') off ??= onSignals(controller, cli, 'See:  cordon runs');
      followed.listener(event);
    };
    return { ...followed, listener };
  };
  try {
    return await useCase({ ...quietTools(cli), signal: controller.signal }, listening);
  } finally {
    off?.();
  }
}
