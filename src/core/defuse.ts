/** Text that a spreadsheet shall show and not run. */

/**
 * Beginnings of what a spreadsheet takes for a formula, at the start of a cell or of what becomes one where the file is
 * opened with another delimiter: after a `;`, a tab or a line end. The wide forms are what some input methods make of them.
 */
const FORMULA = /(?<=^|[;\t\r\n])(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/g;

/** `text` with a `'` before all that a spreadsheet would run. */
export function defused(text: string): string {
  return text.replace(FORMULA, "'");
}
