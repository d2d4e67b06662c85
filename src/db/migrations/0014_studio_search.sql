-- What assets are found by. Triggers keep it, so that it changes with them or not at all; the words themselves are
-- kept in their own tables only.
CREATE VIRTUAL TABLE studio_search USING fts5 (
  title, filename, tags, note, prompt, text,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER studio_search_added AFTER INSERT ON studio_assets
BEGIN
  INSERT INTO studio_search (rowid, title, filename, tags, note, prompt, text)
  VALUES (NEW.sequence, NEW.title, NEW.filename, NEW.tags, NEW.note, NEW.prompt, '');
END;

CREATE TRIGGER studio_search_changed AFTER UPDATE OF title, filename, tags, note, prompt ON studio_assets
BEGIN
  DELETE FROM studio_search WHERE rowid = NEW.sequence;
  INSERT INTO studio_search (rowid, title, filename, tags, note, prompt, text)
  VALUES (
    NEW.sequence, NEW.title, NEW.filename, NEW.tags, NEW.note, NEW.prompt,
    COALESCE((SELECT text FROM studio_texts WHERE asset_id = NEW.id ORDER BY version DESC LIMIT 1), '')
  );
END;

CREATE TRIGGER studio_search_written AFTER INSERT ON studio_texts
BEGIN
  DELETE FROM studio_search WHERE rowid = (SELECT sequence FROM studio_assets WHERE id = NEW.asset_id);
  INSERT INTO studio_search (rowid, title, filename, tags, note, prompt, text)
  SELECT sequence, title, filename, tags, note, prompt, NEW.text FROM studio_assets WHERE id = NEW.asset_id;
END;

CREATE TRIGGER studio_search_deleted AFTER DELETE ON studio_assets
BEGIN DELETE FROM studio_search WHERE rowid = OLD.sequence; END;
