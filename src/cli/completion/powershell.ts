import { takingValue, wordsOf, type CommandWord, type FlagWord, type Grammar, type Completes } from './grammar.ts';

/** For PowerShell 5.1 and newer: tables and comparisons; where nothing is offered, PowerShell itself completes files. */
export function powershell({ commands, flags }: Grammar): string {
  return `# PowerShell completion for cordon, printed by "cordon completion powershell"
Register-ArgumentCompleter -Native -CommandName 'cordon', 'cordon.exe' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $values = @{
${takingValue(flags)
  .map(({ text, value }) => `    ${quoted(text)} = ${list(wordsOf(value))}`)
  .join('\n')}
  }
  $commands = [ordered]@{
${commands.map(entryOf).join('\n')}
  }
  $help = @{
${[...commands.map(({ name, help }) => [name, help]), ...flags.map(({ text, help }) => [text, help])]
  .map(([word = '', help = '']) => `    ${quoted(word)} = ${quoted(help)}`)
  .join('\n')}
  }
  $command = ''; $place = 0; $previous = ''
  foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') { break }
    $word = $element.Extent.Text
    if ($previous -ne '') { $previous = ''; continue }
    if ($values.ContainsKey($word)) { $previous = $word }
    elseif ($word.StartsWith('-')) { }
    elseif ($command -eq '') { $command = $word }
    else { $place++ }
  }
  $words = @()
  if ($previous -ne '') { $words = $values[$previous] }
  elseif ($command -eq '') { $words = @($commands.Keys) + '--help', '--version' }
  elseif ($commands.Contains($command)) {
    if ($wordToComplete.StartsWith('-')) { $words = $commands[$command].Flags }
    elseif ($place -eq 0) { $words = $commands[$command].First }
    else { $words = $commands[$command].Rest }
  }
  foreach ($word in $words) {
    if ($word.StartsWith($wordToComplete)) {
      $text = if ($help.ContainsKey($word)) { $help[$word] } else { $word }
      [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $text)
    }
  }
}
`;
}

function entryOf({ name, first, rest, flags }: CommandWord): string {
  return `    ${quoted(name)} = @{ First = ${words(first)}; Rest = ${words(rest)}; Flags = ${list(flags.map(textOf))} }`;
}

const textOf = ({ text }: FlagWord): string => text;
const words = (value: Completes): string => list(wordsOf(value));

function list(texts: readonly string[]): string {
  return `@(${texts.map(quoted).join(', ')})`;
}

/** PowerShell takes typographic quotation marks for quotation marks too. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['‘’‚‛]/g, '$&$&')}'`;
}
