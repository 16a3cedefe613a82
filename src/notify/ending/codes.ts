/** Codes of a rollback that was refused before anything was changed. */
export const UNTOUCHED = /^(NO_ROLLBACK_TARGET|RELEASE_BAD|LOCK_HELD|(INPUT|CONFIG)_\w+)$/;

/** Codes of a rollback that found nowhere to go. */
export const NOWHERE_BACK = new Set(['NO_ROLLBACK_TARGET', 'RELEASE_BAD']);

/** Codes of a rollback that could not begin. Others, such as WATCH_FAILED, may be why one was made. */
export const NOT_BEGUN =
  /^(NO_ROLLBACK_TARGET|RELEASE_BAD|LOCK_HELD|SECRETS_NEEDED|SSH_\w+|TLS_REFUSED|ENGINE_UNREACHABLE|TOOL_MISSING|(INPUT|CONFIG)_\w+)$/;
