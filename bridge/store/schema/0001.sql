-- Times: `_us` microseconds, `_s` seconds since 1970, UTC; `day` days since 1970, UTC.

CREATE TABLE charger (
  charger_no INTEGER PRIMARY KEY,
  charger TEXT NOT NULL UNIQUE,
  identity TEXT
) STRICT;

CREATE TABLE series (
  series_no INTEGER PRIMARY KEY,
  charger_no INTEGER NOT NULL REFERENCES charger,
  measure TEXT NOT NULL,
  UNIQUE (charger_no, measure)
) STRICT;

-- One measure, one day, 288 intervals packed (bridge/store/blocks.py). The three counts make completeness
-- a matter of reading no block at all. Day first: what is written together lies together.
CREATE TABLE interval_day (
  day INTEGER NOT NULL,
  series_no INTEGER NOT NULL REFERENCES series,
  polled INTEGER NOT NULL,
  filled INTEGER NOT NULL,
  absent INTEGER NOT NULL,
  block BLOB NOT NULL,
  PRIMARY KEY (day, series_no)
) STRICT, WITHOUT ROWID;

-- Days whose block could not be read: kept as they were, and fetched anew.
CREATE TABLE damaged_day (
  day INTEGER NOT NULL,
  series_no INTEGER NOT NULL,
  block BLOB NOT NULL
) STRICT;

CREATE TABLE reading (
  at_us INTEGER NOT NULL,
  charger_no INTEGER NOT NULL REFERENCES charger,
  connector_id INTEGER NOT NULL,
  status TEXT,
  power_w REAL,
  current_a REAL,
  session_energy_wh REAL,
  PRIMARY KEY (at_us, charger_no, connector_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  charger_no INTEGER NOT NULL REFERENCES charger,
  session_id TEXT NOT NULL,
  started_us INTEGER NOT NULL,
  ended_us INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (charger_no, session_id, started_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_start ON session (started_us, charger_no);
CREATE INDEX session_open ON session (charger_no, started_us) WHERE ended_us IS NULL;

CREATE TABLE journal (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at_us INTEGER NOT NULL,
  kind TEXT NOT NULL,
  charger_no INTEGER REFERENCES charger,
  body TEXT NOT NULL
) STRICT;
-- Only what the journal alone tells is looked up by its kind; pointers, which come every five minutes, cost no index.
CREATE INDEX journal_facts ON journal (kind, charger_no, seq) WHERE kind NOT IN ('intervals', 'readings', 'session');

CREATE TABLE cursor (
  name TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  settled_seq INTEGER NOT NULL,
  moved_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE set_aside (
  sink TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  reason TEXT NOT NULL,
  payload TEXT NOT NULL,
  UNIQUE (sink, payload)
) STRICT;

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
