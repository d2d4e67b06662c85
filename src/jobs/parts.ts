import type { Clock } from '../clock.ts';
import type { Writer } from '../db/writer.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import type { Models } from '../models/models.ts';
import type { Runners } from '../runners/runners.ts';
import type { Estimates } from '../scheduler/estimates.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { CleanUp } from '../storage/clean-up.ts';
import type { OutputStore } from '../storage/publish-output.ts';
import type { Room } from '../storage/room.ts';
import type { UrlSigner } from '../storage/signed-url.ts';
import type { Staging } from '../storage/stage-input.ts';
import type { Uploads } from '../storage/uploads.ts';
import type { Pricing } from '../tasks/pricing.ts';
import type { WebhookSender } from '../webhooks/deliver.ts';
import type { Admission } from './admission.ts';
import type { EngineRules } from './choose-engine.ts';
import type { EventStreams } from './event-stream.ts';
import type { GpuJobs } from './gpu-jobs.ts';
import type { LiveJobs } from './live-jobs.ts';
import type { KeySpendingStore } from './key-spending/store.ts';
import type { JobStore } from './store.ts';

/** What the operations on jobs are made of. Each takes the part of it that it names. */
export interface JobParts {
  clock: Clock;
  /** For ages and waits: it never jumps. */
  steadyClock: Clock;
  /** For what grows too old: it follows a jump forward late. */
  retentionClock: Clock;
  log: Log;
  writer: Writer;
  store: JobStore;
  keySpending: KeySpendingStore;
  ledger: Ledger;
  live: LiveJobs;
  eventStreams: EventStreams;
  scheduler: Scheduler;
  admission: Admission;
  runners: Runners;
  models: Models;
  estimates: Estimates;
  gpuJobs: GpuJobs;
  staging: Staging;
  cleanUp: CleanUp;
  outputs: OutputStore;
  room: Room;
  urls: UrlSigner;
  uploads: Uploads;
  webhooks: WebhookSender;
  pricing: Pricing;
  rules: JobRules;
  /** Why a URL could never be posted to, in a sentence; null where it could. Asks no name server. */
  judgeUrl: (url: string) => string | null;
}

export interface JobRules extends EngineRules {
  attemptsMax: number;
  /** Deaths of the appliance beside one job before that is failed, see `poison.ts`. */
  interruptionsMax: number;
  queuedPerAccountMax: number;
  queuedMax: number;
  streamsPerAccountMax: number;
  promiseHours: number;
  deleteHours: number;
  filesRoot: string;
  lowWaterBytes: number;
}
