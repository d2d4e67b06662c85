import { padded } from '../demonstration/format.ts';

/** Lines of aligned cells below a heading: the first column to the left, figures to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(Bun.stringWidth(heading), ...rows.map((row) => Bun.stringWidth(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? padded(cell, width) : ' '.repeat(width - Bun.stringWidth(cell)) + cell;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [line(headings), rule, ...rows.map(line)].map((text) => `  ${text}\n`).join('');
}

export function print(text: string): void {
  process.stdout.write(text);
}

/** How a run gets on; the figures alone go to stdout. */
export function report(text: string): void {
  process.stderr.write(`${text}\n`);
}
