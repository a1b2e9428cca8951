-- What chargers that tell more tell of every moment.
ALTER TABLE reading ADD COLUMN current_l2_a REAL;
ALTER TABLE reading ADD COLUMN current_l3_a REAL;
ALTER TABLE reading ADD COLUMN current_offered_a REAL;
ALTER TABLE reading ADD COLUMN voltage_l1_v REAL;
ALTER TABLE reading ADD COLUMN voltage_l2_v REAL;
ALTER TABLE reading ADD COLUMN voltage_l3_v REAL;
ALTER TABLE reading ADD COLUMN register_wh REAL;

-- How far one station (a charger towards one central system) is with telling one charging session.
CREATE TABLE station_transaction (
  station TEXT NOT NULL,
  charger_no INTEGER NOT NULL REFERENCES charger,
  session_id TEXT NOT NULL,
  started_us INTEGER NOT NULL,
  phase TEXT NOT NULL,
  transaction_id TEXT,
  body TEXT NOT NULL,
  PRIMARY KEY (station, session_id, started_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX station_transaction_open ON station_transaction (station, started_us) WHERE phase <> 'told';
CREATE INDEX station_transaction_number ON station_transaction (station, transaction_id) WHERE transaction_id IS NOT NULL;
