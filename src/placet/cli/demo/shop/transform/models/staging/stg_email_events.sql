select
    id as event_id,
    recipient,
    campaign,
    event_type,
    happened_at
from {{ source('shop_raw', 'email_events') }}
