import { integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** A file on disk: equal bytes of one account are one file. */
export const studioFiles = sqliteTable('studio_files', {
  accountId: text('account_id').notNull(),
  sha256: text('sha256').notNull(),
  bytes: integer('bytes').notNull(),
  /** `none` where there is none to be made, or where making it failed. */
  preview: text('preview', { enum: ['none', 'wanted', 'made'] }).notNull(),
  previewAttempts: integer('preview_attempts').notNull(),
  createdAt: integer('created_at').notNull(),
});

const assetKinds = ['image', 'video', 'audio', 'mesh', 'text', 'other'] as const;
export type AssetKind = (typeof assetKinds)[number];

export const studioAssets = sqliteTable('studio_assets', {
  /** In the order they came; the cursor of lists, and the row of the search index. */
  sequence: integer('sequence').primaryKey({ autoIncrement: true }),
  id: text('id').notNull(),
  accountId: text('account_id').notNull(),
  projectId: text('project_id').notNull(),
  /** By its bytes. */
  kind: text('kind', { enum: assetKinds }).notNull(),
  title: text('title').notNull(),
  /** Safe on every file system and in every URL. */
  filename: text('filename').notNull(),
  mimeType: text('mime_type').notNull(),
  bytes: integer('bytes').notNull(),
  sha256: text('sha256').notNull(),
  /** The file of the account's that it is; null for a text. */
  fileSha256: text('file_sha256'),
  width: integer('width'),
  height: integer('height'),
  durationSeconds: real('duration_seconds'),
  frames: integer('frames'),
  tags: text('tags', { mode: 'json' }).$type<string[]>().notNull(),
  note: text('note').notNull(),
  origin: text('origin', { enum: ['upload', 'job', 'text'] }).notNull(),
  /** The job that it was an output of. */
  jobId: text('job_id'),
  /** The words that job was given. */
  prompt: text('prompt').notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  archivedAt: integer('archived_at'),
});

/** The versions of texts, the latest of which is the text. */
export const studioTexts = sqliteTable('studio_texts', {
  assetId: text('asset_id').notNull(),
  version: integer('version').notNull(),
  accountId: text('account_id').notNull(),
  text: text('text').notNull(),
  bytes: integer('bytes').notNull(),
  createdAt: integer('created_at').notNull(),
});

export type StoredFile = typeof studioFiles.$inferSelect;
export type Asset = typeof studioAssets.$inferSelect;
export type NewAsset = Omit<Asset, 'sequence'>;
export type TextVersion = typeof studioTexts.$inferSelect;

/** An asset, and whether a preview of its file is there. */
export interface ShownAsset extends Asset {
  hasPreview: boolean;
}
