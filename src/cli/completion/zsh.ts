import { wordsOf, type CommandWord, type FlagWord, type Grammar, type Completes } from './grammar.ts';

/** For zsh's own completion system: a table for `_arguments`, which never evaluates what was typed. */
export function zsh({ commands }: Grammar): string {
  return `#compdef cordon
# zsh completion for cordon, printed by "cordon completion zsh"
_cordon() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands=(
${commands.map(({ name, help }) => `    ${quoted(`${name}:${escaped(help)}`)}`).join('\n')}
  )
  _arguments -C '(- *)--help[what there is]' '(- *)--version[the version]' '1: :->command' '*:: :->arguments' && return
  case $state in
    command) _describe command commands ;;
    arguments)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _cordon "$@"; else compdef _cordon cordon; fi
`;
}

function commandCase({ name, first, rest, flags }: CommandWord): string {
  const specs = [
    ...flags.map(flagSpec),
    ...(first.kind === 'nothing' ? [] : [`1: :${actionOf(first)}`]),
    ...(rest.kind === 'nothing' ? [] : [`*: :${actionOf(rest)}`]),
  ];
  return `        ${name}) _arguments -s \\\n${specs.map((spec) => `          ${quoted(spec)}`).join(' \\\n')} ;;`;
}

function flagSpec({ text, help, value }: FlagWord): string {
  const many = value.kind === 'nothing' ? '' : '*';
  return `${many}${text}[${escaped(help)}]${value.kind === 'nothing' ? '' : `: :${actionOf(value)}`}`;
}

function actionOf(value: Completes): string {
  if (value.kind === 'file') return '_files';
  if (value.kind === 'folder') return '_files -/';
  return value.kind === 'words' ? `(${wordsOf(value).join(' ')})` : ' ';
}

/** As a description of `_arguments` and `_describe` wants it. */
function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, String.raw`\$&`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
