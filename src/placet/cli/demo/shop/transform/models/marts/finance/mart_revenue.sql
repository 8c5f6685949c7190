select
    date_trunc('month', ordered_at) as month,
    sum(order_value) as revenue,
    sum(open_amount) as open_amount
from {{ ref('fct_orders') }}
group by 1
