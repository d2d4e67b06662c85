import type { GpuModel } from '../../src/models/gpu-model.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

/** Licences that ask nothing of who only runs a model. By their SPDX names. */
const permissive = /^(Apache-2\.0|MIT|MIT-0|BSD-2-Clause|BSD-3-Clause|ISC|CC0-1\.0|Unlicense)$/i;

/** The licences of a model's weights that want to be read first, each with where it is from. */
export function restrictedLicences({ weights = [] }: GpuModel): { source: string; licence: string }[] {
  return weights.filter(({ licence }) => !permissive.test(licence));
}

/**
 * Shows the licences that are not permissive and asks for them.
 * @throws StoreError where they are not accepted, or nobody is there to be asked
 */
export async function acceptLicences(
  { hub, print, ask }: Store,
  model: GpuModel,
  isAccepted: boolean,
): Promise<void> {
  const restricted = restrictedLicences(model);
  if (restricted.length === 0) return;
  for (const { source, licence } of restricted) {
    const page = source.includes('/') ? ` (${hub.endpoint}/${source})` : '';
    print(`${model.name}: ${source} has the licence ${licence}${page}`);
  }
  if (isAccepted) return;
  const answer = await ask(
    `Do you accept ${restricted.length === 1 ? 'this licence' : 'these licences'}? [y/N] `,
  );
  if (answer === null) {
    throw new StoreError(
      `${model.name} is installed only with --accept-licence, after its licence was read.`,
    );
  }
  if (!/^y(es)?$/i.test(answer.trim())) throw new StoreError(`${model.name} is not installed.`);
}
