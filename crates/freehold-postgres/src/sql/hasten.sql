-- What workers write follows from the log, and is written again where the server loses it. Rows of a fold are found by their
-- keys, also where the table was empty when the plan was made; statements of a user's own are planned as they are everywhere.
SELECT
    set_config('synchronous_commit', 'off', true),
    set_config('enable_seqscan', CASE WHEN $1::boolean THEN 'off' ELSE current_setting('enable_seqscan') END, true)
