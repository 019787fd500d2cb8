-- The channel of the last session before each conversion, or with it: as knoop's rules say, for
-- events of one source that is visited.
WITH came AS (
    SELECT
        *,
        traffic_source || chr(10) || coalesce(traffic_medium, '') || chr(10)
            || coalesce(traffic_campaign, '') AS came,
        coalesce(moment - lag(moment) OVER person >= 1800000, true) AS after_pause
    FROM events
    WHERE type IN ('page', 'screen', 'track')
    WINDOW person AS (PARTITION BY profile ORDER BY moment, message_id)
),
parted AS (
    SELECT
        *,
        sum(after_pause::INTEGER) OVER (PARTITION BY profile ORDER BY moment, message_id) AS part
    FROM came
),
begun AS (
    SELECT
        *,
        after_pause OR came <> coalesce(
            lag(came IGNORE NULLS) OVER (PARTITION BY profile, part ORDER BY moment, message_id), ''
        ) AS begins
    FROM parted
),
sessions AS (
    SELECT
        profile,
        moment,
        message_id,
        CASE WHEN traffic_source IS NULL THEN 'direct' ELSE channel END AS channel
    FROM begun
    WHERE begins
),
conversions AS (
    SELECT profile, moment, message_id, total FROM events WHERE name = $conversion
)
SELECT sessions.channel, count(*) AS conversions, sum(conversions.total) AS value
FROM conversions ASOF JOIN sessions
    ON conversions.profile = sessions.profile AND conversions.moment >= sessions.moment
WHERE sessions.message_id <> conversions.message_id
    AND conversions.moment - sessions.moment <= 2592000000
GROUP BY sessions.channel
ORDER BY sessions.channel
