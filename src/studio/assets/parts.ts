import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import type { Log } from '../../log.ts';
import type { JobStore } from '../../jobs/store.ts';
import type { Room } from '../../storage/room.ts';
import type { StagingLimits } from '../../storage/staging-limits.ts';
import type { Search } from '../search/create-search.ts';
import type { AssetFolder } from './asset-folder.ts';
import type { Previews } from './previews.ts';
import type { AssetStore } from './store.ts';

/** What assets need of projects. */
export interface Projects {
  /**
   * The given project, else the active one, else the account's first. Called inside `Writer.write`, as the first one
   * may have to be made; one that is given is only looked up.
   * @throws NotFound unknown, or another account's
   */
  projectOf(accountId: string, projectId: string | null): { id: string };
}

/** The id of the project that is meant. @throws NotFound */
export async function projectMeant(
  { projects, writer }: Pick<AssetParts, 'projects' | 'writer'>,
  accountId: string,
  projectId: string | null,
): Promise<string> {
  const find = () => projects.projectOf(accountId, projectId).id;
  return projectId === null ? writer.write(find) : find();
}

/** What the operations on assets are made of. */
export interface AssetParts {
  store: AssetStore;
  folder: AssetFolder;
  previews: Pick<Previews, 'wake'>;
  projects: Projects;
  search: Pick<Search, 'page'>;
  writer: Writer;
  clock: Clock;
  log: Log;
  room: Room;
  limits: StagingLimits;
  /** Of all files and texts of one account. */
  quotaBytes: number;
  /** Where finished jobs, and their outputs, are. */
  jobs: JobStore;
  filesRoot: string;
}
