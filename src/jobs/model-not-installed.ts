import { ApplianceError } from '../errors.ts';
import type { NotUsable } from '../models/models.ts';

/**
 * 503 `model_not_installed`, or `gpu_lost`: the engine that the profile wants can't be used here. `details.reason` tells what is missing, and
 * `details.command` what the operator types where a command mends it.
 */
export class ModelNotInstalled extends ApplianceError {
  constructor(task: string, model: string, why: NotUsable) {
    const { sentence, command } = explain(model, why);
    const mend = command === undefined ? {} : { command };
    super({
      code: why.reason === 'gpu_lost' ? 'gpu_lost' : 'model_not_installed',
      status: 503,
      message: `${task} needs the model ${model}, ${sentence}`,
      details: { task, model, ...why, ...mend },
      retryAfterSeconds: 60,
    });
  }
}

/** Why a model can't be used, to follow its name and a comma. */
export function explain(model: string, why: NotUsable): { sentence: string; command?: string } {
  const install = `./scripts/models install ${model}`;
  switch (why.reason) {
    case 'unknown':
      return { sentence: 'which is not installed here.' };
    case 'environment_missing':
    case 'weights_missing':
      return { sentence: `which is not installed here. To install it: ${install}`, command: install };
    case 'weights_outdated':
      return {
        sentence: `which is installed here in another revision than this version wants. To update it: ${install}`,
        command: install,
      };
    case 'weights_damaged':
      return {
        sentence: `whose file ${why.file} is missing or has the wrong length. To mend it: ${install}`,
        command: install,
      };
    case 'gpu_missing':
      return { sentence: `which needs a GPU with ${atLeast(why.neededBytes)}; there is none here.` };
    case 'gpu_lost':
      return { sentence: `whose GPU (${why.devices.join(', ')}) is lost. It is used again once it is back.` };
    case 'gpu_too_small': {
      const largest = atMost(why.largestBytes);
      return {
        sentence: `which needs a GPU with ${atLeast(why.neededBytes)}; the largest here has ${largest}.`,
      };
    }
  }
}

// Rounded apart, so that what is missing can be seen.
function atLeast(bytes: number): string {
  return `${(Math.ceil(bytes / 1e8) / 10).toFixed(1)} GB`;
}

function atMost(bytes: number): string {
  return `${(Math.floor(bytes / 1e8) / 10).toFixed(1)} GB`;
}
