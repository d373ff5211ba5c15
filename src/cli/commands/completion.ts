/** `cordon completion SHELL`: a script with every word in it. It evaluates nothing that was typed, and starts nothing. */
import { jobs } from '../../../jobs/index.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { UsageError } from '../../core/errors.ts';
import type { Io } from '../io.ts';
import { bash } from '../completion/bash.ts';
import { fish } from '../completion/fish.ts';
import { grammarOf, SHELLS, type CommandEntry, type Grammar, type Shell } from '../completion/grammar.ts';
import { powershell } from '../completion/powershell.ts';
import { zsh } from '../completion/zsh.ts';

const SCRIPTS: Readonly<Record<Shell, (grammar: Grammar) => string>> = { bash, zsh, fish, powershell };

/** @throws UsageError when there is no script for that shell */
export async function completion(name: string | undefined, commands: readonly CommandEntry[], { stdout }: Io): Promise<ExitCode> {
  const shell = SHELLS.find((known) => known === name);
  if (!shell) throw new UsageError(`name the shell: cordon completion ${SHELLS.join('|')}`);
  stdout.write(SCRIPTS[shell](grammarOf(commands, jobs)));
  return EXIT.ok;
}
