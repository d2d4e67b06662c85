import { styleText } from 'node:util';
import type { DemoJob } from './demo-jobs.ts';
import { dollars, fileSize, padded, seconds } from './format.ts';
import type { Results } from './run-jobs.ts';

const columns = ['Task', 'Engine', 'Time', 'List', 'Charged', 'File', 'Size'] as const;
const isNumeric = (column: number) => [2, 3, 4, 6].includes(column);

/** What each job cost and made, and the sums; further files of a job on lines of their own. */
export function resultTable(jobs: DemoJob[], results: Results): string {
  const rows = [...jobs.flatMap((job) => jobRows(job, results)), sumRow(results)];
  const widths = columns.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) => {
    const aligned = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isNumeric(column) ? cell.padStart(width) : padded(cell, width);
    });
    return `  ${aligned.join('  ').trimEnd()}`;
  };
  const rule = styleText('dim', `  ${widths.map((width) => '─'.repeat(width)).join('──')}`);
  const body = rows.slice(0, -1).map(line);
  return [styleText('bold', line(columns)), rule, ...body, rule, line(rows.at(-1) ?? [])].join('\n');
}

function jobRows({ title }: DemoJob, results: Results): string[][] {
  const result = results.get(title);
  if (result?.kind !== 'saved') return [[title, result?.kind ?? '', '', '', '', '', '']];
  const { job, files } = result;
  const engine = job.draft ? `${job.engine}, draft` : job.engine;
  const { listMicros, amountMicros } = job.billing;
  const money = [dollars(listMicros), dollars(amountMicros)];
  return files.map(({ name, bytes }, index) => {
    const ofJob = [title, engine, seconds(result.seconds), ...money];
    return [...(index === 0 ? ofJob : ofJob.map(() => '')), name, fileSize(bytes)];
  });
}

function sumRow(results: Results): string[] {
  const saved = [...results.values()].flatMap((result) => (result.kind === 'saved' ? [result] : []));
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const files = saved.flatMap((result) => result.files);
  return [
    ...[`${saved.length} of ${results.size} jobs`, ''],
    seconds(sum(saved.map((result) => result.seconds))),
    dollars(sum(saved.map(({ job }) => job.billing.listMicros))),
    dollars(sum(saved.map(({ job }) => job.billing.amountMicros))),
    `${files.length} files`,
    fileSize(sum(files.map(({ bytes }) => bytes))),
  ];
}
