import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { WeightsSource } from '../../src/models/gpu-model.ts';
import { fitsPatterns, safePath } from './file-patterns.ts';
import { openUrl, request, SourceRefused } from './http-source.ts';
import type { Listing, RemoteFile } from './remote-file.ts';
import { StoreError } from './store-error.ts';

/** Where models are asked for. The addresses are those that the hub's own client uses (huggingface_hub 2.4.0). */
export interface Hub {
  /** `https://huggingface.co`, or what `HF_ENDPOINT` says. Without a slash at its end. */
  endpoint: string;
  /** `HF_TOKEN`; sent to the endpoint alone and shown nowhere. */
  token: string | null;
}

const RepositoryInfo = Type.Object({ sha: Type.String({ pattern: '^[0-9a-f]{40}$' }) });
const TreeEntry = Type.Object({
  type: Type.String(),
  path: Type.String(),
  oid: Type.String(),
  size: Type.Integer({ minimum: 0 }),
  lfs: Type.Optional(Type.Object({ oid: Type.String(), size: Type.Integer({ minimum: 0 }) })),
});
type TreeEntry = Static<typeof TreeEntry>;
const Tree = Type.Array(TreeEntry);

/**
 * The files of a repository that a model wants, at the commit that its revision is now.
 * @throws StoreError that says what to do, where the repository can't be read
 */
export async function listRepository(hub: Hub, wanted: WeightsSource): Promise<Listing> {
  try {
    const commit = await resolveCommit(hub, wanted);
    const entries = await readTree(hub, wanted.source, commit);
    const chosen = entries.filter(({ type, path }) => type === 'file' && fitsPatterns(path, wanted.files));
    const missing = wanted.files.filter(
      (pattern) => !entries.some(({ path }) => fitsPatterns(path, [pattern])),
    );
    if (missing.length > 0) {
      throw new StoreError(`${wanted.source}@${commit} has no file like ${missing.join(', ')}.`);
    }
    const files: RemoteFile[] = [];
    for (const entry of chosen) {
      const url = fileUrl(hub, wanted, { commit, path: entry.path });
      if (files.length === 0) await assertReadable(hub, url);
      files.push(remoteFile(hub, wanted, url, entry));
    }
    return { wanted, commit, files };
  } catch (error) {
    throw explainRefusal(hub, wanted, error);
  }
}

async function resolveCommit(hub: Hub, { source, revision }: WeightsSource): Promise<string> {
  const url = `${hub.endpoint}/api/models/${source}/revision/${encodeURIComponent(revision)}`;
  const info: unknown = await (await request(url, { headers: authorization(hub) })).json();
  if (!Value.Check(RepositoryInfo, info)) throw new StoreError(`${url} did not name a commit.`);
  return info.sha;
}

async function readTree(hub: Hub, source: string, commit: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  let url: string | undefined = `${hub.endpoint}/api/models/${source}/tree/${commit}?recursive=true`;
  while (url !== undefined) {
    const response: Response = await request(url, { headers: authorization(hub) });
    const page: unknown = await response.json();
    if (!Value.Check(Tree, page)) throw new StoreError(`${url} did not list files.`);
    entries.push(...page);
    url = nextPage(hub, response.headers.get('link'));
  }
  return entries;
}

/** The token goes to the hub and nowhere else, whatever a page names as the next. */
function nextPage({ endpoint }: Hub, link: string | null): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  return next?.startsWith(`${endpoint}/`) ? next : undefined;
}

/** The lists of a repository are open where its files are not. Asks for no content, and follows nowhere. */
async function assertReadable(hub: Hub, url: string): Promise<void> {
  await request(url, { headers: authorization(hub), method: 'HEAD', redirect: 'manual' });
}

function fileUrl(
  hub: Hub,
  { source }: WeightsSource,
  { commit, path }: { commit: string; path: string },
): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${hub.endpoint}/${source}/resolve/${commit}/${encoded}`;
}

function remoteFile(
  hub: Hub,
  wanted: WeightsSource,
  url: string,
  { path, size, oid, lfs }: TreeEntry,
): RemoteFile {
  return {
    path: safePath(wanted.folder === undefined ? path : `${wanted.folder}/${path}`),
    bytes: lfs?.size ?? size,
    sha256: lfs?.oid ?? null,
    // Of a large file, git only has a note that names it.
    gitBlob: lfs ? null : oid,
    async open(offset, signal) {
      try {
        return await openUrl(url, { headers: authorization(hub), offset, signal });
      } catch (error) {
        throw explainRefusal(hub, wanted, error);
      }
    },
  };
}

/** `fetch` takes it off again where the hub sends it on to another host. */
function authorization({ token }: Hub): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** What a refusal means to the operator. Other errors stay what they are. */
export function explainRefusal(
  hub: Hub,
  { source, revision, licence }: WeightsSource,
  error: unknown,
): unknown {
  if (!(error instanceof SourceRefused)) return error;
  const page = `${hub.endpoint}/${source}`;
  const { status, errorCode } = error;
  if (errorCode === 'GatedRepo') {
    const token =
      hub.token === null ? 'Then make an access token that may read it' : 'Your HF_TOKEN may not read it yet';
    return new StoreError(
      `${source} is given out only after its licence (${licence}) was accepted: open ${page} with your account and accept it. ` +
        `${token} (${hub.endpoint}/settings/tokens), and start again with HF_TOKEN=… in the environment.`,
      { cause: error },
    );
  }
  if (errorCode === 'RevisionNotFound') {
    return new StoreError(`${source} has no revision ${revision}.`, { cause: error });
  }
  if (status === 401 || status === 403 || status === 404) {
    const token = hub.token === null ? 'it may need an HF_TOKEN' : 'your HF_TOKEN may not read it';
    return new StoreError(`${page} can't be read (${status}): it does not exist, or ${token}.`, {
      cause: error,
    });
  }
  return error;
}
