import type { Manifest } from '../runners/manifest.ts';
import { SettingsError } from '../settings/settings-error.ts';

/**
 * Which GPU model does a task, where it is another than the task's usual: the setting `engines.models`, a list of
 * `<task>=<model>`.
 * @throws SettingsError that names every model that there is not, or that doesn't do its task
 */
export function taskModels(
  setting: readonly string[],
  manifests: readonly Manifest[],
): ReadonlyMap<string, string> {
  const chosen = setting.map((text): [string, string] => {
    const [task = '', model = ''] = text.split('=');
    return [task, model];
  });
  const problems = chosen.flatMap(([task, model]) => {
    const able = manifests.filter(({ engine, tasks }) => engine === 'gpu' && tasks.includes(task));
    if (able.some(({ name }) => name === model)) return [];
    const names = able.map(({ name }) => name).join(', ') || 'no model';
    return [`engines.models: "${task}=${model}": ${task} is done by ${names}`];
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return new Map(chosen);
}
