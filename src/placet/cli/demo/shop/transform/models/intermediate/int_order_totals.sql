with items as (
    select order_id, sum(quantity * price) as order_value
    from {{ ref('stg_order_items') }}
    group by order_id
),

paid as (
    select order_id, sum(amount) as amount_paid
    from {{ ref('stg_payments') }}
    group by order_id
)

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    items.order_value,
    coalesce(paid.amount_paid, 0) as amount_paid
from {{ ref('stg_orders') }} as orders
left join items on items.order_id = orders.order_id
left join paid on paid.order_id = orders.order_id
