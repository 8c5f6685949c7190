select
    date_trunc('month', signup_date) as cohort,
    count(*) as customers,
    sum(iff(order_count > 1, 1, 0)) as returning_customers
from {{ ref('dim_customers') }}
group by 1
