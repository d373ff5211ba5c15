import { wordsOf, type CommandWord, type FlagWord, type Grammar, type Completes } from './grammar.ts';

/** A table of `complete` lines; their conditions look at the typed words and nothing else. */
export function fish({ commands }: Grammar): string {
  const names = commands.map(({ name }) => name).join(' ');
  const none = `not __fish_seen_subcommand_from ${names}`;
  return `# fish completion for cordon, printed by "cordon completion fish"
complete -c cordon -f
complete -c cordon -n ${quoted(none)} -l help -d 'what there is'
complete -c cordon -n ${quoted(none)} -l version -d 'the version'
${commands.map(({ name, help }) => `complete -c cordon -n ${quoted(none)} -a ${name} -d ${quoted(help)}`).join('\n')}
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ name, first, rest, flags }: CommandWord): string[] {
  const seen = `__fish_seen_subcommand_from ${name}`;
  const given = wordsOf(first).length > 0 ? `__fish_seen_subcommand_from ${wordsOf(first).join(' ')}` : '';
  return [
    ...(given ? [place(`${seen}; and not ${given}`, first)] : [place(seen, first)]),
    ...(given ? [place(`${seen}; and ${given}`, rest)] : []),
    ...flags.map((flag) => flagLine(seen, flag)),
  ].filter((line) => line !== '');
}

function place(condition: string, value: Completes): string {
  const words = wordsOf(value);
  if (value.kind === 'file') return `complete -c cordon -n ${quoted(condition)} -F`;
  return words.length === 0 ? '' : `complete -c cordon -n ${quoted(condition)} -a ${quoted(words.join(' '))}`;
}

function flagLine(condition: string, { text, help, value }: FlagWord): string {
  return `complete -c cordon -n ${quoted(condition)} -l ${text.slice(2)}${parameter(value)} -d ${quoted(help)}`;
}

function parameter(value: Completes): string {
  if (value.kind === 'nothing') return '';
  if (value.kind === 'file') return ' -r -F';
  if (value.kind === 'folder') return " -x -a '(__fish_complete_directories)'";
  return value.kind === 'words' ? ` -x -a ${quoted(wordsOf(value).join(' '))}` : ' -x';
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
