import { Elysia, t } from 'elysia';
import type { JobParts } from '../jobs/parts.ts';
import type { ProviderState } from '../payments/provider-states.ts';
import { freeBytes } from '../storage/disk-space.ts';

/** What `/api/v1/health` says. Answered with 200 in every state: a supervisor reads `status`. */
export interface Health {
  status: 'ok' | 'degraded' | 'stopping';
  reasons: string[];
  version: string;
  profile: string;
  uptimeSeconds: number;
  queue: { queued: number; running: number };
  models: {
    name: string;
    engine: string;
    tasks: string[];
    state: string;
    usable: boolean;
    reason?: string;
  }[];
  gpus: { device: string; name: string; totalBytes: number }[];
  storage: { freeBytes: number };
  /** What Studio's search goes by: meaning too, where the model for it is installed. */
  search: 'words' | 'words+meaning';
  /** What credit can be bought through. */
  payments: { stripe: ProviderState; coinbase: ProviderState; x402: ProviderState };
}

const providerState = t.Union([t.Literal('ready'), t.Literal('off')]);
const HealthView = t.Object({
  status: t.Union([t.Literal('ok'), t.Literal('degraded'), t.Literal('stopping')]),
  reasons: t.Array(t.String()),
  version: t.String(),
  profile: t.String(),
  uptimeSeconds: t.Number(),
  queue: t.Object({ queued: t.Integer(), running: t.Integer() }),
  models: t.Array(
    t.Object({
      name: t.String(),
      engine: t.String(),
      tasks: t.Array(t.String()),
      state: t.String(),
      /** Its environment and weights are installed and a GPU fits it; `reason` tells what is missing otherwise. */
      usable: t.Boolean(),
      reason: t.Optional(t.String()),
    }),
  ),
  gpus: t.Array(t.Object({ device: t.String(), name: t.String(), totalBytes: t.Integer() })),
  storage: t.Object({ freeBytes: t.Number() }),
  search: t.Union([t.Literal('words'), t.Literal('words+meaning')]),
  payments: t.Object({ stripe: providerState, coinbase: providerState, x402: providerState }),
});

export function healthRoutes(health: () => Promise<Health>) {
  return new Elysia({ name: 'http.health', prefix: '/api/v1', tags: ['Service'] }).get(
    '/health',
    () => health(),
    {
      response: { 200: HealthView },
      detail: { summary: 'Health, queue and models' },
    },
  );
}

/** Looks at the parts that can be unwell. Uptime counts from here. */
export function createHealth(
  parts: Pick<JobParts, 'clock' | 'scheduler' | 'runners' | 'models' | 'rules'> & {
    version: string;
    payments: Health['payments'];
    searchKind: () => Health['search'];
    /** Each tells what is wrong with its part, if anything. */
    problems: readonly (() => string | null)[];
  },
): () => Promise<Health> {
  const { clock, scheduler, runners, models: installed, rules, version } = parts;
  const startedAt = clock();
  return async () => {
    const free = freeBytes(rules.filesRoot);
    const reasons = free < rules.lowWaterBytes ? ['The disk is nearly full: new jobs are refused.'] : [];
    for (const problem of parts.problems) {
      const found = problem();
      if (found !== null) reasons.push(found);
    }
    const models = runners.all.map((runner) => {
      const { name, engine, tasks } = runner.manifest;
      const state = runner.state();
      if (state.name === 'backoff') reasons.push(`${name} keeps failing: ${state.failure.message}`);
      const found = installed.usability(name);
      const usable = found.usable ? { usable: true } : { usable: false, reason: found.why.reason };
      return { name, engine, tasks, state: state.name, ...usable };
    });
    return {
      status: scheduler.isStopped() ? 'stopping' : reasons.length > 0 ? 'degraded' : 'ok',
      reasons,
      version,
      profile: rules.profile,
      uptimeSeconds: Math.round((clock() - startedAt) / 1000),
      queue: scheduler.counts(),
      models,
      gpus: installed.gpus.map(({ device, name, totalBytes }) => ({ device, name, totalBytes })),
      storage: { freeBytes: free },
      search: parts.searchKind(),
      payments: parts.payments,
    };
  };
}
