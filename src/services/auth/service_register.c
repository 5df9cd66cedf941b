/* Registration, invitations, and accounts made from the command line. */
#include "services/auth/devices.h"
#include "services/auth/names.h"
#include "services/auth/rules.h"
#include "services/auth/sessions.h"
#include "services/auth/views.h"

/* A registration in progress. */
typedef struct RegisterWork {
    AuthService *svc;
    AccountRow account;
    Str skeleton, password;
    bool has_code;
    SecretHash code;
    CodeKind kind;
    bool with_session;
    Str device, device_token;
    Grant grant;
    EndedList ended;
} RegisterWork;

/* Checks the user's input; the account's role is already set. */
static Err fields_check(Ctx *ctx, RegisterWork *work, Str username, Str password, Str display_name)
{
    Err err = username_check(ctx, username, &work->account.username);
    if (err) return err;
    err = password_check(ctx, "password", password, &work->password);
    if (err) return err;
    err =
        display_name_check(ctx, display_name.len ? display_name : work->account.username, &work->account.display_name);
    if (err) return err;

    work->account.id = id_new(ctx->now_ms);
    work->account.about = work->account.language = work->account.theme = STR("");
    work->account.created_ms = ctx->now_ms;
    work->skeleton = username_skeleton(ctx->arena, work->account.username);
    return OK;
}

static Err code_kind(Tx *tx, Ctx *ctx, RegisterWork *work)
{
    bool is_owner = false, is_invite = false;
    work->kind = CODE_NONE;
    if (!work->has_code) return OK;
    Err err = owner_code_is_open(tx, ctx, &work->code, &is_owner);
    if (err) return err;
    err = invite_is_open(tx, ctx, &work->code, &is_invite);
    if (err) return err;
    work->kind = is_owner ? CODE_OWNER : is_invite ? CODE_INVITE : CODE_UNKNOWN;
    return OK;
}

static Err name_taken(Ctx *ctx)
{
    return ctx_fail(ctx, ERR_CONFLICT, "username: it, or one that looks like it, is taken");
}

/* Refuses early, before spending a hash; the registering transaction checks again. */
static Err admission_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    RegisterWork *work = arg;
    bool taken = false;
    Err err = code_kind(tx, ctx, work);
    if (err) return err;
    err = registration_authorize(ctx, work->svc->config.registration, work->kind);
    if (err) return err;
    if (work->kind != CODE_OWNER && username_is_reserved(ctx->arena, work->skeleton)) return name_taken(ctx);
    err = account_skeleton_taken(tx, ctx, work->skeleton, &taken);
    if (err) return err;
    return taken ? name_taken(ctx) : OK;
}

static Err code_use(Tx *tx, Ctx *ctx, RegisterWork *work)
{
    Err err = OK;
    if (work->kind == CODE_OWNER) err = owner_code_use(tx, ctx, &work->code);
    if (work->kind == CODE_INVITE) err = invite_use(tx, ctx, &work->code);
    return err == ERR_NOT_FOUND ? registration_authorize(ctx, work->svc->config.registration, CODE_UNKNOWN) : err;
}

/* Determines which unique constraint failed. */
static Err conflict_story(Tx *tx, Ctx *ctx, const RegisterWork *work)
{
    bool taken = false;
    Err err = account_skeleton_taken(tx, ctx, work->skeleton, &taken);
    if (err) return err;
    return taken ? name_taken(ctx) : ctx_fail(ctx, ERR_CONFLICT, "there is an owner already");
}

static Err register_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    RegisterWork *work = arg;
    work->ended.count = 0;
    Err err = code_use(tx, ctx, work);
    if (err) return err;
    err = account_add(tx, ctx, &work->account);
    if (err == ERR_CONFLICT) return conflict_story(tx, ctx, work);
    if (err || !work->with_session) return err;
    work->grant.account = work->account;
    err = session_begin(work->svc, tx, ctx, work->device, &work->grant, &work->ended);
    return err ? err : device_new(tx, ctx, work->account.id, &work->device_token);
}

