select
    id as order_item_id,
    order_id,
    product_id,
    quantity,
    {{ euros('price_cents') }} as price
from {{ source('shop_raw', 'order_items') }}
