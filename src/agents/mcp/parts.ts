import type * as sdk from '@modelcontextprotocol/server';
import type { RateLimit } from '../../identity/rate-limit.ts';
import type { JobRoutesOptions } from '../../jobs/routes.ts';
import type { Log } from '../../log.ts';
import type { Tool } from './tool.ts';

/** Loaded when it is first needed. */
export type Sdk = typeof sdk;

/** What the tools and resources are made of. */
export interface McpParts extends Pick<JobRoutesOptions, 'parts' | 'desk' | 'idempotency'> {
  rateLimit: RateLimit;
  /** Tools for other things than jobs, such as plans. */
  moreTools: readonly Tool[];
  log: Log;
  version: string;
}
