select
    customer_id,
    full_name,
    user_email as email,
    country,
    lifetime_value
from {{ ref('dim_customers') }}
