import { imageGenerate } from './image-generate.ts';
import type { Task } from './task.ts';

/** Every media task. One line a task; the rest of the appliance learns of tasks here alone. */
const list: readonly Task[] = [imageGenerate];

export const tasks: ReadonlyMap<string, Task> = new Map(list.map((task) => [task.name, task]));

export function findTask(name: string): Task | undefined {
  return tasks.get(name);
}
