CREATE TABLE account (
    id            uuid   NOT NULL PRIMARY KEY, -- UUIDv7: in order of registration
    username      text   NOT NULL,             -- as typed
    username_key  text   NOT NULL UNIQUE,      -- without case: what sign-in looks up
    skeleton      text   NOT NULL UNIQUE,      -- equal for names that people confuse
    password_hash text   NOT NULL,             -- argon2id, PHC string
    display_name  text   NOT NULL,
    about         text   NOT NULL,
    language      text   NOT NULL,
    theme         text   NOT NULL,
    role          bigint NOT NULL,             -- AccountRole
    disabled      bigint NOT NULL,
    created_at    bigint NOT NULL
);
-- At most one owner.
CREATE UNIQUE INDEX account_one_owner ON account (role) WHERE role = 2;

-- People search: the folded words of names. bytea, because its order is that of bytes on every engine.
CREATE TABLE user_word (
    word    bytea NOT NULL,
    user_id uuid  NOT NULL,
    PRIMARY KEY (word, user_id)
);
CREATE INDEX user_word_by_user ON user_word (user_id);

CREATE TABLE session (
    id           uuid   NOT NULL PRIMARY KEY,
    user_id      uuid   NOT NULL,
    family_key   bytea  NOT NULL, -- tells a used refresh token from an invented one
    refresh_hash bytea  NOT NULL, -- of the newest refresh token
    device       text   NOT NULL,
    address      text   NOT NULL,
    created_at   bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    expires_at   bigint NOT NULL, -- unless refreshed before
    access_until bigint NOT NULL  -- when its last access token ends
);
CREATE INDEX session_by_user ON session (user_id, last_seen_at);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Sessions that were ended while an access token may still live.
CREATE TABLE revoked_session (
    session_id uuid   NOT NULL PRIMARY KEY,
    until      bigint NOT NULL
);
CREATE INDEX revoked_session_by_until ON revoked_session (until);

CREATE TABLE invite (
    id         uuid   NOT NULL PRIMARY KEY,
    code_hash  bytea  NOT NULL UNIQUE,
    uses_left  bigint NOT NULL,
    expires_at bigint NOT NULL,
    created_by uuid   NOT NULL,
    created_at bigint NOT NULL
);

-- The one-time code that makes the owner; one row, or none.
CREATE TABLE owner_code (
    slot      bigint NOT NULL PRIMARY KEY,
    code_hash bytea  NOT NULL
);

-- Keys that sign access tokens. private_der is a secret.
CREATE TABLE signing_key (
    kid         text   NOT NULL PRIMARY KEY,
    private_der bytea  NOT NULL, -- PKCS #8
    active_at   bigint NOT NULL  -- signs from here on, until a newer one does
);
