import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan';

/** Where a command reads and writes: results to stdout, everything said to a person to stderr. */
export interface Terminal {
  print(text: string): void;
  say(text: string): void;
  /** Replaces the line that is alive at the bottom; null removes it. Nothing where no person looks. */
  showLive(line: string | null): void;
  /** A person sees stderr and can answer. */
  isInteractive: boolean;
  /** In colour where stderr shows any. */
  paint(style: Style, text: string): string;
  /** @returns null where no answer comes: Ctrl-C, or the end of the input */
  ask(question: string): Promise<string | null>;
}

const eraseLine = '\r\u{1b}[2K';

export function createTerminal(
  { stdin, stdout, stderr }: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'>,
  environment: Record<string, string | undefined>,
): Terminal {
  const isShown = stderr.isTTY;
  const hasColours = isShown && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  let live = '';
  const say = (text: string) => stderr.write(`${live === '' ? '' : eraseLine}${text}\n${live}`);
  return {
    isInteractive: isShown && stdin.isTTY,
    print: (text) => void stdout.write(`${text}\n`),
    say: (text) => void say(text),
    showLive(line) {
      if (!isShown) return;
      live = (line ?? '').slice(0, (stderr.columns || 80) - 1);
      stderr.write(`${eraseLine}${live}`);
    },
    paint: (style, text) => (hasColours ? styleText(style, text, { validateStream: false }) : text),
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      const closing = new AbortController();
      lines.once('SIGINT', () => closing.abort());
      lines.once('close', () => closing.abort());
      try {
        return (await lines.question(question, { signal: closing.signal })).trim();
      } catch (error) {
        if (closing.signal.aborted) return null;
        throw error;
      } finally {
        lines.close();
      }
    },
  };
}
