import type { JobRoutesOptions } from '../../jobs/routes.ts';
import type { Gate } from '../../storage/gate.ts';

/** What the routes below `/v1` are made of. */
export interface OpenAiOptions extends JobRoutesOptions {
  /** The longest that an answer waits for its jobs. */
  syncSecondsMax: number;
}

export interface OpenAiParts extends OpenAiOptions {
  /** Bounds what ffmpeg does of all requests together. */
  tools: Gate;
}
