import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { OpenDatabase } from '../../db/open.ts';
import { type AssetKind, studioAssets, studioTexts } from '../assets/tables.ts';
import { type AssetWords, textCharactersMax } from './embedded-text.ts';
import { studioEmbeddings } from './tables.ts';

/** Where is searched. */
export interface SearchFilter {
  projectId: string;
  kind?: AssetKind;
  archived: boolean;
}

/** An asset whose vector is wanted. */
export interface WantedEmbedding extends AssetWords {
  sequence: number;
  /** That failed. */
  attempts: number;
}

/** Queries on what assets mean, and on the search index. Writing ones are called inside `Writer.write`. */
export type SearchStore = ReturnType<typeof createSearchStore>;

/** Which assets are searched, as a condition. */
export function isSearched({ projectId, kind, archived }: SearchFilter): SQL | undefined {
  return and(
    eq(studioAssets.projectId, projectId),
    kind === undefined ? undefined : eq(studioAssets.kind, kind),
    archived ? isNotNull(studioAssets.archivedAt) : isNull(studioAssets.archivedAt),
  );
}

export function createSearchStore({ db }: Pick<OpenDatabase, 'db'>) {
  return { ...wantedQueries(db), ...rankingQueries(db) };
}

const { sequence, model, vector, attempts } = studioEmbeddings;

function wantedQueries(db: BetterSQLite3Database) {
  const text = sql<string>`coalesce((SELECT substr(${studioTexts.text}, 1, ${textCharactersMax}) FROM ${studioTexts}
    WHERE ${studioTexts.assetId} = ${studioAssets.id} ORDER BY ${studioTexts.version} DESC LIMIT 1), '')`;
  const wanted = (isWanted: SQL | undefined): WantedEmbedding[] => {
    const { kind, title, tags, note, prompt } = studioAssets;
    return db
      .select({ ...{ sequence, attempts, kind, title, tags, note, prompt }, text })
      .from(studioAssets)
      .innerJoin(studioEmbeddings, eq(sequence, studioAssets.sequence))
      .where(isWanted)
      .all();
  };
  /** Those of no model first, the newest first, then those of another; what failed waits until all others are made. */
  const nextWanted = (now: string, limit: number): number[] => {
    const first = (isNext: SQL | undefined) =>
      db
        .select({ sequence })
        .from(studioEmbeddings)
        .where(isNext)
        .orderBy(asc(attempts), desc(sequence))
        .limit(limit)
        .all()
        .map((row) => row.sequence);
    const unmade = isNull(model);
    const ofAnother = or(lt(model, now), gt(model, now));
    for (const part of [and(unmade, eq(attempts, 0)), and(ofAnother, eq(attempts, 0)), unmade, ofAnother]) {
      const found = first(part);
      if (found.length > 0) return found;
    }
    return [];
  };
  return {
    /** The next assets without a vector of the model `now`. */
    wanted(now: string, limit: number): WantedEmbedding[] {
      const next = nextWanted(now, limit);
      return next.length === 0 ? [] : wanted(inArray(sequence, next));
    },
    /** One of them, as it is now; undefined where it has been deleted. */
    wantedOf: (one: number): WantedEmbedding | undefined => wanted(eq(sequence, one))[0],
    save(row: {
      sequence: number;
      model: string;
      textSha256: string;
      vector: Buffer;
      createdAt: number;
    }): void {
      const { sequence: one, ...made } = row;
      db.update(studioEmbeddings)
        .set({ ...made, attempts: 0 })
        .where(eq(sequence, one))
        .run();
    },
    countFailure(sequences: readonly number[]): void {
      db.update(studioEmbeddings)
        .set({ attempts: sql`${attempts} + 1` })
        .where(inArray(sequence, [...sequences]))
        .run();
    },
  };
}

function rankingQueries(db: BetterSQLite3Database) {
  return {
    /** Some of the vectors of a model, by the assets' order. */
    vectors(filter: SearchFilter, of: { model: string; after: number; limit: number }) {
      return db
        .select({ sequence, vector })
        .from(studioAssets)
        .innerJoin(studioEmbeddings, eq(sequence, studioAssets.sequence))
        .where(and(isSearched(filter), gt(studioAssets.sequence, of.after), eq(model, of.model)))
        .orderBy(asc(studioAssets.sequence))
        .limit(of.limit)
        .all();
    },
    /** The assets that an expression of the search index matches, the best first. */
    matches: (filter: SearchFilter, match: string, limit: number): number[] =>
      db
        .select({ sequence: studioAssets.sequence })
        .from(studioAssets)
        .innerJoin(sql`studio_search`, sql`studio_search.rowid = ${studioAssets.sequence}`)
        .where(and(isSearched(filter), sql`studio_search MATCH ${match}`))
        .orderBy(sql`studio_search.rank`, desc(studioAssets.sequence))
        .limit(limit)
        .all()
        .map((row) => row.sequence),
  };
}
