import { type TSchema, t } from 'elysia';
import { text } from '../../tasks/text-field.ts';
import { titleCharactersMax } from './name-file.ts';
import type { ShownAsset } from './tables.ts';
import type { TextDocument, TextFormat } from './text-assets.ts';

const strict = { additionalProperties: false };
const nullable = <T extends TSchema>(schema: T) => t.Union([schema, t.Null()]);
const timeExample = { format: 'date-time', examples: ['2026-05-01T12:00:00.000Z'] };
const time = t.String(timeExample);
const assetId = t.String({ maxLength: 64, examples: ['ast_3f9c0a1b2d4e5f607182'] });
const projectId = t.String({ maxLength: 64, examples: ['prj_3f9c0a1b2d4e5f607182'] });
const jobId = t.String({ maxLength: 64, examples: ['job_3f9c0a1b2d4e5f607182'] });
const filename = t.String({ minLength: 1, maxLength: 255, examples: ['fox-astronaut.png'] });
const kind = t.Union(
  [
    ...([t.Literal('image'), t.Literal('video'), t.Literal('audio')] as const),
    ...([t.Literal('mesh'), t.Literal('text'), t.Literal('other')] as const),
  ],
  { examples: ['image'] },
);
const version = t.Integer({ minimum: 1, examples: [3] });
const format = t.Union([t.Literal('markdown'), t.Literal('plain')], { examples: ['markdown'] });
/** No control characters, and not blank. */
const oneLine = '^[^\\x00-\\x1f\\x7f]*[^\\x00-\\x20\\x7f][^\\x00-\\x1f\\x7f]*$';
const title = t.String({
  minLength: 1,
  maxLength: titleCharactersMax,
  pattern: oneLine,
  examples: ['The fox'],
});
const words = {
  ...text({ charactersMin: 0, charactersMax: 200_000, description: 'The whole text, as Markdown or plain.' }),
  examples: ['# Act one\n\nA fox looks up.'],
};

