import { Elysia } from 'elysia';
import { adminRoutes, type AdminRoutesOptions } from '../admin/routes.ts';
import type { Affiliates } from '../affiliates/create-affiliates.ts';
import { affiliateRoutes } from '../affiliates/routes.ts';
import { discoveryRoutes } from '../agents/discovery/routes.ts';
import { type McpOptions, mcpRoutes } from '../agents/mcp/routes.ts';
import { openAiForms } from '../agents/openai/form.ts';
import { openAiRoutes } from '../agents/openai/routes.ts';
import { browserRoutes } from '../identity/browser/routes.ts';
import type { IdentityParts } from '../identity/create-identity.ts';
import { deviceLinkRoutes } from '../identity/device-link/routes.ts';
import { emailRoutes } from '../identity/email/routes.ts';
import { googleRoutes } from '../identity/google/routes.ts';
import { keyRoutes } from '../identity/routes.ts';
import { jobRoutes, type JobRoutesOptions } from '../jobs/routes.ts';
import type { Log } from '../log.ts';
import type { Payments } from '../payments/create-payments.ts';
import { adminPurchaseRoutes } from '../payments/admin/routes.ts';
import { coinbaseRoutes } from '../payments/coinbase/routes.ts';
import { paymentRoutes } from '../payments/routes.ts';
import { stripeRoutes } from '../payments/stripe/routes.ts';
import { x402Routes } from '../payments/x402/routes.ts';
import { agentRoutes } from '../studio/agent/routes.ts';
import { assetRoutes } from '../studio/assets/routes.ts';
import type { Studio } from '../studio/create-studio.ts';
import { planRoutes } from '../studio/plans/routes.ts';
import { workspaceRoutes } from '../studio/workspace/routes.ts';
import { createAllowedMethods } from './allowed-methods.ts';
import { createBodyBudget } from './body-budget.ts';
import type { ConnectionRoom } from './connection-room.ts';
import { crossOrigin } from './cross-origin.ts';
import { devicePageRoutes } from './device-page.ts';
import { docsRoutes } from './docs-page.ts';
import { errorResponse } from './error-response.ts';
import { fileRoutes } from './files.ts';
import { createFormBodies } from './form-body.ts';
import { endStream } from './head-request.ts';
import { type Health, healthRoutes } from './health.ts';
import { jsonBody } from './json-body.ts';
import { type QuerySchemas, readQuerySchemas } from './query-issues.ts';
import { createUploadReceiver } from './receive-upload.ts';
import { requestLog } from './request-log.ts';
import { refuseBadHosts } from './request-target.ts';

export interface AppOptions {
  log: Log;
  version: string;
  /** Of pages that may call the API by key. */
  allowedOrigins: readonly string[];
  bodyBytesMax: number;
  /** Of all bodies that are being received. */
  bodyBytesAtOnceMax: number;
  /** Of a request whose body is large. @throws Unauthorized, Forbidden */
  assertKey: (request: Request) => void;
  health: () => Promise<Health>;
  room: ConnectionRoom;
  secretOf: (accountId: string) => string;
  identity: IdentityParts;
  payments: Payments;
  affiliates: Affiliates;
  studio: Studio;
  jobs: JobRoutesOptions;
  /** The longest that an answer waits for jobs. */
  syncSecondsMax: number;
  admin: AdminRoutesOptions;
  mcp: McpOptions;
}

/** Bun closes a connection on which nothing moves for this long; staging a request's files may take a while. */
const idleTimeoutSeconds = 255;

/** The whole HTTP API: one line a feature. */
export function createApp(options: AppOptions) {
  const { requireKey, parts, idempotency } = options.jobs;
  const { clientAddress } = options.identity;
  const { urls, store, retentionClock: clock, rules } = parts;
  const { findKept } = options.studio.assets;
  // `jsonBody` does it, with an error body that clients understand.
  const serve = { maxRequestBodySize: Number.MAX_SAFE_INTEGER, idleTimeout: idleTimeoutSeconds };
  const budget = createBodyBudget(options.bodyBytesAtOnceMax);
  const forms = createFormBodies(parts.uploads, [openAiForms]);
  const bodies = { bytesMax: options.bodyBytesMax, assertKey: options.assertKey, budget };
  const querySchemas: QuerySchemas = new Map();
  const methods = createAllowedMethods();
  // No answer has a transformation; looking for one in each costs as much as checking it.
  const app = new Elysia({ name: 'app', serve, normalize: false, encodeSchema: false })
    .use(errorResponse(options.log, querySchemas, methods))
    .use(requestLog(options.log))
    .use(crossOrigin(options))
    .use(options.room.refuseMore())
    .use(refuseBadHosts())
    .use(jsonBody({ ...bodies, forms }))
    .onAfterHandle({ as: 'global' }, async ({ request, responseValue }) => {
      // What a read tells must not be undone by a power cut. What a write answers is on disk already.
      if (request.method === 'GET') await parts.writer.onDisk();
      return request.method === 'HEAD' ? endStream(responseValue) : undefined;
    })
    .use(healthRoutes(options.health))
    .use(jobRoutes(options.jobs))
    .use(paymentRoutes({ requireKey, ...options.payments }))
    .use(stripeRoutes({ ...options.jobs, ...options.payments }))
    .use(adminPurchaseRoutes({ ...options.jobs, ...options.payments }))
    .use(coinbaseRoutes({ ...options.jobs, ...options.payments }))
    .use(x402Routes({ ...options.jobs, ...options.payments }))
    .use(keyRoutes({ ...options.identity, idempotency, secretOf: options.secretOf }))
    .use(googleRoutes({ ...options.identity, idempotency }))
    .use(emailRoutes(options.identity))
    .use(browserRoutes(options.identity))
    .use(deviceLinkRoutes(options.identity))
    .use(devicePageRoutes())
    .use(affiliateRoutes({ ...options.jobs, ...options.affiliates, clientAddress }))
    .use(workspaceRoutes({ requireKey, ...options.studio }))
    .use(agentRoutes({ ...options.jobs, agent: options.studio.agent }))
    .use(assetRoutes({ ...options.jobs, ...options.studio, receive: createUploadReceiver(bodies) }))
    .use(planRoutes({ ...options.jobs, ...options.studio }))
    .use(discoveryRoutes({ ...options.jobs, ...parts, ...options, packages: options.payments.packages }))
    .use(mcpRoutes({ ...options.jobs, ...options.mcp }))
    .use(openAiRoutes({ ...options.jobs, syncSecondsMax: options.syncSecondsMax }))
    .use(adminRoutes(options.admin))
    .use(fileRoutes({ store, urls, clock, findKept, filesRoot: rules.filesRoot }));
  readQuerySchemas(app, querySchemas);
  let openApi: Promise<object> | undefined;
  const describe = async () => {
    // Only when it is asked for: its generator takes longer to load than the rest of the appliance.
    const { describeApi } = await import('./openapi.ts');
    return describeApi(app, options.version);
  };
  const whole = app.use(docsRoutes(() => (openApi ??= describe())));
  methods.read(whole);
  return whole;
}

export type App = ReturnType<typeof createApp>;
