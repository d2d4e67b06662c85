-- What assets mean, as vectors of a small model. A row without one is the queue: found by the index, where the absence
-- of a row would have to be looked for among all assets. One of another model than today's waits as well.
CREATE TABLE studio_embeddings (
  sequence INTEGER PRIMARY KEY REFERENCES studio_assets (sequence) ON DELETE CASCADE,
  -- Its name and revision.
  model TEXT,
  -- Of the text that was embedded.
  text_sha256 TEXT,
  -- Its direction, in whole numbers of -127 to 127.
  vector BLOB,
  -- That failed, since the asset was changed.
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER,
  CHECK ((model IS NULL) = (vector IS NULL)),
  CHECK ((model IS NULL) = (text_sha256 IS NULL)),
  CHECK ((model IS NULL) = (created_at IS NULL))
) STRICT;
CREATE INDEX studio_embeddings_wanted ON studio_embeddings (model, attempts, sequence);

INSERT INTO studio_embeddings (sequence) SELECT sequence FROM studio_assets;

-- As the search index is: an asset and what is known of it change together.
CREATE TRIGGER studio_embeddings_added AFTER INSERT ON studio_assets
BEGIN INSERT INTO studio_embeddings (sequence) VALUES (NEW.sequence); END;

CREATE TRIGGER studio_embeddings_changed AFTER UPDATE OF title, tags, note, prompt ON studio_assets
BEGIN
  UPDATE studio_embeddings SET model = NULL, text_sha256 = NULL, vector = NULL, created_at = NULL, attempts = 0
  WHERE sequence = NEW.sequence;
END;

CREATE TRIGGER studio_embeddings_written AFTER INSERT ON studio_texts
BEGIN
  UPDATE studio_embeddings SET model = NULL, text_sha256 = NULL, vector = NULL, created_at = NULL, attempts = 0
  WHERE sequence = (SELECT sequence FROM studio_assets WHERE id = NEW.asset_id);
END;
