select
    id as order_id,
    customer_id,
    status,
    ordered_at
from {{ source('shop_raw', 'orders') }}
where ordered_at >= '{{ var("first_day") }}'
