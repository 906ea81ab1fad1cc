//! Every problem that the service itself can answer with. One line here makes its status, its `type` and its page.

use axum::http::StatusCode;

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct About {
    /// The last part of its `type`.
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    /// What it means.
    pub(crate) meaning: &'static str,
    /// What the client can do.
    pub(crate) remedy: &'static str,
}

macro_rules! kinds {
    ($($kind:ident = $name:literal, $status:ident, $title:literal, $meaning:literal, $remedy:literal;)+) => {
        /// Which problem it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Kind {
            $($kind,)+
        }

        impl Kind {
            /// Every kind.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// What there is to say of it.
            pub(crate) const fn about(self) -> About {
                match self {
                    $(Self::$kind => About {
                        name: $name,
                        status: StatusCode::$status,
                        title: $title,
                        meaning: $meaning,
                        remedy: $remedy,
                    },)+
                }
            }
        }
    };
}

kinds! {
    BadRequest = "bad-request", BAD_REQUEST, "Bad request",
        "The request cannot be understood as HTTP.",
        "Read `detail`, and check the path and the headers that your client sends.";
    MalformedJson = "malformed-json", BAD_REQUEST, "Malformed JSON",
        "The body is not JSON.",
        "`detail` says at which line and column reading ended. Send valid JSON of RFC 8259 in UTF-8.";
    InvalidHeader = "invalid-header", BAD_REQUEST, "Invalid header",
        "A header that the service understands has a value that it does not.",
        "`Idempotency-Key` takes 1 to 255 visible ASCII characters. `If-Match` takes one entity tag as it came in `ETag`, such as `\"3\"`, or `*`. `Log-Position` takes a position as it came in a header of that name, `Last-Event-ID` such a position or the id of an event.";
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Not authenticated",
        "There is no valid bearer token in the request.",
        "Send `Authorization: Bearer <token>` with a token that has not expired and is meant for this service. The header `WWW-Authenticate` says whether the token was missing or refused.";
    NoTenant = "no-tenant", FORBIDDEN, "No tenant",
        "The token is valid, and it does not say on behalf of which tenant it acts.",
        "Ask whoever issues your tokens for one with the tenant's id in it: 1 to 64 letters, digits, `-`, `_` or `.`.";
    Forbidden = "forbidden", FORBIDDEN, "Not allowed",
        "The token has none of the roles that this operation asks for.",
        "`detail` and `roles` name the roles that may. Use a token that has one of them.";
    NotFound = "not-found", NOT_FOUND, "Not found",
        "There is nothing with this id, or it belongs to another tenant, which is not told apart.",
        "Check the id. What has just been written may take a moment to appear in a read model.";
    UnknownPath = "unknown-path", NOT_FOUND, "Unknown path",
        "Nothing answers at this path.",
        "The page `/docs` lists every path; a path has no `/` at its end.";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed",
        "The path exists, and not with this method.",
        "The header `Allow` lists the methods that it has.";
    TimedOut = "timed-out", GATEWAY_TIMEOUT, "Timed out",
        "The request took longer than it may. A command may still be carried out.",
        "Try again. Send commands with an `Idempotency-Key`, and sending one twice is safe.";
    Exists = "exists", CONFLICT, "Exists already",
        "The command creates something, and that exists.",
        "Read what there is, or create another one with another `Idempotency-Key`.";
    Taken = "taken", CONFLICT, "Taken already",
        "Something must be unique, and another has it.",
        "`detail` names the fields. Choose other values.";
    Conflict = "conflict", CONFLICT, "Changed at the same time",
        "Others kept changing what the command was decided on.",
        "Try again after the seconds in `Retry-After`.";
    NoRebuild = "no-rebuild", CONFLICT, "No such rebuild",
        "The view is not being rebuilt, or its rebuild is not where that can be done.",
        "`GET /admin/rebuilds` tells where each is: one that is filled or waits can take over, one that has taken over can be rolled back.";
    Closed = "closed", CONFLICT, "Closed",
        "What the command addresses was closed for good.",
        "Do not send it again: what was closed can still be read, and no command changes it.";
    VersionMismatch = "version-mismatch", PRECONDITION_FAILED, "Another version",
        "The command was sent with `If-Match`, and what it addresses has changed since that version was read.",
        "`version` is the version it is at now. Read it again, decide again, and send the command with the new `ETag`.";
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "Body too large",
        "The body is larger than the service accepts.",
        "`detail` says how many bytes it accepts.";
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type",
        "The body is not said to be JSON.",
        "Send `Content-Type: application/json`.";
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "Not valid",
        "The request is well formed, and what it carries does not fit the operation.",
        "`errors` lists all that was found: `pointer` is the place in the body as a JSON pointer of RFC 6901, `parameter` the name of a parameter of the path or the query string.";
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "Idempotency key reused",
        "Another command was carried out under this `Idempotency-Key`.",
        "Use a new key for every command. The same key is for sending the same command again.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Internal error",
        "Something is wrong with the service, not with the request.",
        "Tell its operators the `correlation_id`: the log says more under it.";
    ReadModel = "read-model", SERVICE_UNAVAILABLE, "Read model not up to date",
        "A read model that is brought up to date together with each command could not be. Nothing was written.",
        "Try again after the seconds in `Retry-After`. If that goes on, tell the operators the `correlation_id`.";
    Behind = "behind", SERVICE_UNAVAILABLE, "Read model behind",
        "The query asked for a read model that has taken in the log up to a position, and it has not got there in time.",
        "Try again after the seconds in `Retry-After`, or without `Log-Position` if older rows will do. If that goes on, tell the operators the `correlation_id`.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Not available",
        "The service cannot do its work now.",
        "Try again after the seconds in `Retry-After`.";
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Overloaded",
        "More requests are under way than the service takes on at once.",
        "Try again after the seconds in `Retry-After`, later each time.";
    Full = "full", INSUFFICIENT_STORAGE, "No room",
        "The store has no room for more.",
        "Tell the operators. Reading still works.";
}
