-- What workers write follows from the log, and is written again where the server loses it.
SELECT set_config('synchronous_commit', 'off', true)
