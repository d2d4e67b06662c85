import { fetchPace } from '../../scripts/model-store/fetch-file.ts';
import { install } from '../../scripts/model-store/install.ts';
import { listToInstall } from '../../scripts/model-store/list-weights.ts';
import { openStore } from '../../scripts/model-store/store.ts';
import { projectRoot } from './test-appliance.ts';

/** `bun run install-child.ts <manifests> <model>`: an install that can be killed. */
const [modelsFolder = '', name = ''] = process.argv.slice(2);
const store = await openStore({
  ...{ projectRoot, modelsFolder, environment: process.env },
  print: () => {},
  terminal: { write: () => {} },
  ask: () => Promise.resolve(null),
});
await install(store, {
  ...{ names: [name], list: listToInstall(store, null), acceptsLicence: false, pace: fetchPace },
});
