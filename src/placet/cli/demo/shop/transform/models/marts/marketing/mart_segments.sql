select
    customers.customer_id,
    customers.country,
    tiers.tier
from {{ ref('dim_customers') }} as customers
left join {{ ref('loyalty_tiers') }} as tiers on tiers.from_value <= customers.lifetime_value
qualify row_number() over (partition by customers.customer_id order by tiers.from_value desc) = 1
