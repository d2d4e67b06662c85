import { coldStart } from './cold-start.ts';
import { idleMemory } from './idle-memory.ts';
import type { LoadFigures } from './load-client.ts';
import { type Load, measureOnce, medianFigures } from './measure-subject.ts';
import type { BenchOptions } from './options.ts';
import { sampleAnswers, type SampleAnswers } from './sample-answers.ts';
import { startAppliance, startBullmq, type Subject } from './subjects.ts';
import { print, report, table } from './table.ts';

const roundsDefault = 3;

interface Contender {
  title: string;
  start: () => Promise<Subject>;
}

/** Jobs and polls a second beside BullMQ, then start and memory. */
export async function benchmarkApi(options: BenchOptions): Promise<boolean> {
  const { jobs, clients, rounds = roundsDefault, cpuProfileFolder } = options;
  const load = { jobs, clients };
  const answers = await sampleOf('succeed');
  if (!answers) throw new Error('The fake job failed.');
  const takesNothing = (await sampleOf('nothing')) !== null;
  if (!takesNothing) report('The appliance takes no job without a file: that row is left out.');
  const worksHere = await isFasterInOneProcess(answers, load);
  const contenders: Contender[] = [
    { title: 'appliance', start: () => startAppliance({ ending: 'succeed', cpuProfileFolder }) },
    ...(takesNothing
      ? [{ title: 'without a file', start: () => startAppliance({ ending: 'nothing', cpuProfileFolder }) }]
      : []),
    { title: 'BullMQ', start: () => startBullmq({ ...answers, worksHere }) },
  ];
  const measured = await interleave(contenders, load, rounds);
  const worker = worksHere ? "the server's own process" : 'a process of its own';
  print(`\n${jobs} jobs, ${clients} clients, median of ${rounds} rounds; BullMQ works in ${worker}.\n\n`);
  print(comparison(contenders, measured));
  print(
    `\n${table(['start and memory', 'measured', 'target'], [...(await coldStart()), ...(await idleMemory())])}`,
  );
  return true;
}

async function sampleOf(ending: 'succeed' | 'nothing'): Promise<SampleAnswers | null> {
  const subject = await startAppliance({ ending });
  try {
    return await sampleAnswers(subject);
  } finally {
    await subject.stop();
  }
}

async function isFasterInOneProcess(answers: SampleAnswers, load: Load): Promise<boolean> {
  report('trying BullMQ with its worker in one process and in two');
  const one = await measureOnce(() => startBullmq({ ...answers, worksHere: true }), load);
  const two = await measureOnce(() => startBullmq({ ...answers, worksHere: false }), load);
  return one.donePerSecond > two.donePerSecond;
}

/** A B A B A B, so that what else the machine does hits all alike. */
async function interleave(contenders: Contender[], load: Load, rounds: number): Promise<LoadFigures[]> {
  const measured: LoadFigures[][] = contenders.map(() => []);
  for (let round = 1; round <= rounds; round++) {
    for (const [index, { title, start }] of contenders.entries()) {
      report(`round ${round} of ${rounds}: ${title}`);
      measured[index]?.push(await measureOnce(start, load));
    }
  }
  return measured.map(medianFigures);
}

const rowsOfComparison: {
  title: string;
  figure: keyof LoadFigures;
  digits: number;
  /** Of the appliance, or of the appliance to BullMQ. */
  target: string;
}[] = [
  { title: 'accepted a second', figure: 'acceptedPerSecond', digits: 0, target: '≥ 1.5×' },
  { title: 'done a second', figure: 'donePerSecond', digits: 0, target: '≥ 1.5×' },
  { title: 'submit, p50 ms', figure: 'submitP50Ms', digits: 1, target: '' },
  { title: 'submit, p99 ms', figure: 'submitP99Ms', digits: 1, target: '≤ 10' },
  { title: 'alone, submit to done, p50 ms', figure: 'sequentialP50Ms', digits: 2, target: '≤ 2' },
  { title: 'alone, submit to done, p99 ms', figure: 'sequentialP99Ms', digits: 2, target: '' },
  { title: 'polls a second', figure: 'pollsPerSecond', digits: 0, target: '' },
];

function comparison(contenders: Contender[], measured: LoadFigures[]): string {
  const others = measured.slice(0, -1);
  const bullmq = measured.at(-1);
  const rows = rowsOfComparison.map(({ title, figure, digits, target }) => {
    const cells = measured.map((figures) => figures[figure].toFixed(digits));
    const ratios = others.map((figures) => `${(figures[figure] / (bullmq?.[figure] ?? 0)).toFixed(2)}×`);
    return [title, ...cells, ...ratios, target];
  });
  const titles = contenders.map((contender) => contender.title);
  const ratios = titles.slice(0, -1).map((title) => `${title} : BullMQ`);
  return table(['', ...titles, ...ratios, 'target'], rows);
}
