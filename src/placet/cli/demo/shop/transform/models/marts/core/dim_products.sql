select
    products.product_id,
    products.product_name,
    products.category,
    sum(items.quantity) as units_sold
from {{ ref('stg_products') }} as products
left join {{ ref('stg_order_items') }} as items on items.product_id = products.product_id
group by products.product_id, products.product_name, products.category
