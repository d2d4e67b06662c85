-- How often the appliance died while the job ran. Such a run is no attempt: what died may not have been its doing.
ALTER TABLE jobs ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0 CHECK (interruptions >= 0);
