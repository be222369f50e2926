-- What bench/floor.py reads and writes: no more columns and indexes than the job needs.
CREATE TABLE outing (
    id int PRIMARY KEY,
    name text NOT NULL,
    cap int NOT NULL,
    taken int NOT NULL DEFAULT 0
);
CREATE TABLE person (
    id int PRIMARY KEY,
    outing_id int NOT NULL,
    name text NOT NULL,
    patrol text NOT NULL,
    kind text NOT NULL,
    day date NOT NULL
);
CREATE TABLE signup (
    id bigserial PRIMARY KEY,
    outing_id int NOT NULL REFERENCES outing (id),
    family_id int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE participant (
    id bigserial PRIMARY KEY,
    signup_id bigint NOT NULL REFERENCES signup (id),
    outing_id int NOT NULL REFERENCES outing (id),
    person_id int NOT NULL,
    UNIQUE (signup_id, person_id)
);
INSERT INTO outing SELECT i, 'Outing ' || i, 2000000000, 0 FROM generate_series(1, 100) i;
INSERT INTO person
SELECT i, i / 50, 'Scout Number ' || i, 'Patrol ' || i % 6, CASE i % 4 WHEN 0 THEN 'adult' ELSE 'youth' END,
    DATE '2026-05-01' + i % 28
FROM generate_series(0, 4999) i;
CREATE INDEX ON person (outing_id);
CREATE INDEX ON signup (outing_id);
CREATE INDEX ON participant (outing_id);
ANALYZE;
