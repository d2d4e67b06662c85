import { chooseEngine, type ChosenEngine } from '../../jobs/choose-engine.ts';
import { ModelNotInstalled } from '../../jobs/model-not-installed.ts';
import { findTask } from '../../tasks/registry.ts';
import type { OpenAiParts } from './parts.ts';
import { ModelNotFound } from './refusals.ts';

type NameParts = Pick<OpenAiParts, 'parts'>;

/** The tasks that have a door here, and what OpenAI calls the models that do them, with whatever date at the end. */
const doors = {
  'image.generate': /^(gpt-image-|chatgpt-image-|dall-e-)/,
  'image.edit': /^(gpt-image-|chatgpt-image-|dall-e-)/,
  'audio.speak': /^(tts-1|gpt-4o-mini-tts)/,
  'audio.annotation.reference': /^(whisper-|gpt-transcribe|gpt-4o-(mini-)?transcribe)/,
  'video.generate': /^sora-/,
} as const;

export type DoorTask = keyof typeof doors;

/** A model in use, and the tasks that it does here. */
export interface UsedModel extends ChosenEngine {
  tasks: DoorTask[];
}

/**
 * That `name` means what does the task now: the task's own name, its model's, or one of OpenAI's. One of ours that
 * is not in use is refused, because another would answer.
 * @throws ModelNotFound
 */
export function assertModel({ parts }: NameParts, task: DoorTask, name: string | null | undefined): void {
  if (name === null || name === undefined || name === task || doors[task].test(name)) return;
  const chosen = engineFor({ parts }, task);
  if (chosen?.model === name) return;
  throw new ModelNotFound(name, [task, ...(chosen ? [chosen.model] : [])]);
}

/** What would do a task now; null where what should is not installed. */
export function engineFor({ parts }: NameParts, name: DoorTask): ChosenEngine | null {
  const task = findTask(name);
  if (!task) throw new Error(`There is no task ${name}.`);
  try {
    return chooseEngine(task, parts.rules, (model) => parts.models.usability(model));
  } catch (error) {
    if (error instanceof ModelNotInstalled) return null;
    throw error;
  }
}

/** Every model that a request here may run on now. */
export function modelsInUse(parts: NameParts): UsedModel[] {
  const byName = new Map<string, UsedModel>();
  for (const task of doorTasks()) {
    const chosen = engineFor(parts, task);
    if (!chosen) continue;
    const known = byName.get(chosen.model);
    byName.set(chosen.model, { ...chosen, tasks: [...(known?.tasks ?? []), task] });
  }
  return [...byName.values()];
}

/** What a name means: a model in use, by whichever of its names. @throws ModelNotFound */
export function findModel(parts: NameParts, name: string): UsedModel {
  const models = modelsInUse(parts);
  const found =
    models.find(({ model }) => model === name) ??
    models.find(({ tasks }) => tasks.some((task) => task === name || doors[task].test(name)));
  if (found) return found;
  throw new ModelNotFound(
    name,
    models.flatMap(({ model, tasks }) => [model, ...tasks]),
  );
}

function doorTasks(): DoorTask[] {
  return ['image.generate', 'image.edit', 'audio.speak', 'audio.annotation.reference', 'video.generate'];
}
