"""The first schema: accounts, units, people, memberships, outings, sign-ups and the audit trail.

It stands on an empty database and changes no row. Invariants live here as well as in the rules: seats and costs are never
negative, an outing ends after it starts, states are known words, a person has one live place on an outing, who waits has a place in
line. Every foreign key says what becomes of the row when its parent goes. Going down drops every table and all that is in it.

Revision: 7e1f5c0a2b41
Follows: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "7e1f5c0a2b41"
down_revision = None
branch_labels = None
depends_on = None

# In the order of creation: each refers only to those before it.
TABLES = (
    "users",
    "password_links",
    "attempt_counters",
    "audit_entries",
    "health_reads",
    "units",
    "patrols",
    "roles",
    "people",
    "emergency_contacts",
    "health_notes",
    "guardians",
    "guardian_proposals",
    "trainings",
    "memberships",
    "outings",
    "outing_units",
    "signups",
    "participants",
    "submissions",
    "consents",
)


def upgrade() -> None:
    create_identity()
    create_audit()
    create_units()
    create_families()
    create_members()
    create_outings()
    create_signups()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_identity() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_site_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("position('@' in email) > 1", name=op.f("ck_users_email_has_at")),
        sa.CheckConstraint("position('@' in username) = 0", name=op.f("ck_users_username_has_no_at")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_users_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("session_key", name=op.f("uq_users_session_key")),
    )
    op.create_index("uq_users_email_lower", "users", [sa.text("lower(email)")], unique=True)
    op.create_index("uq_users_username_lower", "users", [sa.text("lower(username)")], unique=True)
    op.create_table(
        "password_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_password_links_created_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_password_links_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_links_token_hash")),
    )
    op.create_index(op.f("ix_password_links_user_id"), "password_links", ["user_id"])
    op.create_table(
        "attempt_counters",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_attempt_counters_attempts_not_negative")),
        sa.PrimaryKeyConstraint("key", "window_start", name=op.f("pk_attempt_counters")),
    )
    op.create_index(op.f("ix_attempt_counters_window_start"), "attempt_counters", ["window_start"])


def create_audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("outing_id", sa.Uuid(), nullable=True),
        sa.Column(
            "changes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_audit_entries_actor_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_outing_id_at", "audit_entries", ["outing_id", "at"])
    op.create_index("ix_audit_entries_subject_id_at", "audit_entries", ["subject_id", "at"])
    op.create_index("ix_audit_entries_unit_id_at", "audit_entries", ["unit_id", "at"])
    op.create_table(
        "health_reads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("outing_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["users.id"], name=op.f("fk_health_reads_reader_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_reads")),
    )
    op.create_index(op.f("ix_health_reads_person_id"), "health_reads", ["person_id"])


def create_units() -> None:
    op.create_table(
        "units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("policy_preset", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('troop', 'pack', 'crew', 'ship', 'post', 'group')", name=op.f("ck_units_kind_known")
        ),
        sa.CheckConstraint(
            "policy_preset IN ('scouting_america', 'scouts_uk', 'scouts_canada', 'neutral')",
            name=op.f("ck_units_policy_preset_known"),
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 120", name=op.f("ck_units_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
    )
    op.create_index("uq_units_name_lower", "units", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "patrols",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_patrols_name_length")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_patrols_unit_id_units"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrols")),
        sa.UniqueConstraint("id", "unit_id", name=op.f("uq_patrols_id_unit_id")),
    )
    op.create_index("uq_patrols_unit_id_name_lower", "patrols", ["unit_id", sa.text("lower(name)")], unique=True)
    op.create_table(
        "roles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("granted_by_id", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("name IN ('leader', 'admin')", name=op.f("ck_roles_name_known")),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["users.id"], name=op.f("fk_roles_granted_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_roles_unit_id_units"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_roles_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "unit_id", name=op.f("pk_roles")),
    )
    op.create_index(op.f("ix_roles_unit_id"), "roles", ["unit_id"])


def create_families() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("preferred_name", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("rank", sa.Text(), nullable=True),
        sa.Column("swim_class", sa.Text(), nullable=True),
        sa.Column("swim_class_on", sa.Date(), nullable=True),
        sa.Column("form_ab_until", sa.Date(), nullable=True),
        sa.Column("form_c_until", sa.Date(), nullable=True),
        sa.Column("pick_up_note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("birth_date > DATE '1900-01-01'", name=op.f("ck_people_birth_date_plausible")),
        sa.CheckConstraint("gender IN ('female', 'male', 'other')", name=op.f("ck_people_gender_known")),
        sa.CheckConstraint("kind = 'adult' OR user_id IS NULL", name=op.f("ck_people_only_adults_have_accounts")),
        sa.CheckConstraint("kind IN ('youth', 'adult')", name=op.f("ck_people_kind_known")),
        sa.CheckConstraint(
            "swim_class IN ('swimmer', 'beginner', 'nonswimmer')", name=op.f("ck_people_swim_class_known")
        ),
        sa.CheckConstraint("length(first_name) BETWEEN 1 AND 80", name=op.f("ck_people_first_name_length")),
        sa.CheckConstraint("length(last_name) BETWEEN 1 AND 80", name=op.f("ck_people_last_name_length")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_people_user_id_users"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("user_id", name=op.f("uq_people_user_id")),
    )
    op.create_table(
        "emergency_contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("relationship_to", sa.Text(), nullable=True),
        sa.CheckConstraint("position >= 1", name=op.f("ck_emergency_contacts_position_from_one")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_emergency_contacts_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_contacts")),
        sa.UniqueConstraint("person_id", "position", name=op.f("uq_emergency_contacts_person_id_position")),
    )
    op.create_table(
        "health_notes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("diet", sa.Text(), nullable=True),
        sa.Column("allergies", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_health_notes_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_health_notes")),
    )
    op.create_table(
        "guardians",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("relationship_to", sa.Text(), nullable=True),
        sa.Column("may_sign_up", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("may_consent", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("may_see_health", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_guardians_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_guardians_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "person_id", name=op.f("pk_guardians")),
    )
    op.create_index(op.f("ix_guardians_person_id"), "guardians", ["person_id"])
    op.create_table(
        "guardian_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("adult_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("relationship_to", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["adult_id"], ["people.id"], name=op.f("fk_guardian_proposals_adult_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_guardian_proposals_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_proposals")),
    )
    op.create_index(op.f("ix_guardian_proposals_adult_id"), "guardian_proposals", ["adult_id"])
    op.create_index(
        "uq_guardian_proposals_person_id_name_lower",
        "guardian_proposals",
        ["person_id", sa.text("lower(name)")],
        unique=True,
    )
    op.create_table(
        "trainings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_trainings_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
        sa.UniqueConstraint("person_id", "code", name=op.f("uq_trainings_person_id_code")),
    )


def create_members() -> None:
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("patrol_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("member_number", sa.Text(), nullable=True),
        sa.Column("registered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until >= since", name=op.f("ck_memberships_until_after_since")),
        sa.ForeignKeyConstraint(
            ["patrol_id", "unit_id"],
            ["patrols.id", "patrols.unit_id"],
            name=op.f("fk_memberships_patrol_id_unit_id_patrols"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_memberships_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_memberships_unit_id_units"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_member_number", "memberships", ["member_number"])
    op.create_index("ix_memberships_patrol_id", "memberships", ["patrol_id"])
    op.create_index(op.f("ix_memberships_person_id"), "memberships", ["person_id"])
    op.create_index(
        "uq_memberships_live",
        "memberships",
        ["unit_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_index(
        "uq_memberships_live_number",
        "memberships",
        ["unit_id", "member_number"],
        unique=True,
        postgresql_where=sa.text("until IS NULL AND member_number IS NOT NULL"),
    )


def create_outings() -> None:
    op.create_table(
        "outings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("place", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("youth_seats", sa.Integer(), nullable=True),
        sa.Column("adult_seats", sa.Integer(), nullable=True),
        sa.Column("total_seats", sa.Integer(), nullable=True),
        sa.Column("counts_cars", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("youth_cost", sa.Numeric(precision=8, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("adult_cost", sa.Numeric(precision=8, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("waiting_rule", sa.Text(), nullable=False),
        sa.Column("overbook_reason", sa.Text(), nullable=True),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'published', 'cancelled', 'done')", name=op.f("ck_outings_state_known")),
        sa.CheckConstraint("waiting_rule IN ('whoever_fits', 'in_order')", name=op.f("ck_outings_waiting_rule_known")),
        sa.CheckConstraint("adult_seats >= 0", name=op.f("ck_outings_adult_seats_not_negative")),
        sa.CheckConstraint("cancel_by <= ends_at", name=op.f("ck_outings_cancel_by_before_end")),
        sa.CheckConstraint("closes_at <= ends_at", name=op.f("ck_outings_closes_before_end")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_outings_closes_after_opens")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_outings_ends_after_start")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 120", name=op.f("ck_outings_title_length")),
        sa.CheckConstraint("total_seats >= 0", name=op.f("ck_outings_total_seats_not_negative")),
        sa.CheckConstraint("youth_cost >= 0 AND adult_cost >= 0", name=op.f("ck_outings_cost_not_negative")),
        sa.CheckConstraint("youth_seats >= 0", name=op.f("ck_outings_youth_seats_not_negative")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_outings_created_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_outings_unit_id_units"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outings")),
    )
    op.create_index("ix_outings_unit_id_ends_at", "outings", ["unit_id", "ends_at"])
    op.create_table(
        "outing_units",
        sa.Column("outing_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outing_id"], ["outings.id"], name=op.f("fk_outing_units_outing_id_outings"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_outing_units_unit_id_units"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("outing_id", "unit_id", name=op.f("pk_outing_units")),
    )
    op.create_index(op.f("ix_outing_units_unit_id"), "outing_units", ["unit_id"])


def create_signups() -> None:
    op.create_table(
        "signups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("outing_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("by_leader", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("together", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["outing_id"], ["outings.id"], name=op.f("fk_signups_outing_id_outings"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signups_user_id_users"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signups")),
        sa.UniqueConstraint("id", "outing_id", name=op.f("uq_signups_id_outing_id")),
    )
    op.create_index(op.f("ix_signups_user_id"), "signups", ["user_id"])
    op.create_index(
        "uq_signups_family", "signups", ["outing_id", "user_id"], unique=True, postgresql_where=sa.text("NOT by_leader")
    )
    op.create_table(
        "participants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signup_id", sa.Uuid(), nullable=False),
        sa.Column("outing_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("queue_no", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("patrol_id", sa.Uuid(), nullable=True),
        sa.Column("guest_troop", sa.Text(), nullable=True),
        sa.Column("guest_patrol", sa.Text(), nullable=True),
        sa.Column("passengers_there", sa.Integer(), nullable=True),
        sa.Column("passengers_back", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("overbook_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_participants_cancelled_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (queue_no IS NOT NULL)", name=op.f("ck_participants_waiting_has_place_in_line")
        ),
        sa.CheckConstraint(
            "kind = 'adult' OR (passengers_there IS NULL AND passengers_back IS NULL)",
            name=op.f("ck_participants_only_adults_drive"),
        ),
        sa.CheckConstraint("kind IN ('youth', 'adult')", name=op.f("ck_participants_kind_known")),
        sa.CheckConstraint(
            "state <> 'confirmed' OR confirmed_at IS NOT NULL", name=op.f("ck_participants_confirmed_has_time")
        ),
        sa.CheckConstraint("state IN ('confirmed', 'waiting', 'cancelled')", name=op.f("ck_participants_state_known")),
        sa.CheckConstraint("passengers_back BETWEEN 0 AND 60", name=op.f("ck_participants_passengers_back_plausible")),
        sa.CheckConstraint(
            "passengers_there BETWEEN 0 AND 60", name=op.f("ck_participants_passengers_there_plausible")
        ),
        sa.ForeignKeyConstraint(
            ["outing_id"], ["outings.id"], name=op.f("fk_participants_outing_id_outings"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["patrol_id"], ["patrols.id"], name=op.f("fk_participants_patrol_id_patrols"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_participants_person_id_people"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["signup_id", "outing_id"],
            ["signups.id", "signups.outing_id"],
            name=op.f("fk_participants_signup_id_outing_id_signups"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_participants_unit_id_units"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participants")),
    )
    op.create_index("ix_participants_outing_id_state_kind", "participants", ["outing_id", "state", "kind"])
    op.create_index(op.f("ix_participants_person_id"), "participants", ["person_id"])
    op.create_index("ix_participants_signup_id", "participants", ["signup_id"])
    op.create_index(
        "uq_participants_live",
        "participants",
        ["outing_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_table(
        "submissions",
        sa.Column("outing_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["outing_id"], ["outings.id"], name=op.f("fk_submissions_outing_id_outings"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_submissions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("outing_id", "user_id", "key", name=op.f("pk_submissions")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signup_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["signup_id"], ["signups.id"], name=op.f("fk_consents_signup_id_signups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id_users"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_signup_id"), "consents", ["signup_id"])
