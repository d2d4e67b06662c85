import { basename, dirname } from 'node:path';
import type * as Library from '@huggingface/transformers';
import { type Static, Type } from '@sinclair/typebox';
import { EngineError, type RunContext, serveEngine } from '../src/embedded/serve.ts';
import { fits } from '../src/fits.ts';
import type { LoadParams, ResidencyResult, RunResult } from '../src/runners/protocol.ts';

/**
 * Texts in, unit vectors out: the runner of `models/text-embedding.toml`. The task `embed` makes no file; its answer is in
 * `metadata`: `{"vectors": [[…], …]}`, one for each of `texts`, whose scalar product is their cosine similarity.
 * Its packages are those of the environment `embedding`; see `./scripts/models install text-embedding`.
 */

/** What a sentence of the model was cut to when it was trained (its `sentence_bert_config.json`). */
const tokensMax = 256;
/** A vector as JSON needs no more digits than the model has. */
const digits = 1e6;

const EmbedParams = Type.Object(
  { texts: Type.Array(Type.String({ maxLength: 10_000 }), { minItems: 1, maxItems: 64 }) },
  { additionalProperties: false },
);

interface Loaded {
  library: typeof Library;
  tokenizer: Library.PreTrainedTokenizer;
  model: Library.PreTrainedModel;
}
let loaded: Loaded | undefined;

/** Only now, when what a library prints can't reach the protocol's descriptor any more. */
async function load({ modelFolder, dtype }: LoadParams): Promise<void> {
  if (modelFolder === null) throw new EngineError('model_broken', 'The model has no folder.');
  if (dtype !== 'q8' && dtype !== 'fp32') throw new EngineError('model_broken', `No weights are ${dtype}.`);
  const library = await import('@huggingface/transformers');
  Object.assign(library.env, {
    // Nothing is fetched, and nothing written anywhere.
    ...{ allowRemoteModels: false, allowLocalModels: true, localModelPath: `${dirname(modelFolder)}/` },
    ...{ useFSCache: false, useBrowserCache: false, useCustomCache: false, useWasmCache: false },
  });
  const name = basename(modelFolder);
  const tokenizer = await library.AutoTokenizer.from_pretrained(name, { local_files_only: true });
  const model = await library.AutoModel.from_pretrained(name, {
    ...{ local_files_only: true, subfolder: 'onnx', model_file_name: 'model', dtype, device: 'cpu' },
    session_options: {
      // The jobs' engines have the processor; a sentence takes some milliseconds of one core.
      ...{ intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' },
      ...{ graphOptimizationLevel: 'all', enableCpuMemArena: false },
    },
  });
  loaded = { library, tokenizer, model };
}

async function embed(given: unknown, context: RunContext): Promise<RunResult> {
  if (!fits(EmbedParams, given)) throw new EngineError('invalid_input', 'texts: 1 to 64 texts are wanted.');
  if (!loaded) throw new EngineError('model_broken', 'The model is not loaded.');
  const vectors = await vectorsOf(loaded, given);
  if (context.signal.aborted) throw new EngineError('canceled', 'The job was canceled.');
  return { outputs: [], metadata: { vectors }, measurements: { texts: vectors.length } };
}

async function vectorsOf(
  { library, tokenizer, model }: Loaded,
  { texts }: Static<typeof EmbedParams>,
): Promise<number[][]> {
  const inputs = await tokenizer(texts, {
    ...{ padding: true, truncation: true, max_length: tokensMax, add_special_tokens: true },
    ...{ return_tensor: true, return_token_type_ids: true },
  });
  const { last_hidden_state: states } = await model(inputs);
  const means = library.mean_pooling(states, inputs.attention_mask).normalize(2, -1);
  const rows: unknown = means.tolist();
  if (!fits(Type.Array(Type.Array(Type.Number())), rows)) {
    throw new EngineError('model_broken', 'The model did not answer with vectors of numbers.');
  }
  return rows.map((row) => row.map((value) => Math.round(value * digits) / digits));
}

await serveEngine({
  name: 'text-embedding',
  version: '1',
  tasks: { embed },
  load,
  residency: (): Promise<ResidencyResult> =>
    Promise.resolve({ vramBytes: 0, hostBytes: process.memoryUsage.rss(), seconds: 0 }),
});
