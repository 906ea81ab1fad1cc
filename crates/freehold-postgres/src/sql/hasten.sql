-- What workers write follows from the log, and is written again where the server loses it; but not what others may have acted
-- upon meanwhile. Rows of a fold are found by their
-- keys, also where the table was empty when the plan was made; statements of a user's own are planned as they are everywhere.
SELECT
    set_config('synchronous_commit', CASE WHEN $2::boolean THEN current_setting('synchronous_commit') ELSE 'off' END, true),
    set_config('enable_seqscan', CASE WHEN $1::boolean THEN 'off' ELSE current_setting('enable_seqscan') END, true)
