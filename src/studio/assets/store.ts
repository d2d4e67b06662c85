import { and, asc, desc, eq, getTableColumns, inArray, lt, lte, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { OpenDatabase } from '../../db/open.ts';
import { isSearched, type SearchFilter } from '../search/store.ts';
import {
  type Asset,
  type NewAsset,
  type ShownAsset,
  type StoredFile,
  studioAssets,
  studioFiles,
  studioTexts,
  type TextVersion,
} from './tables.ts';

/** Names a file on disk. */
export type FileName = Pick<StoredFile, 'accountId' | 'sha256'>;

/** What a list of assets is narrowed by. */
export interface AssetFilter extends SearchFilter {
  /** As the search index takes it, see `searchExpression`. */
  match?: string;
  /** Only those that came before the one with this sequence. */
  beforeSequence?: number;
}

/** Queries on assets, their files and their texts. Writing ones are called inside `Writer.write`. */
export type AssetStore = ReturnType<typeof createAssetStore>;

export function createAssetStore({ db }: Pick<OpenDatabase, 'db'>) {
  return { ...assetWrites(db), ...assetReads(db), ...fileQueries(db), ...textQueries(db) };
}

function assetWrites(db: BetterSQLite3Database) {
  return {
    insertAsset: (asset: NewAsset): Asset => db.insert(studioAssets).values(asset).returning().get(),
    updateAsset: (id: string, changes: Partial<NewAsset>) =>
      db.update(studioAssets).set(changes).where(eq(studioAssets.id, id)).run(),
    /** With all versions of its text. */
    deleteAsset(id: string): void {
      db.delete(studioTexts).where(eq(studioTexts.assetId, id)).run();
      db.delete(studioAssets).where(eq(studioAssets.id, id)).run();
    },
  };
}

function assetReads(db: BetterSQLite3Database) {
  const hasPreview = sql<number>`coalesce(${studioFiles.preview} = 'made', 0)`.mapWith(Boolean);
  const shown = () =>
    db
      .select({ ...getTableColumns(studioAssets), hasPreview })
      .from(studioAssets)
      .leftJoin(
        studioFiles,
        and(
          eq(studioFiles.accountId, studioAssets.accountId),
          eq(studioFiles.sha256, studioAssets.fileSha256),
        ),
      );
  return {
    asset: (id: string): ShownAsset | undefined => shown().where(eq(studioAssets.id, id)).get(),
    output: (output: { jobId: string; projectId: string; filename: string }): ShownAsset | undefined =>
      shown()
        .where(
          and(
            eq(studioAssets.jobId, output.jobId),
            eq(studioAssets.projectId, output.projectId),
            eq(studioAssets.filename, output.filename),
          ),
        )
        .get(),
    /** Newest first. */
    list: ({ match, beforeSequence, ...filter }: AssetFilter, limit: number): ShownAsset[] =>
      shown()
        .where(
          and(
            isSearched(filter),
            beforeSequence === undefined ? undefined : lt(studioAssets.sequence, beforeSequence),
            match === undefined
              ? undefined
              : sql`${studioAssets.sequence} IN (SELECT rowid FROM studio_search WHERE studio_search MATCH ${match})`,
          ),
        )
        .orderBy(desc(studioAssets.sequence))
        .limit(limit)
        .all(),
    /** Those of `sequences` that `filter` lets through and that are still there, in their order. */
    listed(filter: SearchFilter, sequences: readonly number[]): ShownAsset[] {
      const places = new Map(sequences.map((sequence, place) => [sequence, place]));
      const place = ({ sequence }: ShownAsset) => places.get(sequence) ?? 0;
      return shown()
        .where(and(isSearched(filter), inArray(studioAssets.sequence, [...sequences])))
        .all()
        .sort((one, other) => place(one) - place(other));
    },
  };
}

function fileQueries(db: BetterSQLite3Database) {
  const isFile = ({ accountId, sha256 }: FileName) =>
    and(eq(studioFiles.accountId, accountId), eq(studioFiles.sha256, sha256));
  const ofFile = ({ accountId, sha256 }: FileName) =>
    and(eq(studioAssets.accountId, accountId), eq(studioAssets.fileSha256, sha256));
  return {
    file: (name: FileName): StoredFile | undefined => db.select().from(studioFiles).where(isFile(name)).get(),
    /** The SHA-256 of each file of an account. */
    filesOf: (accountId: string): Set<string> => {
      const files = db.select({ sha256: studioFiles.sha256 }).from(studioFiles);
      return new Set(
        files
          .where(eq(studioFiles.accountId, accountId))
          .all()
          .map(({ sha256 }) => sha256),
      );
    },
    insertFile: (file: StoredFile) => db.insert(studioFiles).values(file).run(),
    updateFile: (name: FileName, changes: Partial<StoredFile>) =>
      db.update(studioFiles).set(changes).where(isFile(name)).run(),
    deleteFile: (name: FileName) => db.delete(studioFiles).where(isFile(name)).run(),
    /** One of the assets that a file is. */
    assetOf: (name: FileName): Asset | undefined => db.select().from(studioAssets).where(ofFile(name)).get(),
    /** The file whose preview has waited longest. */
    previewWanted: (): StoredFile | undefined =>
      db
        .select()
        .from(studioFiles)
        .where(eq(studioFiles.preview, 'wanted'))
        .orderBy(asc(studioFiles.previewAttempts), asc(studioFiles.createdAt))
        .limit(1)
        .get(),
    /** Of an account's files, each once, and of all its texts' versions. */
    usedBytes(accountId: string): number {
      const files = db
        .select({ bytes: sql<number>`coalesce(sum(${studioFiles.bytes}), 0)` })
        .from(studioFiles)
        .where(eq(studioFiles.accountId, accountId))
        .get();
      const texts = db
        .select({ bytes: sql<number>`coalesce(sum(${studioTexts.bytes}), 0)` })
        .from(studioTexts)
        .where(eq(studioTexts.accountId, accountId))
        .get();
      return (files?.bytes ?? 0) + (texts?.bytes ?? 0);
    },
  };
}

function textQueries(db: BetterSQLite3Database) {
  return {
    insertText: (version: TextVersion) => db.insert(studioTexts).values(version).run(),
    /** The latest, or the one that is named. */
    text: (assetId: string, version?: number): TextVersion | undefined =>
      db
        .select()
        .from(studioTexts)
        .where(
          and(
            eq(studioTexts.assetId, assetId),
            version === undefined ? undefined : eq(studioTexts.version, version),
          ),
        )
        .orderBy(desc(studioTexts.version))
        .limit(1)
        .get(),
    /** Latest first, without their texts. */
    textVersions: (assetId: string): Pick<TextVersion, 'version' | 'createdAt'>[] =>
      db
        .select({ version: studioTexts.version, createdAt: studioTexts.createdAt })
        .from(studioTexts)
        .where(eq(studioTexts.assetId, assetId))
        .orderBy(desc(studioTexts.version))
        .all(),
    forgetTexts: (assetId: string, upToVersion: number) =>
      db
        .delete(studioTexts)
        .where(and(eq(studioTexts.assetId, assetId), lte(studioTexts.version, upToVersion)))
        .run(),
  };
}
