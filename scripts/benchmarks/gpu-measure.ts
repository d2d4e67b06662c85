import { join } from 'node:path';
import type { Placement } from '../../src/models/fit-gpu.ts';
import type { ProgressParams, ResidencyResult } from '../../src/runners/protocol.ts';
import type { ResidencyOutcome } from '../../src/runners/run.ts';
import { type Runner, RunnerStartError } from '../../src/runners/runner.ts';
import type { CardWatch } from './gpu-card.ts';
import type { GpuJob } from './gpu-jobs.ts';
import { median } from './statistics.ts';

/** What one model took. Where a part failed, its reason stands there. */
export interface ModelFigures {
  /** From the start of its program to its being ready for a job. */
  readySeconds: number;
  load: ResidencyResult;
  /** Of the first job, which also pays for what libraries prepare once. */
  firstSeconds: number | string;
  runs: RunFigures[];
  park: ResidencyResult | string;
  wake: ResidencyResult | string;
}

export interface RunFigures {
  job: GpuJob;
  /** The medians of the rounds, the highest peaks; or why it failed. */
  figures: JobFigures | string;
}

export interface JobFigures {
  /** In the runner, from its task to its answer. */
  seconds: number;
  /** The stage with the most steps. */
  steps: Steps | null;
  /** By torch's allocator, without CUDA's own context. */
  peakGpuBytes: number;
  peakHostBytes: number;
  /** Of the whole card, with what others have there; null where nobody tells. */
  cardBytes: number | null;
}

interface Steps {
  stage: string;
  count: number;
  secondsEach: number;
}

interface MeasureOptions {
  runner: Runner;
  placement: Placement;
  jobs: readonly GpuJob[];
  card: CardWatch;
  /** Each job is measured so often; the first job once more before it, to warm up. */
  rounds: number;
  workFolder: string;
}

/**
 * Loads a model, runs its jobs, parks and wakes it, and ends it.
 * @returns why it could not be loaded, where it could not
 */
export async function measureModel(options: MeasureOptions): Promise<ModelFigures | string> {
  const { runner, placement, jobs, rounds } = options;
  try {
    const startedAt = performance.now();
    await runner.start({ device: placement.device });
    const readySeconds = (performance.now() - startedAt) / 1000;
    const state = runner.state();
    if (state.name !== 'ready') return `It is ${state.name} after its start.`;
    const { residency: load } = state;
    const [first] = jobs;
    const warmUp = first ? await measureRun(options, first) : 'It has no job to be measured with.';
    const firstSeconds = typeof warmUp === 'string' ? warmUp : warmUp.seconds;
    const runs: RunFigures[] = [];
    for (const job of jobs) runs.push({ job, figures: await measureJob(options, job, rounds) });
    const park = heldAfter(await runner.changeResidency('park'));
    const wake = heldAfter(await runner.changeResidency('wake'));
    return { readySeconds, load, firstSeconds, runs, park, wake };
  } catch (error) {
    if (error instanceof RunnerStartError) return error.failure.message;
    throw error;
  } finally {
    await runner.stop({ graceSeconds: 0 });
  }
}

async function measureJob(
  options: MeasureOptions,
  job: GpuJob,
  rounds: number,
): Promise<JobFigures | string> {
  const all: JobFigures[] = [];
  for (let round = 0; round < rounds; round++) {
    const figures = await measureRun(options, job);
    if (typeof figures === 'string') return figures;
    all.push(figures);
  }
  const [last] = all.slice(-1);
  if (!last) return 'It was not run.';
  const most = (of: (figures: JobFigures) => number | null) => Math.max(...all.map((one) => of(one) ?? 0));
  return {
    seconds: median(all.map(({ seconds }) => seconds)),
    steps: last.steps && {
      ...last.steps,
      secondsEach: median(all.map((one) => one.steps?.secondsEach ?? 0)),
    },
    peakGpuBytes: most(({ peakGpuBytes }) => peakGpuBytes),
    peakHostBytes: most(({ peakHostBytes }) => peakHostBytes),
    cardBytes: last.cardBytes === null ? null : most(({ cardBytes }) => cardBytes),
  };
}

let runCount = 0;

async function measureRun(
  { runner, workFolder, card }: MeasureOptions,
  { task, params }: GpuJob,
): Promise<JobFigures | string> {
  const jobId = `bench_${++runCount}`;
  const folder = join(workFolder, jobId);
  const [outputFolder, scratchFolder] = [join(folder, 'out'), join(folder, 'scratch')];
  const reports: { at: number; stage: string; steps: number }[] = [];
  const onProgress = ({ stage, steps }: ProgressParams) =>
    void reports.push({ at: performance.now(), stage, steps });
  card.takeMostBytes();
  const outcome = await runner.run({ jobId, task, params, outputFolder, scratchFolder, onProgress });
  if (!outcome.ok) return `${outcome.failure.kind}: ${outcome.failure.message}`;
  const { seconds = 0, peakVramBytes = 0, peakHostBytes = 0 } = outcome.result.measurements;
  const memory = { peakGpuBytes: peakVramBytes, peakHostBytes, cardBytes: card.takeMostBytes() };
  return { seconds, steps: stepsOf(reports), ...memory };
}

/** The stage that reported most often, from its first report to its last. */
function stepsOf(reports: readonly { at: number; stage: string; steps: number }[]): Steps | null {
  const stages = [...Map.groupBy(reports, ({ stage }) => stage).values()];
  const [longest = []] = stages.toSorted((one, other) => other.length - one.length);
  const [first, last] = [longest[0], longest.at(-1)];
  if (!first || !last || longest.length < 2) return null;
  const secondsEach = (last.at - first.at) / 1000 / (longest.length - 1);
  return { stage: first.stage, count: longest.length, secondsEach };
}

function heldAfter(outcome: ResidencyOutcome): ResidencyResult | string {
  return outcome.ok ? outcome.result : `${outcome.failure.kind}: ${outcome.failure.message}`;
}
