select
    events.campaign,
    events.event_type,
    events.happened_at,
    customers.customer_id,
    customers.user_email as recipient_email,
    customers.phone as sms_number
from {{ ref('stg_email_events') }} as events
inner join {{ ref('dim_customers') }} as customers on customers.user_email = events.recipient
