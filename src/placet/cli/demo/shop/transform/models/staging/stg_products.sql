select
    id as product_id,
    name as product_name,
    category
from {{ source('shop_raw', 'products') }}
