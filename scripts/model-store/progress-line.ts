import { byteSize } from './byte-size.ts';

export interface ProgressLine {
  add(bytes: number): void;
  /** Shows the last state and ends the line. */
  close(): void;
}

const redrawMs = 200;
/** Where nobody watches, a line at each tenth. */
const stepsInLog = 10;
const rateWindowMs = 10_000;

/** How much of a download is there, redrawn in place on a terminal, as lines in a file. */
export function progressLine(options: {
  title: string;
  totalBytes: number;
  output: { write: (text: string) => unknown; isTTY?: boolean };
}): ProgressLine {
  const { title, totalBytes, output } = options;
  const isLive = output.isTTY === true;
  const seen: { at: number; have: number }[] = [];
  let have = 0;
  let stepShown = -1;

  function draw(): void {
    const text = `${title}: ${state({ have, totalBytes, rate: rate() })}`;
    if (isLive) output.write(`\r${text}\x1b[K`);
    else if (Math.floor((have / totalBytes) * stepsInLog) > stepShown) {
      stepShown = Math.floor((have / totalBytes) * stepsInLog);
      output.write(`${text}\n`);
    }
  }

  /** Bytes a second over the last seconds. */
  function rate(): number {
    const now = performance.now();
    seen.push({ at: now, have });
    while (seen.length > 2 && now - (seen[0]?.at ?? now) > rateWindowMs) seen.shift();
    const first = seen[0];
    return first && now > first.at ? Math.max(0, ((have - first.have) / (now - first.at)) * 1000) : 0;
  }

  const timer = setInterval(draw, redrawMs);
  return {
    add(bytes) {
      have += bytes;
    },
    close() {
      clearInterval(timer);
      draw();
      if (isLive) output.write('\n');
    },
  };
}

function state({ have, totalBytes, rate }: { have: number; totalBytes: number; rate: number }): string {
  const percent = totalBytes === 0 ? 100 : Math.floor((have / totalBytes) * 100);
  const done = `${byteSize(have)} of ${byteSize(totalBytes)}, ${percent} %`;
  if (rate < 1 || have >= totalBytes) return done;
  return `${done}, ${byteSize(Math.round(rate))}/s, ${timeLeft((totalBytes - have) / rate)} left`;
}

function timeLeft(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
