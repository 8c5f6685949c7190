select
    totals.order_id,
    totals.customer_id,
    totals.ordered_at,
    totals.order_value,
    totals.amount_paid,
    totals.order_value - totals.amount_paid as open_amount
from {{ ref('int_order_totals') }} as totals
