select
    customer_id,
    min(ordered_at)::date as first_order_date,
    max(ordered_at)::date as last_order_date,
    count(*) as order_count,
    sum(order_value) as lifetime_value
from {{ ref('int_order_totals') }}
group by customer_id
