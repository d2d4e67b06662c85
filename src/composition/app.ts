import packageJson from '../../package.json' with { type: 'json' };
import type { Affiliates } from '../affiliates/create-affiliates.ts';
import { planTools } from '../agents/mcp/plan-tools.ts';
import { type App, createApp } from '../http/app.ts';
import { createHealth } from '../http/health.ts';
import type { IdentityParts } from '../identity/create-identity.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import type { Jobs } from '../jobs/create-jobs.ts';
import { lostGpuProblem } from '../models/gpu-presence.ts';
import type { Payments } from '../payments/create-payments.ts';
import type { Studio } from '../studio/create-studio.ts';
import type { Core } from './core.ts';
import { planDoor } from './plan-door.ts';

/** The HTTP API on all that was built before it. */
export function buildApp(
  core: Core,
  parts: {
    jobs: Jobs;
    idempotency: Idempotency;
    identity: IdentityParts;
    payments: Payments;
    affiliates: Affiliates;
    studio: Studio;
  },
): App {
  const { settings, steadyClock, log } = core;
  const { requireKey, callers, rateLimit, store } = parts.identity;
  return createApp({
    log,
    version: packageJson.version,
    allowedOrigins: settings.http.allowedOrigins,
    bodyBytesMax: settings.server.maxBodyBytes,
    bodyBytesAtOnceMax: settings.server.maxBodyBytesAtOnce,
    assertKey: (request) => void callers.identify(request),
    health: createHealth({
      ...{ ...parts.jobs.parts, clock: steadyClock, version: packageJson.version },
      payments: parts.payments.states,
      searchKind: parts.studio.assets.searchKind,
      problems: [
        core.books.problem,
        core.room.problem,
        core.wholeCheck.problem,
        () => lostGpuProblem(parts.jobs.parts.models.presence),
      ],
    }),
    room: core.room,
    secretOf: core.secretOf,
    identity: parts.identity,
    payments: parts.payments,
    affiliates: parts.affiliates,
    studio: parts.studio,
    jobs: {
      parts: parts.jobs.parts,
      desk: parts.jobs.desk,
      requireKey,
      idempotency: parts.idempotency,
      originOf: (request) => core.ownOrigin.of(request),
    },
    syncSecondsMax: settings.agents.syncSecondsMax,
    admin: { ...core, requireKey, store, idempotency: parts.idempotency, checkBooks: core.books.check },
    mcp: {
      ...{ rateLimit, version: packageJson.version, publicUrl: settings.server.publicUrl },
      moreTools: planTools(planDoor(parts.studio.plans, parts.jobs.desk)),
    },
  });
}
