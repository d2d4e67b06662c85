import type { Subject } from './subjects.ts';

/** What the appliance says of one job: what BullMQ's side answers too, so that both send as much. */
export interface SampleAnswers {
  submitAnswer: object;
  pollAnswer: object;
}

const pollMs = 20;

/** Runs one job. @returns null when it fails */
export async function sampleAnswers({ origin, headers, body }: Subject): Promise<SampleAnswers | null> {
  const jobs = `${origin}/api/v1/media/jobs`;
  const submitAnswer: { jobId: string } = JSON.parse(
    await (await fetch(jobs, { method: 'POST', headers, body })).text(),
  );
  for (;;) {
    const response = await fetch(`${jobs}?jobId=${submitAnswer.jobId}`, { headers });
    const pollAnswer: { status: string; finishedAt: string | null } = JSON.parse(await response.text());
    if (pollAnswer.status === 'succeeded') return { submitAnswer, pollAnswer };
    if (pollAnswer.finishedAt !== null) return null;
    await Bun.sleep(pollMs);
  }
}
