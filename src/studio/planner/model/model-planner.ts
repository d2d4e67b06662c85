import type { Errands } from '../../../jobs/errands.ts';
import { askUntilGood, type CheckSteps } from '../asking/ask-until-good.ts';
import { replySchema } from '../asking/reply-schema.ts';
import { withinSeconds } from '../asking/within-seconds.ts';
import { type Planner, PlannerFailed } from '../planner.ts';

/** The manifest in `models/` of the language model that plans, and its one task. */
export const plannerModel = 'planner';
const plannerTask = 'plan';

/**
 * Plans with the appliance's own language model (`gpu/language/planner.py`). It waits for room on the GPU as jobs do,
 * and is unloaded as idle models are.
 */
export function createModelPlanner(options: {
  errands: Pick<Errands, 'run'>;
  tokensMax: number;
  /** For all its tries together, and its start. */
  timeoutSeconds: number;
  check: CheckSteps;
}): Planner {
  const { errands, tokensMax: maxNewTokens, timeoutSeconds: seconds, check } = options;
  const name = plannerModel;
  const asker = (schema: object, signal: AbortSignal) => {
    // Another try with the same words is to bring another answer.
    let seed = 0;
    return async (messages: readonly object[]) => {
      const params = { messages: [...messages], schema, seed: seed++, maxNewTokens };
      const outcome = await errands.run({ model: plannerModel, task: plannerTask, params }, signal);
      if (outcome.ok) return outcome.result.metadata['plan'];
      throw new PlannerFailed(name, `failed: ${outcome.failure.message}`);
    };
  };
  return {
    ...{ name, lacks: null },
    plan(request, signal) {
      const schema = replySchema(request.stepsMax);
      return withinSeconds({ planner: name, seconds, signal }, (either) =>
        askUntilGood({ planner: name, request, check, ask: asker(schema, either) }),
      );
    },
  };
}
