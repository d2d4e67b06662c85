import { aceStepCreate } from './ace-step-create.ts';
import { audioAnnotationReference } from './audio-annotation-reference.ts';
import { audioSpeak } from './audio-speak.ts';
import { imageEdit } from './image-edit.ts';
import { imageGenerate } from './image-generate.ts';
import { mossSoundEffect } from './moss-sound-effect.ts';
import type { Task } from './task.ts';
import { trellisGenerate } from './trellis-generate.ts';
import { videoCombine } from './video-combine.ts';
import { videoGenerate } from './video-generate.ts';

/** Every media task. One line a task; the rest of the appliance learns of tasks here alone. */
const list: readonly Task[] = [
  imageGenerate,
  imageEdit,
  videoGenerate,
  videoCombine,
  audioSpeak,
  audioAnnotationReference,
  aceStepCreate,
  mossSoundEffect,
  trellisGenerate,
];

export const tasks: ReadonlyMap<string, Task> = new Map(list.map((task) => [task.name, task]));

export function findTask(name: string): Task | undefined {
  return tasks.get(name);
}
