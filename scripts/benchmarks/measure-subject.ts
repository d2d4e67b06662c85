import { join } from 'node:path';
import type { LoadFigures, LoadPlan } from './load-client.ts';
import { median } from './statistics.ts';
import type { Subject } from './subjects.ts';

export type Load = Pick<LoadPlan, 'jobs' | 'clients'>;

/** Puts load on a subject from a process of its own. @throws Error when the client fails; its stderr says why */
export async function measureSubject({ origin, headers, body }: Subject, load: Load): Promise<LoadFigures> {
  const plan: LoadPlan = { origin, headers, body, ...load };
  const program = join(import.meta.dir, 'load-client.ts');
  const child = Bun.spawn([process.execPath, 'run', program, JSON.stringify(plan)], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error('The load client failed.');
  return JSON.parse(text);
}

/** Starts a subject, measures it and stops it, whatever happens. */
export async function measureOnce(start: () => Promise<Subject>, load: Load): Promise<LoadFigures> {
  const subject = await start();
  try {
    return await measureSubject(subject, load);
  } finally {
    await subject.stop();
  }
}

/** Each figure's median over the rounds. */
export function medianFigures(rounds: readonly LoadFigures[]): LoadFigures {
  const of = (figure: keyof LoadFigures) => median(rounds.map((round) => round[figure]));
  return {
    acceptedPerSecond: of('acceptedPerSecond'),
    donePerSecond: of('donePerSecond'),
    submitP50Ms: of('submitP50Ms'),
    submitP99Ms: of('submitP99Ms'),
    sequentialP50Ms: of('sequentialP50Ms'),
    sequentialP99Ms: of('sequentialP99Ms'),
    pollsPerSecond: of('pollsPerSecond'),
  };
}