Err auth_register(AuthService *svc, Ctx *ctx, const RegisterRequest *request, RegisterResponse *out_response)
{
    Str code = str_of(request->invite_code), password = str_of(request->password);
    RegisterWork *work = arena_new_of(ctx->arena, RegisterWork);
    *work =
        (RegisterWork){ .svc = svc, .has_code = code.len > 0, .with_session = true, .device = str_of(request->device) };
    if (work->has_code) work->code = code_hash(code);

    Err err = fields_check(ctx, work, str_of(request->username), password, str_of(request->display_name));
    if (err) return err;
    err = db_read(svc->db, ctx, admission_in_tx, work);
    if (err) return err;
    work->account.role = work->kind == CODE_OWNER ? ACCOUNT_ROLE__OWNER_ACCOUNT : ACCOUNT_ROLE__MEMBER_ACCOUNT;
    err = password_hash(svc->passwords, ctx, work->password, &work->account.password_hash);
    if (err) return err;
    err = db_write(svc->db, ctx, register_in_tx, work);
    if (err) return err;

    Tokens tokens = session_tokens(svc, ctx, &work->grant);
    out_response->user = tokens.user;
    out_response->access_token = tokens.access_token;
    out_response->refresh_token = tokens.refresh_token;
    out_response->expires_in = tokens.expires_in;
    out_response->device_token = str_cstr(ctx->arena, work->device_token);
    return OK;
}

Err auth_get_registration(AuthService *svc, Ctx *ctx, const GetRegistrationRequest *request,
                          GetRegistrationResponse *out_response)
{
    static const RegistrationMode modes[] = {
        [AUTH_REGISTRATION_OPEN] = REGISTRATION_MODE__OPEN_REGISTRATION,
        [AUTH_REGISTRATION_INVITE] = REGISTRATION_MODE__INVITE_REGISTRATION,
        [AUTH_REGISTRATION_CLOSED] = REGISTRATION_MODE__CLOSED_REGISTRATION,
    };
    out_response->mode = modes[svc->config.registration];
    return OK;
}

typedef struct LookUpWork {
    SecretHash code;
    bool is_owner, is_invite, has_owner;
    Str inviter;
} LookUpWork;

/* Runs the same queries whatever the code is, so that timing reveals nothing. */
static Err look_up_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    LookUpWork *work = arg;
    Err err = owner_code_is_open(tx, ctx, &work->code, &work->is_owner);
    if (!err) err = account_has_owner(tx, ctx, &work->has_owner);
    if (err) return err;
    err = invite_inviter(tx, ctx, &work->code, &work->inviter);
    work->is_invite = err == OK;
    return err == ERR_NOT_FOUND ? OK : err;
}

Err auth_look_up_code(AuthService *svc, Ctx *ctx, const LookUpCodeRequest *request, LookUpCodeResponse *out_response)
{
    LookUpWork work = { .code = code_hash(str_of(request->code)) };
    Err err = db_read(svc->db, ctx, look_up_in_tx, &work);
    if (err) return err;
    out_response->standing = work.is_owner    ? CODE_STANDING__OWNER_CODE
                             : work.is_invite ? CODE_STANDING__INVITE_CODE
                                              : CODE_STANDING__NO_CODE;
    out_response->has_owner = work.has_owner;
    if (work.is_invite) out_response->inviter = str_cstr(ctx->arena, work.inviter);
    return OK;
}

Err auth_account_add(AuthService *svc, Ctx *ctx, Str username, Str password, Str display_name, AccountRole role,
                     Id *out_user)
{
    RegisterWork *work = arena_new_of(ctx->arena, RegisterWork);
    work->svc = svc;
    if (role < ACCOUNT_ROLE__MEMBER_ACCOUNT || role > ACCOUNT_ROLE__OWNER_ACCOUNT)
        return ctx_fail(ctx, ERR_INVALID, "role: member, admin or owner");
    Err err = fields_check(ctx, work, username, password, display_name);
    if (err) return err;
    work->account.role = role;
    err = password_hash(svc->passwords, ctx, work->password, &work->account.password_hash);
    if (err) return err;
    err = db_write(svc->db, ctx, register_in_tx, work);
    if (err) return err;
    *out_user = work->account.id;
    return OK;
}

static Err owner_code_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const SecretHash *hash = arg;
    bool has_owner = false;
    Err err = account_has_owner(tx, ctx, &has_owner);
    if (err) return err;
    if (has_owner) return ctx_fail(ctx, ERR_NOT_FOUND, "there is an owner already");
    return owner_code_set(tx, ctx, hash);
}

Err auth_owner_invite(AuthService *svc, Ctx *ctx, Str *out_code)
{
    SecretHash hash;
    Str code = code_new(ctx->arena, &hash);
    Err err = db_write(svc->db, ctx, owner_code_in_tx, &hash);
    if (err) return err;
    *out_code = code;
    return OK;
}
