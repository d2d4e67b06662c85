import { type Answer, fakeJob, type TestAppliance } from '../../testing/test-appliance.ts';

/** A step as a client asks for it. */
export interface Step {
  id: string;
  title?: string;
  task: string;
  input: Record<string, unknown>;
}
type Job = Parameters<typeof fakeJob>[0];

/** A step whose fake runner does what `job` says, after those whose pictures it is shown. */
export function step(id: string, { after = [], ...job }: Job & { after?: string[] } = {}): Step {
  const { input } = fakeJob(job);
  const referenceImages = after.map((fromStep) => ({ fromStep }));
  return {
    id,
    task: 'image.generate',
    input: { ...(input as object), ...(after.length > 0 ? { referenceImages } : {}) },
  };
}

type States = Record<string, string>;

/** Plans as a client sees them. */
export function planClient(on: Pick<TestAppliance, 'call'> & { adminKey?: string }) {
  const api = (method: string, path: string, body?: unknown): Promise<Answer> =>
    on.call(method, `/api/v1/studio/agent/${path}`, body === undefined ? {} : { body });
  const find = (planId: string) => api('GET', `plans?planId=${planId}`);
  const states = ({ steps }: Answer['body']): States =>
    Object.fromEntries(steps.map(({ id, state }: Answer['body']) => [id, state]));
  const untilSo = async (planId: string, isSo: (plan: Answer['body']) => boolean) => {
    for (let tries = 0; tries < 1500; tries++) {
      const { body } = await find(planId);
      if (isSo(body)) return body;
      await Bun.sleep(20);
    }
    throw new Error(`The plan ${planId} does not get there.`);
  };
  return {
    propose: (steps: readonly Step[]) => api('POST', 'plans', { steps }),
    approve: ({ planId, planHash, amountMicros }: Answer['body']) =>
      api('POST', 'approval-plans/execute', { planId, planHash, amountMicros }),
    cancel: (planId: string) => api('DELETE', `plans?planId=${planId}`),
    find,
    states,
    until: (planId: string, isSo: (states: States) => boolean) =>
      untilSo(planId, (plan) => isSo(states(plan))),
    finished: (planId: string) => untilSo(planId, ({ finishedAt }) => finishedAt !== null),
    balance: async (): Promise<number> => (await on.call('GET', '/api/v1/balance')).body.balanceMicros,
    /** What the check of the whole ledger says. */
    ledger: async () =>
      (await on.call('GET', '/api/v1/admin/ledger/check', { key: on.adminKey ?? null })).body,
  };
}
