import type { Clock } from '../../clock.ts';
import type { OpenDatabase } from '../../db/open.ts';
import type { Writer } from '../../db/writer.ts';
import { ApplianceError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { createEmbedAssets } from './embed-assets.ts';
import { createEmbedQuery } from './embed-query.ts';
import type { Embedder } from './embedder.ts';
import { createKeptRankings } from './kept-rankings.ts';
import { rankAssets } from './rank-assets.ts';
import { createGate } from '../../storage/gate.ts';
import { createSearchStore, type SearchFilter } from './store.ts';

/** What a search went by. */
export type SearchKind = 'words' | 'words+meaning';

/** 503: a page of a ranking by meaning is wanted that can't be made anew now. */
export class MeaningUnavailable extends ApplianceError {
  constructor() {
    const message = 'This list was by meaning too, and the model for that does not answer: search anew.';
    super({ code: 'search_unavailable', status: 503, message, retryAfterSeconds: 5 });
  }
}

/** A part of a ranking. */
interface RankingPage {
  sequences: readonly number[];
  /** Null at the end. */
  nextCursor: string | null;
}

interface RankingRequest {
  accountId: string;
  filter: SearchFilter;
  /** As it was typed, and as the search index takes it. */
  typed: string;
  match: string;
  limit: number;
  /** Absent: from the beginning. */
  cursor?: string;
}

/** Search by words and meaning together, where the model for that is installed. */
export interface Search {
  kind(): SearchKind;
  /**
   * Assets of `filter`, which is the caller's own, the best first.
   * @returns null where it must go by words alone: the model is not installed, or does not answer in time
   * @throws MeaningUnavailable
   */
  page(request: RankingRequest): Promise<RankingPage | null>;
  /** Begins to embed what has no vector. */
  start(): void;
  stop(): Promise<void>;
}

/** Of a list by meaning: the kept ranking's name, and how much of it was given. */
const cursorForm = /^r([0-9a-f]{24})\.([0-9]{1,4})$/;
/** A search that waits longer than this for a model that starts is better answered by words. */
const waitSeconds = 2;
/** The next page of a list has nothing else to be answered with. */
const waitForPageSeconds = 15;
const rankingsKeptMax = 200;
/** One ranking at a time: each looks at every vector of an account. A search that finds so many before it goes by words. */
const rankingsWaitingMax = 8;

/** Whether a cursor is of a list by meaning. */
export function isRankingCursor(cursor: string): boolean {
  return cursorForm.test(cursor);
}

export function createSearch(options: {
  database: OpenDatabase;
  writer: Writer;
  clock: Clock;
  log: Log;
  embedder: Embedder;
}): Search {
  const { embedder } = options;
  const store = createSearchStore(options.database);
  const background = createEmbedAssets({ ...options, store });
  const queries = createEmbedQuery(options);
  const rankings = createKeptRankings(rankingsKeptMax);
  const gate = createGate(1);
  let waiting = 0;

  const rank = async ({ filter, match, typed }: RankingRequest, seconds: number) => {
    const query = await queries.embed(typed, seconds);
    if (query === null || waiting >= rankingsWaitingMax) return null;
    waiting++;
    return gate.pass(() => rankAssets(store, { filter, match, query })).finally(() => waiting--);
  };
  return {
    kind: () => (embedder.model() === null ? 'words' : 'words+meaning'),
    async page(request) {
      const { accountId, filter, typed, limit, cursor } = request;
      const what = JSON.stringify([accountId, filter, typed]);
      const [, name = '', given = '0'] = cursorForm.exec(cursor ?? '') ?? [];
      const isFirst = cursor === undefined;
      const kept = rankings.find(name, what);
      const ranking = kept ?? (await rank(request, isFirst ? waitSeconds : waitForPageSeconds));
      if (ranking === null && !isFirst) throw new MeaningUnavailable();
      if (ranking === null) return null;
      const end = Number(given) + limit;
      const isLast = end >= ranking.length;
      return {
        sequences: ranking.slice(Number(given), end),
        nextCursor: isLast ? null : `r${kept ? name : rankings.keep(what, ranking)}.${end}`,
      };
    },
    start: () => background.start(),
    async stop() {
      queries.stop();
      await background.stop();
    },
  };
}
