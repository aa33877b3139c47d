/**
 * The statement by which a transaction has its COMMIT answered only when it is on the disk, whatever is set for the role, the database or
 * the server: what was answered with success survives a crash, and none goes on with what the server may forget.
 */
export const flushes = `select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'`
