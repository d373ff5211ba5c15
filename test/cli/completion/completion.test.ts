/** The scripts as their shells run them, where the shells are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobs } from '../../../jobs/index.ts';
import { commands } from '../../../src/cli/commands/index.ts';
import { bash } from '../../../src/cli/completion/bash.ts';
import { fish } from '../../../src/cli/completion/fish.ts';
import { grammarOf } from '../../../src/cli/completion/grammar.ts';
import { powershell } from '../../../src/cli/completion/powershell.ts';
import { zsh } from '../../../src/cli/completion/zsh.ts';
import { FLAGS } from '../../../src/settings/flags.ts';

const grammar = grammarOf(commands, jobs);
const run = grammar.commands.find(({ name }) => name === 'run')?.flags ?? [];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cordon-completion-'));
  writeFileSync(join(folder, 'machines.csv'), '');
  for (const [name, text] of Object.entries({ bash: bash(grammar), zsh: zsh(grammar), fish: fish(grammar) }))
    writeFileSync(join(folder, `cordon.${name}`), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

function has(shell: string): boolean {
  const found = spawnSync(shell, ['-c', 'true']).status === 0;
  if (!found) console.log(`completion: ${shell} is not installed, so its script is not tried here`);
  return found;
}

function answer(shell: string, code: string): string[] {
  const { stdout, stderr, status } = spawnSync(shell, ['-c', code], { cwd: folder, encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter(Boolean);
}

describe('the grammar', () => {
  it('knows what follows each flag', () => {
    const kinds = Object.fromEntries(run.map(({ text, value }) => [text, value.kind]));
    expect(kinds).toMatchObject({
      '--yes': 'nothing',
      '--exclude': 'file',
      '--plan': 'file',
      '--state': 'file',
      '--report': 'folder',
      '--cloud': 'words',
      '--fail-on': 'words',
      '--comment': 'anything',
    });
  });

  it('has every flag of the table that some command takes', () => {
    const usages = new Set(Object.values(FLAGS).map(({ usage }) => usage.split(' ')[0]));
    expect(grammar.flags.length).toBe(usages.size + 2);
  });
});

describe('bash', () => {
  /** What TAB offers after these words. */
  const tab = (...words: string[]): string[] =>
    answer(
      'bash',
      `. ./cordon.bash; COMP_WORDS=(cordon ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _cordon; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );

  it('offers commands, jobs, flags and the words of a flag', () => {
    expect(tab('re')).toEqual(['resume', 'report']);
    expect(tab('run', '')).toEqual(jobs.map(({ name }) => name));
    expect(tab('run', 'restrict', '--max-t')).toEqual(['--max-targets']);
    expect(tab('run', '--cloud', 'gcc')).toEqual(['gcc', 'gcchigh']);
    expect(tab('run', '--cloud', '=', 'd')).toEqual(['dod']);
    expect(tab('completion', 'f')).toEqual(['fish']);
    expect(tab('help', 'unr')).toEqual(['unrestrict']);
  });

  it('leaves lists and files to readline', () => {
    expect(tab('run', 'restrict', 'mach')).toEqual([]);
    expect(tab('run', '--exclude', '')).toEqual([]);
    expect(answer('bash', '. ./cordon.bash; complete -p cordon')).toEqual(['complete -o default -F _cordon cordon']);
  });

  it('does not take the value of a flag for a job or a list', () => {
    expect(tab('--comment', 'run', 're')).toEqual(['resume', 'report']);
    expect(tab('run', '--comment', 'x', '')).toEqual(jobs.map(({ name }) => name));
  });

  it('never evaluates what was typed', () => {
    for (const typed of ['$(touch hacked)', '`touch hacked`', '"; touch hacked; "', '$((1+1))']) {
      tab('run', typed);
      tab(typed, '');
      tab('run', '--cloud', typed);
    }
    expect(existsSync(join(folder, 'hacked'))).toBe(false);
  });
});

describe.runIf(has('fish'))('fish', () => {
  const tab = (line: string): string[] =>
    answer('fish', `source ./cordon.fish; complete -C '${line}'`).map((each) => each.split('\t')[0] ?? '');

  it('offers commands, jobs, flags, the words of a flag, and files', () => {
    expect(tab('cordon re')).toEqual(['report', 'resume']);
    expect(tab('cordon run ')).toEqual(expect.arrayContaining(jobs.map(({ name }) => name)));
    expect(tab('cordon run restrict --max-t')).toEqual(['--max-targets']);
    expect(tab('cordon run restrict --cloud g')).toEqual(['gcc', 'gcchigh']);
    expect(tab('cordon run restrict mach')).toEqual(['machines.csv']);
    expect(tab('cordon run --exclude mach')).toEqual(['machines.csv']);
  });

  it('never evaluates what was typed', () => {
    tab('cordon run (touch hacked) ');
    expect(existsSync(join(folder, 'hacked'))).toBe(false);
  });
});

describe.runIf(has('zsh'))('zsh', () => {
  /** The specifications that `_arguments` is given for a command, as zsh reads them. */
  const specs = (command: string): string[] =>
    answer(
      'zsh',
      `compdef() { : }; _arguments() { [[ $1 == -C ]] && { state=arguments; return 1 }; print -rl -- "$@" }; source ./cordon.zsh; words=(${command}); _cordon`,
    );

  it('is given every flag with what follows it, every job, and files', () => {
    const given = specs('run');
    expect(given.filter((spec) => spec.includes('--')).length).toBe(run.length);
    expect(given).toContain('*--cloud[Microsoft cloud\\: commercial, gcc, gcchigh, dod]: :(commercial gcc gcchigh dod)');
    expect(given).toContain('--yes[ask no question]');
    expect(given.find((spec) => spec.startsWith('*--exclude['))).toMatch(/\]: :_files$/);
    expect(given).toEqual(expect.arrayContaining([`1: :(${jobs.map(({ name }) => name).join(' ')})`, '*: :_files']));
    expect(specs('completion')).toContain('1: :(bash zsh fish powershell)');
  });
});

describe('PowerShell', () => {
  const script = powershell(grammar);

  it('doubles every quotation mark that would end a text, and evaluates nothing', () => {
    expect(script).not.toMatch(/Invoke-Expression|\biex\b|&\s*\$/);
    const texts = script.replaceAll(/'(?:[^'‘’‚‛]|['‘’‚‛]{2})*'/g, '');
    expect(texts).not.toMatch(/['‘’‚‛]/);
  });

  it('has the words of each flag and command', () => {
    expect(script).toContain("'--cloud' = @('commercial', 'gcc', 'gcchigh', 'dod')");
    expect(script).toContain("'--comment' = @()");
    expect(script).toMatch(/'run' = @\{ First = @\('restrict', 'unrestrict'.*Flags = @\('--comment'/);
  });
});
