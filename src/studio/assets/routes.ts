import { Elysia } from 'elysia';
import { fingerprint, type Idempotency, readIdempotencyKey } from '../../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../../idempotency/openapi-headers.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { RequireKey } from '../../identity/require-key.ts';
import { findAsset } from './add-asset.ts';
import { changeAsset, deleteAsset } from './change-asset.ts';
import type { Assets } from './create-assets.ts';
import { keepOutputs } from './keep-outputs.ts';
import { listAssets } from './list-assets.ts';
import {
  AssetPageView,
  AssetsView,
  AssetView,
  ChangeAssetBody,
  ChangeTextBody,
  DeletedView,
  KeepBody,
  ListQuery,
  NewTextBody,
  OneAssetQuery,
  TextDocumentView,
  TextQuery,
  UploadQuery,
  viewAsset,
  viewText,
} from './model.ts';
import type { ShownAsset } from './tables.ts';
import { changeText, createText, readText } from './text-assets.ts';
import { type Receive, uploadAsset } from './upload-asset.ts';

interface AssetRoutesOptions {
  requireKey: RequireKey;
  assets: Assets;
  originOf: (request: Request) => string;
  idempotency: Idempotency;
  /** Reads the body of an upload, which nobody else has read. */
  receive: (request: Request, take: Parameters<Receive>[0]) => ReturnType<Receive>;
}

const options = { prefix: '/api/v1/studio' as const, normalize: false, tags: ['Studio'] };

/** `/api/v1/studio/assets/…` and the browser of a project's assets. */
export function assetRoutes(given: AssetRoutesOptions) {
  return new Elysia({ name: 'studio.assets' })
    .use(uploadRoutes(given))
    .use(browseRoutes(given))
    .use(changeRoutes(given))
    .use(textRoutes(given));
}

const createView =
  ({ assets, originOf }: AssetRoutesOptions, request: Request) =>
  (asset: ShownAsset) =>
    viewAsset(asset, assets.urlsOf(asset), originOf(request));

const fileSchema = { type: 'string' as const, format: 'binary' };
const uploadBody = {
  required: true,
  description: 'The bytes of the file, which tell what it is; or a form with one file.',
  content: {
    'application/octet-stream': { schema: fileSchema },
    'multipart/form-data': {
      schema: { type: 'object' as const, required: ['file'], properties: { file: fileSchema } },
    },
  },
};

/** Under an idempotency key the same bytes for the same place are one asset. @throws Malformed */
function admitUpload(
  { idempotency }: AssetRoutesOptions,
  asked: { caller: Caller; query: typeof UploadQuery.static; request: Request },
): Parameters<typeof uploadAsset>[1]['admit'] {
  const { caller, query, request } = asked;
  const { accountId } = caller;
  const key = readIdempotencyKey(request.headers, undefined);
  if (key === null) return null;
  const scope = { accountId, route: '/api/v1/studio/assets/upload', key };
  return ({ sha256 }) => idempotency.admit(scope, fingerprint({ accountId, ...query, sha256 }));
}

function uploadRoutes(given: AssetRoutesOptions) {
  const { requireKey, assets, receive } = given;
  return new Elysia({ name: 'studio.assets.upload', ...options })
    .use(requireKey)
    .post(
      '/assets/upload',
      async ({ caller, query, request, server, set, status }) => {
        server?.timeout(request, 0);
        const { projectId = null, filename = null, title = null } = query;
        const { asset, isReplayed } = await uploadAsset(assets.parts, {
          ...{ accountId: caller.accountId, projectId, filename, title, signal: request.signal },
          receive: (take) => receive(request, take),
          admit: admitUpload(given, { caller, query, request }),
        });
        if (isReplayed) set.headers['idempotency-replayed'] = 'true';
        return status(201, createView(given, request)(asset));
      },
      {
        requireKey: 'write',
        query: UploadQuery,
        response: { 201: AssetView },
        detail: {
          summary: 'Upload a picture, sound, film or mesh, of any length',
          requestBody: uploadBody,
          parameters: idempotencyHeaders,
        },
      },
    )
    .post(
      '/assets/keep',
      async ({ caller, body, request, status }) => {
        const { projectId = null, ...rest } = body;
        const kept = await keepOutputs(assets.parts, { accountId: caller.accountId, projectId, ...rest });
        return status(201, { assets: kept.map(createView(given, request)) });
      },
      {
        requireKey: 'write',
        body: KeepBody,
        response: { 201: AssetsView },
        detail: { summary: 'Keep outputs of a job, which else are deleted after some days' },
      },
    );
}

