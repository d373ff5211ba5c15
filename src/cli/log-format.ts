/** How errors are told that come before the settings are read. */
import { LOG_FORMATS } from '../settings/flags.ts';
import { envName, typedName } from '../settings/settings.ts';
import type { Io } from './io.ts';
import type { LogFormat } from './views/display.ts';

/** The format that the command line or the environment names; auto where that is none. */
export function logFormatOf(argv: readonly string[], { env }: Pick<Io, 'env'>): LogFormat {
  const flag = typedName('logFormat');
  const typed = argv.map((word, at) =>
    word === flag ? argv[at + 1] : word.startsWith(`${flag}=`) ? word.slice(flag.length + 1) : undefined,
  );
  const said = typed.findLast((word) => word !== undefined) ?? env[envName('logFormat')];
  return LOG_FORMATS.find((format) => format === said) ?? 'auto';
}
