-- Nobody is answered before the flush, whatever is the default of the server or the role. What waits for more than the
-- own disk stays.
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'
