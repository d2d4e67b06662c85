import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createLanes } from '../scheduler/lanes.ts';
import { priorities, type QueuedJob, type RunningJob } from '../scheduler/model.ts';
import { policy } from '../scheduler/policy.ts';
import { rules as playRules } from '../testing/play-policy.ts';
import { isPoison, isSuspect } from './poison.ts';

/** The rule and the policy together, over many lives of an appliance. */

interface Simulated {
  accountId: string;
  priority: (typeof priorities)[number];
  seconds: number;
  /** So long after its start the appliance dies; null for an innocent job. */
  diesAfterSeconds: number | null;
  interruptions: number;
  end: 'succeeded' | 'failed' | null;
}

const simulatedJobs = fc.array(
  fc.record({
    accountId: fc.constantFrom('a', 'b'),
    priority: fc.constantFrom(...priorities),
    seconds: fc.integer({ min: 1, max: 40 }),
    diesAfterSeconds: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, fc.integer({ min: 0, max: 8 })),
    interruptions: fc.constant(0),
    end: fc.constant<Simulated['end']>(null),
  }),
  { minLength: 1, maxLength: 25 },
);

const rules = { ...playRules, agingSeconds: 20 };
const model = { state: 'ready' as const, retryAt: 0, concurrency: 4, lastUsedAt: 0, startSeconds: 1 };

/** From a start to the next death, or to the end of all jobs. @returns whether it died */
function live(jobs: readonly Simulated[], interruptionsMax: number): boolean {
  const lanes = createLanes();
  const running = new Map<string, RunningJob & { startedAt: number }>();
  const jobOf = (id: string) => jobs[Number(id)]!;
  for (const [sequence, job] of jobs.entries()) {
    if (job.end) continue;
    const { accountId, priority, seconds: estimatedSeconds } = job;
    const runsAlone = isSuspect(job, { interruptionsMax });
    const queued: QueuedJob = {
      ...{ id: String(sequence), accountId, priority, sequence, runsAlone, estimatedSeconds },
      ...{ model: 'm', createdAt: 0, needs: { cpu: 1 } },
    };
    lanes.add(queued);
  }
  for (let second = 0; lanes.size + running.size > 0; second++) {
    const now = second * 1000;
    for (const { id, startedAt } of running.values()) {
      const { diesAfterSeconds, seconds } = jobOf(id);
      const ranFor = second - startedAt;
      if (diesAfterSeconds !== null && ranFor >= diesAfterSeconds) {
        for (const victim of running.keys()) jobOf(victim).interruptions++;
        return true;
      }
      if (ranFor < seconds) continue;
      jobOf(id).end = 'succeeded';
      running.delete(id);
    }
    const models = new Map([['m', model]]);
    const state = {
      lanes: lanes.all(),
      running,
      models,
      capacity: { cpu: 3 },
      gpus: [],
      service: lanes.service,
      rules,
    };
    for (const decision of policy(state, now)) {
      if (decision.kind !== 'start') continue;
      lanes.start(decision.job);
      running.set(decision.job.id, { ...decision.job, expectedEndAt: now, startedAt: second });
    }
  }
  return false;
}

test('every poisonous job fails, every innocent one succeeds, and the deaths are bounded', () => {
  fc.assert(
    fc.property(simulatedJobs, fc.integer({ min: 2, max: 5 }), (list, interruptionsMax) => {
      const jobs: Simulated[] = list.map((job) => ({ ...job }));
      const isPoisonous = ({ diesAfterSeconds, seconds }: Simulated) =>
        diesAfterSeconds !== null && diesAfterSeconds <= seconds;
      const deathsMax = jobs.filter(isPoisonous).length * interruptionsMax;
      let deaths = 0;
      while (live(jobs, interruptionsMax)) {
        expect(++deaths).toBeLessThanOrEqual(deathsMax);
        for (const job of jobs) if (isPoison(job, { interruptionsMax })) job.end = 'failed';
      }
      expect(jobs.map(({ end }) => end)).toEqual(
        jobs.map((job) => (isPoisonous(job) ? 'failed' : 'succeeded')),
      );
    }),
    { numRuns: 300 },
  );
});
