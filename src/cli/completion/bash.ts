import { takingValue, wordsOf, type CommandWord, type FlagWord, type Grammar, type Completes } from './grammar.ts';

/**
 * For bash 3.2 and newer. The typed words are only ever compared: nothing evaluates them, nothing is started.
 * Where there is nothing to offer, readline completes files (`-o default`).
 */
export function bash({ commands, flags }: Grammar): string {
  const taking = takingValue(flags);
  return `# bash completion for cordon, printed by "cordon completion bash"
_cordon() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="" place=0 value=0 words="" word i
  # bash takes --flag=value for three words.
  if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ $word == "=" ]]; then continue; fi
    if ((value)); then value=0; continue; fi
    case "$word" in
      ${alternatives(taking)}) value=1 ;;
      -*) ;;
      *) if [[ -z $command ]]; then command="$word"; else ((place += 1)); fi ;;
    esac
  done
  COMPREPLY=()
  case "$prev" in
${taking
  .filter(({ value }) => value.kind === 'words')
  .map(valueCase)
  .join('\n')}
    ${alternatives(taking.filter(isFile))}) ;;
    ${alternatives(taking.filter(({ value }) => value.kind === 'anything'))}) compopt +o default 2> /dev/null ;;
    *)
      case "$command" in
        "") words="${[...commands.map(({ name }) => name), '--help', '--version'].join(' ')}" ;;
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _cordon cordon
`;
}

function alternatives(flags: readonly FlagWord[]): string {
  return flags.map(({ text }) => text).join('|');
}

function valueCase({ text, value }: FlagWord): string {
  return `    ${text}) ${assignment(value)} ;;`;
}

function commandCase({ name, first, rest, flags }: CommandWord): string {
  const all = flags.map(({ text }) => text).join(' ');
  return `        ${name}) if [[ $cur == -* ]]; then words="${all}"; elif ((place)); then ${assignment(rest)}; else ${assignment(first)}; fi ;;`;
}

function assignment(value: Completes): string {
  if (value.kind === 'words') return `words="${wordsOf(value).join(' ')}"`;
  return isFile({ value }) ? ':' : 'compopt +o default 2> /dev/null';
}

function isFile({ value }: { readonly value: Completes }): boolean {
  return value.kind === 'file' || value.kind === 'folder';
}
