PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE journal_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO journal_meta VALUES('collector','a00087fbf7479cb8');
INSERT INTO journal_meta VALUES('generation','6dfe747d23673f27');
CREATE TABLE stream (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agent TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    ranges TEXT NOT NULL DEFAULT '[]',
    batches INTEGER NOT NULL DEFAULT 0,
    readings INTEGER NOT NULL DEFAULT 0,
    stored INTEGER NOT NULL DEFAULT 0,
    duplicate INTEGER NOT NULL DEFAULT 0,
    conflict INTEGER NOT NULL DEFAULT 0,
    quarantined INTEGER NOT NULL DEFAULT 0,
    resent INTEGER NOT NULL DEFAULT 0,
    totals TEXT,
    UNIQUE (agent, epoch)
  );
INSERT INTO stream VALUES(1,'a','0123456789abcdef',1767225600000000,'[]',3,8,3,1,1,1,0,'{"seq":6,"read":15,"derived":0,"filtered":0,"inWindow":0,"summarised":0,"open":0,"sealed":15,"dropped":0}');
CREATE TABLE ledger (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL REFERENCES stream (id),
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT,
    count INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    reason TEXT,
    refused TEXT,
    loaded INTEGER NOT NULL,
    body BLOB,
    UNIQUE (stream, seq)
  );
INSERT INTO ledger VALUES(1,1,1,'catalog','82edfecbca7162dc',0,1767225600000000,NULL,NULL,1,NULL);
INSERT INTO ledger VALUES(2,1,2,'data','dfc158dd040fcf9b',4,1767225600000000,NULL,'[2]',1,NULL);
INSERT INTO ledger VALUES(3,1,4,'data','433b70774b8510f5',2,1767225600000000,NULL,NULL,1,NULL);
INSERT INTO ledger VALUES(4,1,5,'gap','d16564281bce6e92',0,1767225600000000,NULL,NULL,1,NULL);
INSERT INTO ledger VALUES(5,1,3,'declared',NULL,7,1767225600000000,'dropped_oldest',NULL,1,NULL);
INSERT INTO ledger VALUES(6,1,6,'data','63ff4a0713af3e07',2,1767225600000000,NULL,NULL,0,X'a10123456789abcdef0610dab89a1b63ff4a0713af3e0792c4010fc41302000200110e00c0fac78e0d02211109052e02');
CREATE TABLE agent (
    name TEXT PRIMARY KEY,
    first_at INTEGER NOT NULL,
    hello_at INTEGER,
    software TEXT,
    clock TEXT,
    pending INTEGER,
    epochs TEXT NOT NULL,
    newest_stream INTEGER NOT NULL
  , holder TEXT, refused_at INTEGER, labels TEXT) WITHOUT ROWID;
INSERT INTO agent VALUES('a',1767225600000000,1767225600000000,'test','{"wall":0,"trusted":true,"source":"test"}',0,'[["0123456789abcdef",1,6]]',1,'{"token":"00000000000200112233445566778899","before":"000000000001ffeeddccbbaa99887766","fingerprint":"8d7f0c4b1a2e3f50","isReplaceable":false,"epochs":[{"epoch":"0123456789abcdef","from":1,"to":6}]}',1767229500000000,'{"site":"kiel"}');
CREATE TABLE catalog (agent TEXT NOT NULL, ref TEXT NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (agent, ref)) WITHOUT ROWID;
INSERT INTO catalog VALUES('a','dab89a1b','dab89a1b5908cc3c',X'9298a3616972ab74656d7065726174757265a343656c0000ce000f4240000098a3616972a868756d6964697479a32552480000ce000f42400000');
CREATE TABLE series (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    agent TEXT NOT NULL,
    sensor TEXT NOT NULL,
    channel TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    spec TEXT NOT NULL,
    UNIQUE (agent, sensor, channel, unit, kind)
  );
INSERT INTO series VALUES(1,'a','air','temperature','Cel','gauge',1,'{"sensor":"air","channel":"temperature","unit":"Cel","kind":"gauge","sampling":"periodic","period":1000000,"heartbeat":0,"calibration":0}');
INSERT INTO series VALUES(2,'a','air','humidity','%RH','gauge',1,'{"sensor":"air","channel":"humidity","unit":"%RH","kind":"gauge","sampling":"periodic","period":1000000,"heartbeat":0,"calibration":0}');
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    agent TEXT NOT NULL,
    reason TEXT NOT NULL,
    rules INTEGER NOT NULL,
    row INTEGER,
    series INTEGER,
    at INTEGER,
    value REAL,
    raw BLOB
  );
