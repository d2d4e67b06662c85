import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters, styleText } from 'node:util';
import { fileSize, padded, seconds, shortened } from './format.ts';
import type { JobProgress, OnProgress } from './job-progress.ts';

export interface ProgressDisplay {
  change: OnProgress;
  /** Shows the last state and leaves the terminal as it was. Safe to call twice. */
  close(): void;
}

const barWidths = { min: 10, max: 24 };
/** Room for everything but the bar. */
const columnsBesideBar = 86;
const redrawMs = 100;
const columnsUnknown = 100;
const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
const clearToEndOfLine = '\x1b[K';

/** One line a job with a bar, redrawn in place. */
export function liveDisplay(titles: string[], output: WriteStream): ProgressDisplay {
  const states = new Map<string, JobProgress | undefined>(titles.map((title) => [title, undefined]));
  let linesDrawn = 0;
  const draw = () => {
    const columns = output.columns || columnsUnknown;
    const barWidth = Math.min(barWidths.max, Math.max(barWidths.min, columns - columnsBesideBar));
    const lines = [...states].map(([title, state]) => {
      const words = state === undefined ? '' : stateWords(state);
      const line = `  ${padded(title, widest(titles))}  ${bar(state, barWidth)}  ${words}`;
      return shortened(line, columns - 1);
    });
    const up = linesDrawn > 0 ? `\x1b[${linesDrawn}A\r` : '';
    output.write(up + lines.map((line) => `${line}${clearToEndOfLine}\n`).join(''));
    linesDrawn = lines.length;
  };
  output.write(hideCursor);
  draw();
  const timer = setInterval(draw, redrawMs);
  let isOpen = true;
  return {
    change: (title, state) => void states.set(title, state),
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      clearInterval(timer);
      draw();
      output.write(showCursor);
    },
  };
}

/** One line for each change of state, with the time since the start: for files and pipes. */
export function logDisplay(titles: string[], write: (text: string) => void): ProgressDisplay {
  const startedMs = performance.now();
  const kinds = new Map<string, JobProgress['kind']>();
  return {
    change: (title, state) => {
      if (kinds.get(title) === state.kind) return;
      kinds.set(title, state.kind);
      const elapsed = seconds((performance.now() - startedMs) / 1000).padStart(7);
      const words = stripVTControlCharacters(stateWords(state));
      write(`${elapsed}  ${padded(title, widest(titles))}  ${words}\n`);
    },
    close: () => {},
  };
}

function widest(titles: string[]): number {
  return Math.max(...titles.map((title) => title.length));
}

function bar(state: JobProgress | undefined, barWidth: number): string {
  const fraction = state?.kind === 'saved' ? 1 : state?.kind === 'running' ? state.fraction : 0;
  const full = Math.round(fraction * barWidth);
  const colour = state?.kind === 'saved' ? 'green' : 'cyan';
  return styleText(colour, '━'.repeat(full)) + styleText('dim', '─'.repeat(barWidth - full));
}

function stateWords(state: JobProgress): string {
  switch (state.kind) {
    case 'waiting':
      return styleText('dim', `waits for ${state.needs.join(', ')}`);
    case 'sending':
      return styleText('dim', 'sending');
    case 'queued':
      return styleText(
        'dim',
        state.position === null ? 'queued' : `queued, ${ordinal(state.position)} in line`,
      );
    case 'running':
      return `${Math.floor(state.fraction * 100)} %  ${state.stage}`;
    case 'saved': {
      const files = state.files.map(({ name, bytes }) => `${name}, ${fileSize(bytes)}`).join('; ');
      return `${styleText('green', '✓')} ${seconds(state.seconds)}  ${styleText('dim', files)}`;
    }
    case 'failed':
      return `${styleText('red', '✗')} ${state.message}`;
    case 'skipped':
      return `${styleText('red', '✗')} skipped: it needs ${state.needs.join(', ')}`;
  }
}

function ordinal(position: number): string {
  const suffixes: Record<string, string> = { one: 'st', two: 'nd', few: 'rd', other: 'th' };
  return `${position}${suffixes[new Intl.PluralRules('en', { type: 'ordinal' }).select(position)]}`;
}
