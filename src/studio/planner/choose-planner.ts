import type { Errands } from '../../jobs/errands.ts';
import type { Models } from '../../models/models.ts';
import type { Settings } from '../../settings/load-settings.ts';
import type { Pricing } from '../../tasks/pricing.ts';
import type { CheckSteps } from './asking/ask-until-good.ts';
import { checkDraft } from './check-draft.ts';
import { createEmbeddedPlanner } from './embedded/embedded-planner.ts';
import { createModelPlanner, plannerModel } from './model/model-planner.ts';
import { createOpenAiPlanner } from './openai-compatible/openai-planner.ts';
import { type Planner, PlannerFailed } from './planner.ts';

interface PlannerOptions {
  settings: Pick<Settings, 'studio' | 'engines'>;
  pricing: Pick<Pricing, 'byTask'>;
  models: Pick<Models, 'usability'>;
  errands: Pick<Errands, 'run'>;
}

/**
 * The planner that `[studio] planner` names. It is chosen anew for each message, as the model may be installed or removed
 * meanwhile; one that fails is never replaced by another in silence.
 */
export function createPlanner({ settings, pricing, models, errands }: PlannerOptions): Planner {
  const { planner, openaiUrl, openaiModel, openaiApiKey } = settings.studio;
  const { plannerTimeoutSeconds: timeoutSeconds, plannerMaxTokens: tokensMax } = settings.studio;
  const check: CheckSteps = (steps, { files }) => checkDraft(steps, { files, pricing });
  const shared = { timeoutSeconds, check };
  const embedded = createEmbeddedPlanner();
  const model = createModelPlanner({ ...shared, errands, tokensMax });
  const server = { url: openaiUrl, model: openaiModel, apiKey: openaiApiKey, tokensMax };
  const openai =
    openaiUrl === ''
      ? unavailable('openai', 'has no server: set studio.openaiUrl.')
      : createOpenAiPlanner({ ...shared, server });
  const isInstalled = () => models.usability(plannerModel).usable;
  const choose = (): Planner => {
    switch (planner) {
      case 'embedded':
        return embedded;
      case 'openai':
        return openai;
      case 'model':
        return isInstalled() ? model : unavailable(plannerModel, notInstalled);
      case 'auto':
        if (openaiUrl !== '') return openai;
        return settings.engines.profile !== 'embedded' && isInstalled() ? model : embedded;
    }
  };
  return {
    get name() {
      return choose().name;
    },
    get lacks() {
      return choose().lacks;
    },
    plan: (request, signal) => choose().plan(request, signal),
  };
}

const notInstalled = 'is not installed, or no GPU fits it: see ./scripts/models list, or set studio.planner.';

function unavailable(name: string, why: string): Planner {
  return { name, lacks: `It ${why}`, plan: () => Promise.reject(new PlannerFailed(name, why)) };
}
