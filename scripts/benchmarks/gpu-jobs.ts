import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { resolved } from '../../src/tasks/task-fixture.ts';
import { findTask } from '../../src/tasks/registry.ts';
import { type GpuInput, type GpuInputs, tinyInputs, wholeInputs } from './gpu-inputs.ts';

/** What a runner is sent, as the appliance would send it. */
export interface GpuJob {
  about: string;
  task: string;
  params: Record<string, unknown>;
  /** Of the task's workload: what the manifest reckons time and memory by. */
  units: number;
}

const seed = 7;

/**
 * The jobs that a model is measured with: its task's default size first, then the largest.
 * @param options.folder where their files are put
 */
export async function gpuJobs(
  task: string,
  { folder, isTiny }: { folder: string; isTiny: boolean },
): Promise<GpuJob[]> {
  if (task === 'plan') return planJobs(isTiny);
  const inputs: GpuInputs = isTiny ? tinyInputs : wholeInputs;
  const jobs: GpuJob[] = [];
  for (const one of inputs[task] ?? []) jobs.push(await jobOf(task, one, folder));
  return jobs;
}

async function jobOf(task: string, { about, input, file }: GpuInput, folder: string): Promise<GpuJob> {
  const path = file ? await file.make(await mkdtemp(join(folder, 'input-'))) : '';
  const url = 'https://cdn.example.com/input';
  const named = file ? { [file.field]: file.isListed ? [url] : url } : {};
  const pointer = file ? `/input/${file.field}${file.isListed ? '/0' : ''}` : '';
  const facts = file ? { [pointer]: file.facts } : {};
  const { effectiveInput, workload } = resolved(task, { ...input, ...named, seed }, { facts });
  const params = findTask(task)?.runnerParams(effectiveInput, () => path) ?? {};
  return { about, task, params, units: workload.units };
}

/** The Studio's planner is no media task: see `PlanParams` of gpu/language/planner.py. */
function planJobs(isTiny: boolean): GpuJob[] {
  const plan = (scenes: number): GpuJob => ({
    about: `a plan of ${scenes} scenes`,
    task: 'plan',
    params: {
      messages: [{ role: 'user', content: `Plan a film of a lighthouse in ${scenes} scenes.` }],
      schema: planSchema(scenes, isTiny ? 8 : 300),
      ...{ seed, maxNewTokens: isTiny ? 2000 : 16_000 },
    },
    units: 0,
  });
  return isTiny ? [plan(2), plan(5)] : [plan(12), plan(60)];
}

function planSchema(scenes: number, charactersMax: number): object {
  const scene = {
    type: 'object',
    properties: {
      seconds: { type: 'integer', minimum: 1, maximum: 9 },
      prompt: { type: 'string', maxLength: charactersMax },
    },
    ...{ required: ['seconds', 'prompt'], additionalProperties: false },
  };
  return { type: 'array', items: scene, minItems: scenes, maxItems: scenes };
}
