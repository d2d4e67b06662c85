import { InvalidInput } from '../../errors.ts';
import type { CreditPackage } from '../../settings/schema.ts';

/** @throws InvalidInput, with the codes that there are */
export function findPackage(packages: readonly CreditPackage[], packageCode: string): CreditPackage {
  const found = packages.find(({ code }) => code === packageCode);
  if (found) return found;
  const allowed = packages.map(({ code }) => code);
  throw new InvalidInput([{ path: '/packageCode', message: 'is not a package of this appliance', allowed }]);
}
