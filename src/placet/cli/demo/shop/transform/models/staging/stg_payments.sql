select
    id as payment_id,
    order_id,
    method as payment_method,
    {{ euros('amount_cents') }} as amount
from {{ source('shop_raw', 'payments') }}
where not is_test
