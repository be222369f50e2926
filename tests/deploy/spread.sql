-- The three tables of a sign-up, spread by the unit that hosts the outing. PostgreSQL's own partitions ask for the same as Citus
-- does: the key that rows are spread by stands in every primary key, unique index and foreign key.
CREATE TABLE spread_outings (LIKE outings INCLUDING DEFAULTS, PRIMARY KEY (unit_id, id)) PARTITION BY HASH (unit_id);
CREATE TABLE spread_signups (
    LIKE signups INCLUDING DEFAULTS, host_id uuid NOT NULL, PRIMARY KEY (host_id, id), UNIQUE (host_id, outing_id, user_id),
    FOREIGN KEY (host_id, outing_id) REFERENCES spread_outings (unit_id, id) ON DELETE CASCADE
) PARTITION BY HASH (host_id);
CREATE TABLE spread_participants (
    LIKE participants INCLUDING DEFAULTS, host_id uuid NOT NULL, PRIMARY KEY (host_id, id),
    FOREIGN KEY (host_id, outing_id) REFERENCES spread_outings (unit_id, id) ON DELETE CASCADE,
    FOREIGN KEY (host_id, signup_id) REFERENCES spread_signups (host_id, id) ON DELETE CASCADE
) PARTITION BY HASH (host_id);
CREATE UNIQUE INDEX ON spread_participants (host_id, outing_id, person_id) WHERE state <> 'cancelled';
DO $$
BEGIN
    FOR part IN 0..3 LOOP
        EXECUTE format('CREATE TABLE part_outings_%s PARTITION OF spread_outings FOR VALUES WITH (MODULUS 4, REMAINDER %s)', part, part);
        EXECUTE format('CREATE TABLE part_signups_%s PARTITION OF spread_signups FOR VALUES WITH (MODULUS 4, REMAINDER %s)', part, part);
        EXECUTE format('CREATE TABLE part_participants_%s PARTITION OF spread_participants FOR VALUES WITH (MODULUS 4, REMAINDER %s)', part, part);
    END LOOP;
END $$;
INSERT INTO spread_outings SELECT * FROM outings;
INSERT INTO spread_signups SELECT s.*, o.unit_id FROM signups s JOIN outings o ON o.id = s.outing_id;
INSERT INTO spread_participants SELECT p.*, o.unit_id FROM participants p JOIN outings o ON o.id = p.outing_id;
