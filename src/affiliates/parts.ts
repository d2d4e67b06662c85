import type { AuditLog } from '../audit/store.ts';
import type { Writer } from '../db/writer.ts';
import type { CaptureTokens } from './capture-token.ts';
import type { Commissions } from './commissions.ts';
import type { EarningsParts } from './earnings.ts';

/** What the operations of this folder work on. */
export interface AffiliateParts extends EarningsParts {
  audit: AuditLog;
  writer: Writer;
  tokens: CaptureTokens;
  commissions: Commissions;
  rules: AffiliateRules;
}

/** The `affiliates` section of the settings, amounts in micro-dollars. */
export interface AffiliateRules {
  isEnabled: boolean;
  commissionPercent: number;
  holdingDays: number;
  payoutMinMicros: number;
  approveAutomatically: boolean;
}

/** Who does something, for the audit log. */
export interface Actor {
  accountId: string;
  keyId: string;
}