function browseRoutes(given: AssetRoutesOptions) {
  const { requireKey, assets } = given;
  return new Elysia({ name: 'studio.assets.browse', ...options })
    .use(requireKey)
    .get(
      '/projects/assets',
      async ({ caller, query, request }) => {
        const page = await listAssets(assets.parts, caller.accountId, query);
        return { ...page, assets: page.assets.map(createView(given, request)) };
      },
      {
        requireKey: 'read',
        query: ListQuery,
        response: { 200: AssetPageView },
        detail: { summary: 'The assets of a project, by kind, or by words and meaning' },
      },
    )
    .get(
      '/assets',
      ({ caller, query, request }) =>
        createView(given, request)(findAsset(assets.parts, caller.accountId, query.assetId)),
      {
        requireKey: 'read',
        query: OneAssetQuery,
        response: { 200: AssetView },
        detail: { summary: 'One asset' },
      },
    );
}

function changeRoutes(given: AssetRoutesOptions) {
  const { requireKey, assets } = given;
  return new Elysia({ name: 'studio.assets.change', ...options })
    .use(requireKey)
    .patch(
      '/assets/metadata',
      async ({ caller, body, request }) =>
        createView(given, request)(await changeAsset(assets.parts, caller.accountId, body)),
      {
        requireKey: 'write',
        body: ChangeAssetBody,
        response: { 200: AssetView },
        detail: { summary: 'Change the title, tags or note of an asset, or archive it' },
      },
    )
    .delete(
      '/assets',
      async ({ caller, query: { assetId } }) => {
        await deleteAsset(assets.parts, caller.accountId, assetId);
        return { assetId, deleted: true } as const;
      },
      {
        requireKey: 'write',
        query: OneAssetQuery,
        response: { 200: DeletedView },
        detail: { summary: 'Delete an asset for good' },
      },
    );
}

function textRoutes(given: AssetRoutesOptions) {
  const { requireKey, assets } = given;
  return new Elysia({ name: 'studio.assets.text', ...options })
    .use(requireKey)
    .post(
      '/assets/text',
      async ({ caller: { accountId }, body, request, status }) => {
        const { projectId = null, format = 'markdown', ...words } = body;
        const asset = await createText(assets.parts, { accountId, projectId, format, ...words });
        return status(201, createView(given, request)(asset));
      },
      {
        requireKey: 'write',
        body: NewTextBody,
        response: { 201: AssetView },
        detail: { summary: 'Write a text into a project' },
      },
    )
    .get(
      '/assets/text/document',
      ({ caller, query }) => viewText(readText(assets.parts, caller.accountId, query)),
      {
        requireKey: 'read',
        query: TextQuery,
        response: { 200: TextDocumentView },
        detail: { summary: 'Read a text, or an older version of it' },
      },
    )
    .patch(
      '/assets/text/document',
      async ({ caller, body }) => viewText(await changeText(assets.parts, caller.accountId, body)),
      {
        requireKey: 'write',
        body: ChangeTextBody,
        response: { 200: TextDocumentView },
        detail: {
          summary: 'Change a text; 409 `stale_version` with the present one where somebody did meanwhile',
        },
      },
    );
}
