select
    customer_id,
    split_part(user_email, '@', 2) as email_domain,
    last_order_date,
    datediff('day', last_order_date, current_date) > 90 as has_churned
from {{ ref('dim_customers') }}
where order_count > 0
