import { Type } from '@sinclair/typebox';
import { fits } from '../../fits.ts';
import type { Errands } from '../../jobs/errands.ts';
import type { Models } from '../../models/models.ts';
import type { Runners } from '../../runners/runners.ts';

/** The manifest in `models/` of the model that makes vectors, and its one task. */
export const embeddingModel = 'text-embedding';
const embedTask = 'embed';

/** The model did not answer, or with something else than vectors. */
export class EmbeddingFailed extends Error {}

/** Texts as vectors, where a model for that is installed. */
export interface Embedder {
  /** The model's name and revision; null where it is not installed. It may be installed or removed at any time. */
  model(): string | null;
  /**
   * A vector of length 1 for each text.
   * @throws EmbeddingFailed; the signal's reason
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<number[][]>;
}

const Vectors = Type.Array(Type.Array(Type.Number(), { minItems: 1 }));

export function createEmbedder(parts: {
  errands: Pick<Errands, 'run'>;
  models: Pick<Models, 'usability'>;
  runners: Pick<Runners, 'all'>;
}): Embedder {
  const { errands, models, runners } = parts;
  const manifest = runners.all.find((runner) => runner.manifest.name === embeddingModel)?.manifest;
  const revisions = (manifest?.weights ?? []).map(({ source, revision }) => `${source}@${revision}`);
  const name = [embeddingModel, manifest?.version, ...revisions].join(' ');
  return {
    model: () => (models.usability(embeddingModel).usable ? name : null),
    async embed(texts, signal) {
      const errand = { model: embeddingModel, task: embedTask, params: { texts } };
      const outcome = await errands.run(errand, signal);
      if (!outcome.ok) throw new EmbeddingFailed(outcome.failure.message);
      const { vectors } = outcome.result.metadata;
      if (fits(Vectors, vectors) && vectors.length === texts.length) return vectors;
      throw new EmbeddingFailed('The model answered with something else than vectors.');
    },
  };
}
