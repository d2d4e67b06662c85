import type { GpuModel, WeightsSource } from '../../src/models/gpu-model.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

/** Licences that ask nothing of who only runs a model. By their SPDX names. */
const permissive = /^(Apache-2\.0|MIT|MIT-0|BSD-2-Clause|BSD-3-Clause|ISC|CC0-1\.0|Unlicense)$/i;

/** The licences of a model's weights that want to be read first, each with where it is from. */
export function restrictedLicences({ weights = [] }: GpuModel): WeightsSource[] {
  return weights.filter(({ licence }) => !permissive.test(licence));
}

/**
 * Shows the licences that are not permissive, each by itself, and asks for it.
 * @throws StoreError where they are not accepted, or nobody is there to be asked
 */
export async function acceptLicences(
  { hub, print, ask }: Pick<Store, 'hub' | 'print' | 'ask'>,
  model: GpuModel,
  isAccepted: boolean,
): Promise<void> {
  const restricted = restrictedLicences(model);
  if (restricted.length === 0) return;
  const told = restricted.map(({ source, licence, address, files: [file] }) => {
    const page = source.includes('/') ? `${hub.endpoint}/${source}` : address && `${address}/${file}`;
    return `${model.name}: ${source} has the licence ${licence}${page ? ` (${page})` : ''}`;
  });
  if (isAccepted) return told.forEach((line) => print(line));
  // One by one: who accepts the first has not read the next.
  for (const line of told) {
    print(line);
    const answer = await ask('Do you accept this licence? [y/N] ');
    if (answer === null) {
      throw new StoreError(
        `${model.name} is installed only with --accept-licence, after its licences were read.`,
      );
    }
    if (!/^y(es)?$/i.test(answer.trim())) throw new StoreError(`${model.name} is not installed.`);
  }
}