export const UploadQuery = t.Object(
  { projectId: t.Optional(projectId), filename: t.Optional(filename), title: t.Optional(title) },
  strict,
);
export const OneAssetQuery = t.Object({ assetId }, strict);
export const ChangeAssetBody = t.Object(
  {
    assetId,
    title: t.Optional(title),
    tags: t.Optional(
      t.Array(t.String({ minLength: 1, maxLength: 60, pattern: oneLine }), {
        ...{ maxItems: 50, examples: [['fox', 'space']] },
      }),
    ),
    note: t.Optional(t.String({ maxLength: 5000, examples: ['For the opening shot.'] })),
    archived: t.Optional(t.Boolean({ examples: [true] })),
  },
  strict,
);
export const KeepBody = t.Object(
  {
    jobId,
    projectId: t.Optional(projectId),
    filenames: t.Optional(
      t.Array(filename, {
        minItems: 1,
        maxItems: 64,
        description: 'Which of its outputs; all where absent.',
      }),
    ),
    title: t.Optional(title),
  },
  strict,
);
export const NewTextBody = t.Object(
  { projectId: t.Optional(projectId), title, text: words, format: t.Optional(format) },
  strict,
);
export const TextQuery = t.Object(
  {
    assetId,
    version: t.Optional(
      t.Integer({ minimum: 1, description: 'An older one; the last 50 are kept.', examples: [2] }),
    ),
  },
  strict,
);
export const ChangeTextBody = t.Object(
  {
    assetId,
    version: t.Integer({ minimum: 1, description: 'The one that the change was made to.', examples: [3] }),
    text: words,
  },
  strict,
);
export const ListQuery = t.Object(
  {
    projectId: t.Optional(projectId),
    kind: t.Optional(kind),
    q: t.Optional(
      t.String({
        maxLength: 500,
        description:
          'Words, or beginnings of words, of titles, file names, tags, notes, texts and prompts; all must be there. Where a model for it is installed, also what means the same: see `search` in the answer.',
        examples: ['fox astro'],
      }),
    ),
    archived: t.Optional(
      t.Boolean({ default: false, description: 'Only archived ones, instead of all others.' }),
    ),
    limit: t.Optional(t.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: t.Optional(
      t.String({
        pattern: '^([0-9]{1,15}|r[0-9a-f]{24}\\.[0-9]{1,4})$',
        description: 'The `nextCursor` of the page before.',
        examples: ['41'],
      }),
    ),
  },
  strict,
);

const url = (description: string, example: string) =>
  nullable(
    t.String({
      description,
      examples: [`http://127.0.0.1:8787/files/ast_3f9c0a1b2d4e5f607182/${example}?exp=1777723200&sig=c2ln`],
    }),
  );

export const AssetView = t.Object({
  assetId,
  projectId,
  kind,
  title,
  filename,
  mimeType: t.String({ examples: ['image/png'] }),
  bytes: t.Integer({ examples: [183_402] }),
  sha256: t.String({ examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'] }),
  width: nullable(t.Integer({ description: 'Pixels.', examples: [1024] })),
  height: nullable(t.Integer({ examples: [1024] })),
  durationSeconds: nullable(t.Number({ examples: [12.5] })),
  frames: nullable(t.Integer({ examples: [300] })),
  tags: t.Array(t.String(), { examples: [['fox', 'space']] }),
  note: t.String({ examples: ['For the opening shot.'] }),
  origin: t.Object({
    type: t.Union([t.Literal('upload'), t.Literal('job'), t.Literal('text')], { examples: ['job'] }),
    jobId: nullable(jobId),
    prompt: nullable(
      t.String({ description: 'The words that the job was given.', examples: ['a fox in space'] }),
    ),
  }),
  url: url('Downloads the file; null for a text, which `assets/text/document` reads.', 'fox-astronaut.png'),
  thumbnailUrl: url(
    'WebP of at most 512 pixels a side: of a picture, or a frame of a film. Null while it is made, and where there is none.',
    'preview.webp',
  ),
  waveformUrl: url(
    'JSON of a sound: `{durationSeconds, peaks: [[lowest, highest], …]}`, 200 pairs from -1 to 1. Null while it is made.',
    'preview.json',
  ),
  createdAt: time,
  updatedAt: time,
  archivedAt: nullable(time),
});
export const AssetsView = t.Object({ assets: t.Array(AssetView) });
export const AssetPageView = t.Object({
  assets: t.Array(AssetView, {
    description: 'Newest first; of a search by `words+meaning` the best first, 1,000 at most.',
  }),
  search: nullable(
    t.Union([t.Literal('words'), t.Literal('words+meaning')], {
      description:
        'What `q` was searched by: `words` where no model for meaning is installed, or where it did not answer in time. Null without `q`.',
      examples: ['words'],
    }),
  ),
  nextCursor: nullable(t.String({ description: 'Gets the next page; null on the last.', examples: ['41'] })),
  storage: t.Object({
    usedBytes: t.Integer({
      description: 'Of all your files, each counted once, and texts.',
      examples: [8_129_331],
    }),
    quotaBytes: t.Integer({ examples: [21_474_836_480] }),
  }),
});
export const DeletedView = t.Object({ assetId, deleted: t.Literal(true, { examples: [true] }) });
export const TextDocumentView = t.Object({
  assetId,
  projectId,
  title,
  format,
  text: t.String({ examples: ['# Act one\n\nA fox looks up.'] }),
  version,
  latestVersion: version,
  createdAt: t.String({ ...timeExample, description: 'Of this version.' }),
  versions: t.Array(t.Object({ version, createdAt: time }), {
    description: 'Those that are kept, latest first.',
  }),
});

const iso = (at: number) => new Date(at).toISOString();

/** @param urls signed, without an origin */
export function viewAsset(
  asset: ShownAsset,
  urls: { file: string | null; preview: string | null },
  origin: string,
): typeof AssetView.static {
  const { id, projectId: project, kind: what, title: about, filename: name, mimeType, bytes, sha256 } = asset;
  const { width, height, durationSeconds, frames, tags, note, origin: type } = asset;
  const whole = (path: string | null) => path && `${origin}${path}`;
  const preview = whole(urls.preview);
  return {
    ...{ assetId: id, projectId: project, kind: what, title: about, filename: name, mimeType, bytes, sha256 },
    ...{ width, height, durationSeconds, frames, tags, note },
    origin: { type, jobId: asset.jobId, prompt: asset.prompt || null },
    url: whole(urls.file),
    thumbnailUrl: what === 'audio' ? null : preview,
    waveformUrl: what === 'audio' ? preview : null,
    ...{ createdAt: iso(asset.createdAt), updatedAt: iso(asset.updatedAt) },
    archivedAt: asset.archivedAt === null ? null : iso(asset.archivedAt),
  };
}

export function viewText({ asset, content, versions }: TextDocument): typeof TextDocumentView.static {
  const style: TextFormat = asset.mimeType === 'text/markdown' ? 'markdown' : 'plain';
  return {
    ...{ assetId: asset.id, projectId: asset.projectId, title: asset.title, format: style },
    ...{ text: content.text, version: content.version, createdAt: iso(content.createdAt) },
    latestVersion: versions[0]?.version ?? content.version,
    versions: versions.map((kept) => ({ version: kept.version, createdAt: iso(kept.createdAt) })),
  };
}
