import type { RunContext } from '../serve.ts';

/** The parts of the work, in order; each takes some tenths of a second at usual sizes. */
const stages = [
  'picture',
  'colours',
  'silhouette',
  'outline',
  'depth',
  'shell',
  'simplify',
  'front',
  'back',
  'normals',
  'glb',
  'preview',
] as const;

/** Called at the start of each part. @throws EngineError `canceled` when the job was canceled */
export type ReportStage = (stage: (typeof stages)[number]) => Promise<void>;

export function reportTo(context: RunContext): ReportStage {
  return (stage) => {
    // Each part leaves up to some hundred megabytes behind. Left to itself, the collector comes when they have doubled.
    Bun.gc(true);
    const step = stages.indexOf(stage);
    return context.progress({ stage, step, steps: stages.length, fraction: step / stages.length });
  };
}