INSERT INTO quarantine VALUES(1,1767225600000000,'a','not_finite',1,2,1,1767225602000000,NULL,NULL);
INSERT INTO quarantine VALUES(2,1767225600000000,'a','conflict',1,3,1,1767225601000000,99.0,NULL);
CREATE TABLE sample (
  series INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, flags INTEGER NOT NULL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID, STRICT;
INSERT INTO sample VALUES(1,1767225600000000,20.499999999999999999,0);
INSERT INTO sample VALUES(1,1767225601000000,21.0,0);
INSERT INTO sample VALUES(1,1767225603000000,22.5,0);
CREATE TABLE summary (
  series INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL, sum REAL NOT NULL,
  first REAL NOT NULL, last REAL NOT NULL, last_at INTEGER NOT NULL, covered INTEGER NOT NULL, weighted_sum REAL NOT NULL,
  flags INTEGER NOT NULL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID, STRICT;
CREATE TABLE bucket (
  series INTEGER NOT NULL, start INTEGER NOT NULL, n INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL, sum REAL NOT NULL,
  first REAL NOT NULL, first_at INTEGER NOT NULL, last REAL NOT NULL, last_at INTEGER NOT NULL,
  covered INTEGER NOT NULL, weighted_sum REAL NOT NULL,
  suspect INTEGER NOT NULL, bad INTEGER NOT NULL, late INTEGER NOT NULL, revision INTEGER NOT NULL,
  PRIMARY KEY (series, start)
) WITHOUT ROWID, STRICT;
INSERT INTO bucket VALUES(1,1767225600000000,3,20.499999999999999999,22.5,64.0,20.499999999999999999,1767225600000000,22.5,1767225603000000,3000000,64000000.0,0,0,0,0);
CREATE TABLE store_progress (
  one INTEGER PRIMARY KEY CHECK (one = 1), schema_version INTEGER NOT NULL, position INTEGER NOT NULL, note TEXT NOT NULL
) STRICT;
INSERT INTO store_progress VALUES(1,1,3,'{"outcomes":[{"row":3,"stored":0,"duplicate":1,"conflict":1}],"conflicts":[{"row":3,"series":1,"at":1767225601000000,"value":99,"quality":0}]}');
CREATE TABLE access_token (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    parent TEXT
  ) STRICT, WITHOUT ROWID;
INSERT INTO access_token VALUES('0123456789ab','token',X'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff','read','grafana',1767225600000000,NULL,NULL,NULL);
CREATE TABLE report_schedule (report TEXT PRIMARY KEY, handled INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO report_schedule VALUES('hourly',1767229500000000);
CREATE TABLE report_run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    report TEXT NOT NULL,
    period_from INTEGER NOT NULL,
    period_to INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    done_at INTEGER,
    fault TEXT,
    UNIQUE (report, period_from, period_to)
  );
INSERT INTO report_run VALUES(1,'hourly',1767225600000000,1767229200000000,1767229500000000,1767229500000000,'delivered',1,1767229500000000,1767229501000000,NULL);
CREATE TABLE other_loss (
    stream INTEGER NOT NULL REFERENCES stream (id),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    count INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (stream, seq, hash)
  ) STRICT, WITHOUT ROWID;
INSERT INTO other_loss VALUES(1,2,'ffffffffffffffff',0,1767229500000000,'resealed');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('stream',1);
INSERT INTO sqlite_sequence VALUES('ledger',6);
INSERT INTO sqlite_sequence VALUES('series',2);
INSERT INTO sqlite_sequence VALUES('quarantine',2);
INSERT INTO sqlite_sequence VALUES('report_run',1);
CREATE INDEX ledger_waiting ON ledger (row) WHERE loaded = 0;
CREATE INDEX quarantine_series ON quarantine (series, at) WHERE series IS NOT NULL;
CREATE UNIQUE INDEX quarantine_conflict ON quarantine (series, at, value) WHERE reason = 'conflict';
CREATE INDEX report_run_pending ON report_run (report, due_at) WHERE state = 'pending';
COMMIT;
