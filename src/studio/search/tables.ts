import { blob, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** What assets mean; a row for each, which triggers keep. */
export const studioEmbeddings = sqliteTable('studio_embeddings', {
  /** The asset's. */
  sequence: integer('sequence').primaryKey(),
  /** Its name and revision; null while the vector is wanted. */
  model: text('model'),
  /** Of the text that was embedded. */
  textSha256: text('text_sha256'),
  vector: blob('vector', { mode: 'buffer' }),
  attempts: integer('attempts').notNull(),
  createdAt: integer('created_at'),
});
