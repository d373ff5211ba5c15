/** What a command is given of the process that runs it. */
import type { Secrets } from '../core/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import type { EmulatorOptions } from '../wiring/built-in-emulator.ts';
import type { Io } from './io.ts';
import type { Ask } from './terminal.ts';
import type { Display } from './views/display.ts';

export interface Cli {
  readonly io: Io;
  readonly display: Display;
  readonly secrets: Secrets;
  readonly ask: Ask;
  /** What the built-in emulator is to be like; the demo uses it. */
  readonly emulator?: Partial<EmulatorOptions>;
}

export interface CommandInput {
  readonly args: readonly string[];
  readonly settings: Settings;
}
