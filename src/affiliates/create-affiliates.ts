import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import type { OpenDatabase } from '../db/open.ts';
import type { Writer } from '../db/writer.ts';
import { createAttemptLimit } from '../identity/attempt-limit.ts';
import type { IdentityStore } from '../identity/store.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Settings } from '../settings/load-settings.ts';
import { loadSecret } from '../storage/secret.ts';
import { type AttributionRequest, attribute } from './attribution.ts';
import { createCaptureTokens } from './capture-token.ts';
import { createCommissions, type ReferredPurchase } from './commissions.ts';
import { displayNameLengthMax } from './membership.ts';
import type { AffiliateParts } from './parts.ts';
import { createAffiliateStore } from './store.ts';

interface AffiliatesOptions {
  settings: Settings;
  database: OpenDatabase;
  ledger: Ledger;
  audit: AuditLog;
  writer: Writer;
  identity: IdentityStore;
  clock: Clock;
  steadyClock: Clock;
}

/** Who brings customers, and what they earn by it. */
export type Affiliates = Awaited<ReturnType<typeof createAffiliates>>;

/** Its signing secret is made in the data folder where it is missing. */
export async function createAffiliates(options: AffiliatesOptions) {
  const { settings, ledger, audit, writer, identity, clock, steadyClock } = options;
  const { enabled, payoutMinUsd, attributionDays, ...others } = settings.affiliates;
  const rules = { ...others, isEnabled: enabled, payoutMinMicros: Math.round(payoutMinUsd * 1e6) };
  const secret = await loadSecret(settings.dataFolder, 'referral-captures');
  const store = createAffiliateStore(options.database);
  const commissions = createCommissions({ store, ledger, clock, rules });
  const tokens = createCaptureTokens({ secret, clock, attributionDays });
  const parts: AffiliateParts = { store, ledger, audit, writer, clock, tokens, commissions, rules };
  return {
    parts,
    /** What payments tell, and ask, of who brought a customer. */
    referrals: {
      attribute: (request: AttributionRequest) => attribute(parts, request),
      purchaseChanged: (purchase: ReferredPurchase) => commissions.purchaseChanged(purchase),
    },
    /** What an affiliate is called who tells no name. */
    nameOf: (accountId: string) =>
      (identity.account(accountId)?.name ?? accountId).slice(0, displayNameLengthMax),
    visits: createAttemptLimit({
      ...{ clock: steadyClock, max: 60, windowSeconds: 60 },
      message: 'Too many referral codes from here; try again in a minute.',
    }),
    bindings: createAttemptLimit({
      ...{ clock: steadyClock, max: 10, windowSeconds: 3600 },
      message: 'Too many codes were tried; try again in an hour.',
    }),
    /** Makes available what has been held long enough; called from time to time, and safe to miss. */
    release: () => releaseAll(parts),
  };
}

/** Of one transaction, so that none holds up the others for long. */
const releasedAtOnceMax = 200;

async function releaseAll({ store, writer, clock, commissions }: AffiliateParts): Promise<void> {
  while (store.dueCommissions({ now: clock(), limit: 1 }).length > 0)
    await writer.write(() => commissions.releaseDue({ limit: releasedAtOnceMax }));
}
