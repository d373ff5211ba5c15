/** A terminal without a window: runs a program in a pseudo terminal, types when asked, and keeps what a person would see. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import xterm from '@xterm/headless';

export interface Cell {
  readonly text: string;
  readonly bold: boolean;
  readonly dim: boolean;
  /** One of the terminal's sixteen colours; undefined for its own. */
  readonly colour: number | undefined;
}

/** Lines of cells, without the empty ones below. */
export type Screen = readonly (readonly Cell[])[];

export interface Sitting {
  readonly columns: number;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What is typed, and after which words on the screen. */
  readonly types: readonly { readonly after: RegExp; readonly text: (group: string) => string }[];
  /** The picture is taken some seconds after this was first on the screen; then the program is interrupted. */
  readonly snapshot: RegExp;
}

const ROWS = 60;
/** A burst is over by then. */
const CALM_MS = 6000;
const CTRL_C = '\u0003';

/** @throws Error when the program ended without what the picture was to show */
export async function sit(command: string, { columns, cwd, env, types, snapshot }: Sitting): Promise<Screen> {
  const terminal = new xterm.Terminal({ cols: columns, rows: ROWS, allowProposedApi: true });
  // util-linux's script(1) is the pseudo terminal.
  const inTerminal = ['-qfec', `stty cols ${columns} rows ${ROWS}; ${command}`, '/dev/null'];
  const child = spawn('script', inTerminal, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [...types];
  let [said, drawn]: [string, Promise<void>] = ['', Promise.resolve()];
  let [isDue, taken]: [boolean, Screen | undefined] = [false, undefined];
  const take = (): void => {
    taken = screenOf(terminal);
    child.stdin.write(CTRL_C);
  };
  const look = (): void => {
    if (isDue || !snapshot.test(plainText(terminal))) return;
    isDue = true;
    setTimeout(take, CALM_MS);
  };
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
    drawn = drawn.then(() => write(terminal, bytes)).then(look);
    const asked = waiting[0]?.after.exec(stripVTControlCharacters(said));
    if (asked) child.stdin.write(waiting.shift()?.text(asked[1] ?? '') ?? '');
  });
  await once(child, 'close');
  await drawn;
  if (!taken) throw new Error(`the screen never showed ${snapshot}:\n${plainText(terminal)}`);
  return taken;
}

function write(terminal: xterm.Terminal, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => terminal.write(bytes, resolve));
}

function plainText(terminal: xterm.Terminal): string {
  return screenOf(terminal)
    .map((line) => line.map(({ text }) => text).join(''))
    .join('\n');
}

function screenOf(terminal: xterm.Terminal): Screen {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => cellsOf(active.getLine(at), terminal.cols));
  return lines.slice(0, lines.findLastIndex((line) => line.length > 0) + 1);
}

function cellsOf(line: ReturnType<xterm.Terminal['buffer']['active']['getLine']>, columns: number): Cell[] {
  const cells = Array.from({ length: columns }, (_, at) => {
    const cell = line?.getCell(at);
    const colour = cell?.isFgPalette() ? cell.getFgColor() : undefined;
    return {
      text: cell?.getChars() || ' ',
      bold: cell !== undefined && cell.isBold() !== 0,
      dim: cell !== undefined && cell.isDim() !== 0,
      colour,
    };
  });
  return cells.slice(0, cells.findLastIndex(({ text }) => text !== ' ') + 1);
}
